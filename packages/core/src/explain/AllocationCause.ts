import type { Selection } from "../selection/Selection.js"
import { isUndecided } from "./Admission.js"
import type { Allocation, AllocationStep, BranchFacts } from "./Allocation.js"
import type { PodCause } from "./Cause.js"
import type { ToldEvent } from "./Events.js"
import type { PodStoryFacts } from "./Facts.js"
import { nearest } from "./Nearest.js"
import { hasTrunkInterface, nodeObstacle } from "./NodeObstacle.js"
import { codeOf, toldCause, toldOf } from "./Told.js"

interface Known {
  readonly facts: PodStoryFacts
  readonly selection: Selection
  readonly allocation: Allocation
  /** About the pod, oldest first. */
  readonly events: ReadonlyArray<ToldEvent>
  readonly nodeEvents: ReadonlyArray<ToldEvent>
}

const obstacleOr = ({ facts, nodeEvents }: Known, otherwise: PodCause): PodCause => nodeObstacle(facts, nodeEvents) ?? otherwise

const noTrunk: PodCause = { _tag: "NoTrunk", failure: undefined }

const namedBy = ({ policies }: Selection, message: string): ReadonlyArray<string> =>
  policies.flatMap(({ policy, verdict }) =>
    verdict._tag === "Matched" && verdict.groups.some((group) => message.includes(group)) ? [policy] : []
  )

/** What EC2 says of groups and subnet, where a branch is still to be made. */
const ec2Cause = ({ facts: { subnet, unusableGroups = [] }, selection }: Known): PodCause | undefined => {
  const groups = unusableGroups.filter(({ group }) => selection.groups.includes(group))
  if (groups.length > 0) {
    const policies = new Set(groups.flatMap(({ group }) => namedBy(selection, group)))
    return { _tag: "GroupsUnusable", groups, policies: [...policies] }
  }
  return subnet !== undefined && subnet.freeAddresses <= 0 ? { _tag: "SubnetEmpty", subnetId: subnet.subnetId } : undefined
}

/** What events tell, where the trunk is no memory of what failed. A group that EC2 says cannot be had tells more than EC2's refusal. */
const toldFor = (known: Known): PodCause | undefined => {
  const { events, facts, selection } = known
  const told = facts.rebuilt === true ? toldOf(events) : undefined
  if (told === undefined) return undefined
  const unusable = told.about === "allocation" ? ec2Cause(known) : undefined
  return unusable?._tag === "GroupsUnusable" ? unusable : toldCause(told, facts.subnet?.subnetId ?? "", (message) => namedBy(selection, message))
}

const stepCause = (known: Known, branch: BranchFacts, step: AllocationStep, needsTrunk: boolean, hasTrunk: boolean): PodCause => {
  if (needsTrunk && !hasTrunk) return obstacleOr(known, noTrunk)
  const told = toldFor(known)
  if (told !== undefined) return told
  const { attempt, failure, since, subnetId } = branch
  if (failure === undefined) return { _tag: "AllocationRunning", step, since }
  if (step === "Announcing") return { _tag: "AnnouncementFails", message: failure }
  return {
    _tag: "AllocationFails",
    step,
    attempt,
    code: codeOf(failure),
    message: failure,
    subnetId,
    policies: namedBy(known.selection, failure)
  }
}

const branchCause = (known: Known, branch: BranchFacts, hasTrunk: boolean): PodCause => {
  const { state } = branch
  switch (state._tag) {
    case "Creating":
      // An unsettled create is looked for first, which needs no trunk.
      return stepCause(known, branch, "Creating", state.settled, hasTrunk)
    case "Retagging":
    case "Associating":
      return stepCause(known, branch, state._tag, true, hasTrunk)
    case "Permitting":
    case "Regrouping":
    case "Announcing":
      return stepCause(known, branch, state._tag, false, hasTrunk)
    case "InUse":
      return { _tag: "AnnotationLost" }
    case "Cooling":
    case "Idle":
    case "Disassociating":
    case "Deleting":
      return { _tag: "PreviousBranch", state: state._tag, failure: branch.failure }
  }
}

const lineCause = (known: Known, { place: entry, room }: Extract<Allocation, { readonly _tag: "InLine" }>): PodCause => {
  const { at, frees, place, why } = entry
  switch (why) {
    case "no trunk":
      return obstacleOr(known, noTrunk)
    case "not admitting":
      return obstacleOr(known, { _tag: "NotAdmitting" })
    case "previous branch":
      return { _tag: "PreviousBranch", state: undefined, failure: undefined }
    case "no VLAN id":
      return { _tag: "VlanIdsQuarantined", place, at }
    case "full":
      if (frees === "leaving") return { _tag: "SlotLeaving", place, room }
      return at === undefined ? { _tag: "SlotsTaken", place, room } : { _tag: "SlotCooling", place, room, at }
  }
}

/** What a pod that asks for a branch and is bound to a node waits for, as long as it is not announced. */
export const allocationCause = (known: Known): PodCause => {
  const { allocation, facts, selection } = known
  const unmatched = selection.groups.length === 0 && !isUndecided(selection)
  if (unmatched && facts.unmatched === "wait" && allocation._tag !== "Branch" && allocation._tag !== "InLine") {
    return { _tag: "NoPolicyYet", nearest: nearest(selection.policies) }
  }
  switch (allocation._tag) {
    case "NotLooked":
      return toldFor(known) ?? obstacleOr(known, { _tag: "NotLooked", at: "trunk" })
    case "NoTrunk":
      return obstacleOr(known, noTrunk)
    case "NotRecovered":
      return obstacleOr(known, { _tag: "NotRecovered" })
    case "InLine":
      return lineCause(known, allocation)
    case "Branch":
      return branchCause(known, allocation.branch, allocation.trunkId !== undefined || hasTrunkInterface(facts))
    case "NotDue":
    case "Nothing":
      return obstacleOr(known, toldFor(known) ?? ec2Cause(known) ?? { _tag: "NotPickedUp" })
  }
}
