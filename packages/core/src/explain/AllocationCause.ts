import type { Selection } from "../selection/Selection.js"
import { isUndecided } from "./Admission.js"
import type { Allocation, AllocationStep, BranchFacts } from "./Allocation.js"
import type { PodCause } from "./Cause.js"
import type { ToldEvent } from "./Events.js"
import type { PodStoryFacts } from "./Facts.js"
import { nearest } from "./Nearest.js"
import { nodeObstacle } from "./NodeObstacle.js"

interface Known {
  readonly facts: PodStoryFacts
  readonly selection: Selection
  readonly allocation: Allocation
  readonly nodeEvents: ReadonlyArray<ToldEvent>
}

/** `CreateNetworkInterface: InvalidGroup.NotFound: …`, as a failed EC2 call is told. */
const codeOf = (message: string): string | undefined => /^\w+: ([\w.]+): /.exec(message)?.[1]

const obstacleOr = ({ facts, nodeEvents }: Known, otherwise: PodCause): PodCause => nodeObstacle(facts, nodeEvents) ?? otherwise

const noTrunk: PodCause = { _tag: "NoTrunk", failure: undefined }

const namedBy = ({ policies }: Selection, message: string): ReadonlyArray<string> =>
  policies.flatMap(({ policy, verdict }) =>
    verdict._tag === "Matched" && verdict.groups.some((group) => message.includes(group)) ? [policy] : []
  )

const stepCause = (known: Known, branch: BranchFacts, step: AllocationStep, needsTrunk: boolean, hasTrunk: boolean): PodCause => {
  if (needsTrunk && !hasTrunk) return obstacleOr(known, noTrunk)
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
      return obstacleOr(known, { _tag: "NotLooked", at: "trunk" })
    case "NoTrunk":
      return obstacleOr(known, noTrunk)
    case "NotRecovered":
      return obstacleOr(known, { _tag: "NotRecovered" })
    case "InLine":
      return lineCause(known, allocation)
    case "Branch":
      return branchCause(known, allocation.branch, allocation.trunkId !== undefined)
    case "NotDue":
    case "Nothing":
      return obstacleOr(known, { _tag: "NotPickedUp" })
  }
}
