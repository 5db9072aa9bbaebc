import type { Command } from "@branchline/core/allocation/Command"
import { ec2Calls } from "@branchline/core/allocation/Command"
import type { InstanceId } from "@branchline/core/model/Ids"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Write } from "./Recording.js"

/** One thing that would be done. */
export type Step =
  | { readonly _tag: "Write"; readonly write: Write }
  /** A step of a trunk's; `node` is empty where the instance has none. */
  | { readonly _tag: "Branch"; readonly node: string; readonly instanceId: InstanceId; readonly command: Command }
  | { readonly _tag: "Trunk"; readonly node: string; readonly instanceId: InstanceId; readonly call: string }

const objectText = (namespace: string | undefined, name: string): string => namespace === undefined || namespace === "" ? name : `${namespace}/${name}`

const writeText = (write: Write): string => {
  switch (write._tag) {
    case "Create":
      return `create ${write.kind} ${objectText(write.key.namespace, write.key.name)}: ${JSON.stringify(write.body)}`
    case "Patch":
      return `patch ${write.kind} ${objectText(write.key.namespace, write.key.name)}${write.subresource === undefined ? "" : ` (${write.subresource})`}: ${JSON.stringify(write.patch.patch)}`
    case "Delete":
      return `delete ${write.kind} ${objectText(write.key.namespace, write.key.name)}`
    case "Event": {
      const { message, reason, regarding, type } = write.event
      return `event ${type} ${reason} on ${regarding.kind} ${objectText(regarding.namespace, regarding.name)}: ${message}`
    }
  }
}

const commandText = (command: Command): string => {
  switch (command._tag) {
    case "CreateBranch":
      return `create a branch in ${command.subnetId} with ${command.groups.join(" ")}, for VLAN id ${command.vlanId}`
    case "AssociateBranch":
      return `associate it with the trunk under VLAN id ${command.vlanId}`
    case "PermitBranch":
      return "permit its attachment"
    case "TagBranch":
      return `tag ${command.eniId} with VLAN id ${command.vlanId}`
    case "FindBranch":
      return "look whether it has a branch already"
    case "AnnouncePod":
      return "write the annotation"
    case "RegroupBranch":
      return `give ${command.eniId} the groups ${command.groups.join(" ")}`
    case "DisassociateBranch":
      return `end the association of ${command.eniId}`
    case "DeleteBranch":
      return `delete ${command.eniId}`
    case "TellPod":
      return `tell: ${command.news._tag}`
  }
}

const podOf = (command: Command): string => {
  const pod = "pod" in command ? command.pod : undefined
  return pod === undefined ? command.key : `pod ${pod.namespace}/${pod.name}`
}

const callsOf = (step: Step): number => step._tag === "Branch" ? ec2Calls([step.command]) : step._tag === "Trunk" ? 1 : 0

/** A step as one line. */
export const stepText = (step: Step): string => {
  switch (step._tag) {
    case "Write":
      return `kubernetes  ${writeText(step.write)}`
    case "Trunk":
      return `ec2         node ${step.node === "" ? step.instanceId : step.node}: ${step.call}`
    case "Branch":
      return `ec2         ${podOf(step.command)} on ${step.node === "" ? step.instanceId : step.node}: ${commandText(step.command)}`
  }
}

/** A step as one JSON document. */
export const stepJson = (step: Step): string => JSON.stringify(step._tag === "Write" ? { step: "kubernetes", ...step.write } : { step: "ec2", ...step, ec2Calls: callsOf(step) })

/** Only what changes something is a step; a question is none. */
export const isStep = (command: Command): boolean => ec2Calls([command]) > 0 && command._tag !== "FindBranch"

/** What was planned, each step once however often it is tried. */
export interface Plan {
  readonly add: (step: Step) => Effect.Effect<void>
  readonly addUnsafe: (step: Step) => boolean
  readonly steps: () => ReadonlyArray<Step>
}

export const makePlan = (): Plan => {
  const seen = new Set<string>()
  const steps: Array<Step> = []
  const addUnsafe = (step: Step): boolean => {
    const text = JSON.stringify(step)
    if (seen.has(text)) return false
    seen.add(text)
    steps.push(step)
    return true
  }
  return { add: (step) => Effect.sync(() => void addUnsafe(step)), addUnsafe, steps: () => steps }
}

/** In a sentence: how much there is to do. */
export const summary = (steps: ReadonlyArray<Step>): string => {
  const writes = steps.filter(({ _tag }) => _tag === "Write").length
  const calls = steps.reduce((sum, step) => sum + callsOf(step), 0)
  return steps.length === 0
    ? "Nothing to do: everything is as it should be."
    : `${writes} writes to the API server and ${calls} calls to EC2. Nothing was sent.`
}

/** The port, which tells what is done about trunks themselves; branches are told by the trunk machine's steps. */
export const tellingTrunks = (ec2: Ec2["Service"], tell: (call: string, instanceId: InstanceId | undefined) => void): Ec2["Service"] => ({
  ...ec2,
  createTrunk: (trunk) => {
    tell(`create a trunk in ${trunk.subnetId} with ${trunk.groups.join(" ")}`, trunk.tags["node.k8s.amazonaws.com/instance_id"] as InstanceId | undefined)
    return ec2.createTrunk(trunk)
  },
  attachTrunk: (trunk) => {
    tell(`attach it at device index ${trunk.deviceIndex}`, trunk.instanceId)
    return ec2.attachTrunk(trunk)
  }
})
