import type { Command } from "@branchline/core/allocation/Command"
import { occupancy } from "@branchline/core/allocation/Capacity"
import { branchesOf, empty, type Trunk } from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import { step } from "@branchline/core/allocation/TrunkMachine"
import { annotationOf, identityOf, memories } from "@branchline/core/controller/Ledger"
import * as Texts from "@branchline/core/controller/Texts"
import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { instanceIdTag } from "@branchline/core/model/Names"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { isStep, type Step } from "../dry-run/Plan.js"
import type { Sight } from "./Sight.js"

/** A node whose trunk is looked at. */
export interface TrunkSight {
  readonly nodeName: string
  readonly instanceId: InstanceId
  readonly trunkId: EniId | undefined
  readonly admitting: boolean
  /** Branches that the instance type carries. */
  readonly limit: number
  /** Where new branches go, and what pods without policy get. */
  readonly subnetId: string
  readonly groups: ReadonlyArray<SecurityGroupId>
}

/** What would be done for the branches of a node now, and the trunk as it stands before any of it. */
export interface BranchPlan {
  readonly steps: ReadonlyArray<Step>
  readonly trunk: Trunk
}

/** The interfaces that the node's trunk has to remember, and those that its pods' annotations name and that are another instance's. */
const interfacesOf = ({ ec2 }: Sight, instanceId: InstanceId, pods: ReadonlyArray<Pod>) => {
  const named = pods.flatMap((pod) => isTerminal(pod) ? [] : annotationOf(pod)?.eniId ?? [])
  const own = ec2.ofInstance.get(instanceId) ?? []
  const others = named.flatMap((eniId) => ec2.byId.get(eniId) ?? []).filter(({ tags }) => tags[instanceIdTag] !== instanceId)
  const isForeign = ({ tags }: NetworkInterface): boolean => tags[instanceIdTag] !== undefined
  return { here: [...own, ...others.filter((one) => !isForeign(one))], foreign: new Set(others.filter(isForeign).map(({ eniId }) => eniId)) }
}

/** What a controller that starts now would tell the trunk; a branch that nobody has cools since it was nobody's. */
const remembered = (sight: Sight, { admitting, instanceId, nodeName, trunkId }: TrunkSight): ReadonlyArray<TrunkEvent> => {
  const { now, unclaimedSince } = sight
  const pods = sight.cluster.pods.onNode(nodeName)
  const { foreign, here } = interfacesOf(sight, instanceId, pods)
  const told = memories(here, foreign, nodeName, sight.cluster.pods, now)
  return [
    { _tag: "TrunkChanged", trunkId, now },
    ...told.map((event) => event._tag === "BranchDiscovered" ? { ...event, now: unclaimedSince.get(event.interface.eniId) ?? now } : event),
    { _tag: "AdmittingChanged", admitting, now }
  ]
}

/** What the pods of the node ask for. */
const requests = ({ cluster, now, rules }: Sight, { groups, nodeName, subnetId }: TrunkSight): ReadonlyArray<TrunkEvent> =>
  cluster.pods.onNode(nodeName).toSorted((a, b) => a.metadata.uid < b.metadata.uid ? -1 : 1).flatMap((pod): ReadonlyArray<TrunkEvent> => {
    if (!wantsBranch(pod) || isTerminal(pod) || pod.metadata.deletionTimestamp || annotationOf(pod) !== undefined) return []
    const chosen = rules.groupsOf(pod)
    const fallback = chosen.length === 0
    if (fallback && rules.unmatched === "wait") return []
    return [{ _tag: "PodRequested", pod: identityOf(pod), groups: fallback ? groups : chosen, fallback, subnetId, now }]
  })

const isTold = (command: Command): boolean => isStep(command) || command._tag === "AnnouncePod"

/**
 * What the trunk machine would have done now, from nothing but what EC2 and the cluster tell at this moment: no step is taken, so that nothing made up is
 * remembered, and what somebody else has done is done.
 */
export const planBranches = (sight: Sight, of: TrunkSight): BranchPlan => {
  const { cluster, now, rules } = sight
  const commands = new Map<string, Command>()
  const run = (trunk: Trunk, event: TrunkEvent): Trunk => {
    const { commands: due, trunk: next } = step(trunk, event)
    // What is due of a branch first; the rest follows from it.
    for (const command of due) if (isTold(command) && !commands.has(command.key)) commands.set(command.key, command)
    return next
  }
  const trunk = remembered(sight, of).reduce(run, empty(of.instanceId, of.limit, rules.allocation))
  const cooled = branchesOf(trunk).flatMap(({ key, state }): ReadonlyArray<TrunkEvent> =>
    state._tag === "Cooling" && state.until <= now ? [{ _tag: "PodReleased", key, mayIdle: rules.allocation.idle !== undefined, now }] : [])
  const after = [...cooled, ...requests(sight, of)].reduce(run, trunk)
  /** The pod, or where there is none any more the interface. */
  const nameOf = (command: Command): string => {
    const pod = cluster.pods.get(command.key as Pod["metadata"]["uid"])?.metadata
    return pod !== undefined ? `${pod.namespace}/${pod.name}` : "eniId" in command ? command.eniId : command.key
  }
  const waiting = after.waiting.map(({ pod, why }): Step => ({
    _tag: "Waits",
    pod: `${pod.namespace}/${pod.name}`,
    why: Texts.ofPod({ _tag: "Waits", why }, occupancy(after), now).message.replace(/^[^:]*: /, "")
  }))
  return {
    trunk,
    steps: [...[...commands.values()].map((command): Step => ({ _tag: "Branch", node: of.nodeName, pod: nameOf(command), command })), ...waiting]
  }
}
