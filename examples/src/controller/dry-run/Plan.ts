import { type Command, ec2Calls } from "@branchline/core/allocation/Command"
import type { EniId } from "@branchline/core/model/Ids"
import { instanceIdTag } from "@branchline/core/model/Names"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Write } from "./Recording.js"

/** One thing that would be done. */
export type Step =
  | { readonly _tag: "Write"; readonly write: Write }
  /** A step of a branch's; `node` is the instance where it has no node, `pod` its key where it has no pod. */
  | { readonly _tag: "Branch"; readonly node: string; readonly pod: string; readonly command: Command }
  | { readonly _tag: "Trunk"; readonly node: string; readonly call: string }
  /** A pod that asks and gets nothing for the time being, and why. */
  | { readonly _tag: "Waits"; readonly pod: string; readonly why: string }

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
      return "tell its people"
  }
}

const callsOf = (step: Step): number => step._tag === "Branch" ? ec2Calls([step.command]) : step._tag === "Trunk" ? 1 : 0

/** A step as one line. */
export const stepText = (step: Step): string => {
  switch (step._tag) {
    case "Write":
      return `kubernetes  ${writeText(step.write)}`
    case "Trunk":
      return `ec2         node ${step.node}: ${step.call}`
    case "Branch":
      return `ec2         pod ${step.pod} on ${step.node}: ${commandText(step.command)}`
    case "Waits":
      return `waits       pod ${step.pod} for ${step.why}`
  }
}

/** A step as it is told to machines. */
export const stepDocument = (step: Step): object => {
  switch (step._tag) {
    case "Write":
      return { step: "kubernetes", ...step.write }
    case "Waits": {
      const { pod, why } = step
      return { step: "waits", pod, why }
    }
    default: {
      const { _tag, ...rest } = step
      return { step: "ec2", about: _tag, ...rest, ec2Calls: callsOf(step) }
    }
  }
}

/** Only what changes something is a step; a question is none. */
export const isStep = (command: Command): boolean => ec2Calls([command]) > 0 && command._tag !== "FindBranch"

/** What was planned, each step once however often it is tried. */
export interface Plan {
  /** Whether the step is new. */
  readonly add: (step: Step) => boolean
  readonly steps: () => ReadonlyArray<Step>
}

export const makePlan = (): Plan => {
  const seen = new Set<string>()
  const steps: Array<Step> = []
  return {
    add: (step) => {
      const text = JSON.stringify(step)
      if (seen.has(text)) return false
      seen.add(text)
      steps.push(step)
      return true
    },
    steps: () => steps
  }
}

const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`

/** In a sentence: how much there is to do. */
export const summary = (steps: ReadonlyArray<Step>): string => {
  const writes = steps.filter(({ _tag }) => _tag === "Write").length
  const calls = steps.reduce((sum, step) => sum + callsOf(step), 0)
  const waiting = steps.filter(({ _tag }) => _tag === "Waits").length
  const todo = writes + calls === 0
    ? "Nothing to do."
    : `${counted(writes, "write", "writes")} to the API server and ${counted(calls, "call", "calls")} to EC2. Nothing was sent.`
  return waiting === 0 ? todo : `${todo} ${counted(waiting, "pod waits", "pods wait")}.`
}

/** The port, which tells what is done about trunks themselves; branches are told by the trunk machine's steps. */
export const tellingTrunks = (ec2: Ec2["Service"], tell: (call: string, instanceId: string) => void): Ec2["Service"] => {
  /** The instance by trunk. */
  const trunks = new Map<EniId, string>()
  return {
    ...ec2,
    createTrunk: (trunk) => {
      const instanceId = trunk.tags[instanceIdTag] ?? ""
      tell(`create a trunk in ${trunk.subnetId} with ${trunk.groups.join(" ")}`, instanceId)
      return Effect.tap(ec2.createTrunk(trunk), ({ eniId }) => Effect.sync(() => trunks.set(eniId, instanceId)))
    },
    permitAttachment: (eniId) => {
      const instanceId = trunks.get(eniId)
      if (instanceId !== undefined) tell("permit its attachment", instanceId)
      return ec2.permitAttachment(eniId)
    },
    attachTrunk: (trunk) => {
      tell(`attach it at device index ${trunk.deviceIndex}`, trunk.instanceId)
      return ec2.attachTrunk(trunk)
    },
    deleteOnTermination: (eniId, attachmentId) => {
      tell("let it end with its instance", trunks.get(eniId) ?? "")
      return ec2.deleteOnTermination(eniId, attachmentId)
    }
  }
}
