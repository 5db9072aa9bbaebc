import type { Branch, BranchState, WaitReason } from "../allocation/Branch.js"
import { nextVlanFree, type Occupancy, occupancy } from "../allocation/Capacity.js"
import { branchesOf, branchOf, type Trunk } from "../allocation/Trunk.js"
import type { EniId, PodUid, SecurityGroupId } from "../model/Ids.js"
import type { NodeFacts } from "./Facts.js"

/** The states on the way to an announced branch. */
export type AllocationStep = Extract<
  BranchState["_tag"],
  "Creating" | "Permitting" | "Retagging" | "Associating" | "Regrouping" | "Announcing"
>

/** A pod's branch as its trunk knows it. Times are milliseconds since the epoch. */
export interface BranchFacts {
  readonly eniId: EniId | undefined
  readonly vlanId: number | undefined
  /** Empty where nobody knows: an annotation names none. */
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly subnetId: string
  readonly attempt: number
  readonly severed: boolean
  readonly state: BranchState
  readonly since: number
  readonly failure: string | undefined
}

/** What allocation has for a pod. */
export type Allocation =
  /** The pod is bound to no node yet, or gets no branch at all. */
  | { readonly _tag: "NotDue" }
  | { readonly _tag: "NotLooked" }
  | { readonly _tag: "NoTrunk" }
  /** The controller has not read yet what EC2 has. */
  | { readonly _tag: "NotRecovered" }
  | { readonly _tag: "Branch"; readonly branch: BranchFacts; readonly trunkId: EniId | undefined }
  | { readonly _tag: "InLine"; readonly place: Place; readonly room: Occupancy }
  | { readonly _tag: "Nothing"; readonly room: Occupancy }

/** A place in line, and when a branch can be made for it. */
export interface Place {
  /** From 1. */
  readonly place: number
  readonly of: number
  readonly why: WaitReason
  readonly since: number
  /** What frees the place: a branch that cools until `at`, one that is being removed, or nothing that is known. */
  readonly frees: "cooling" | "leaving" | "nothing"
  /** Milliseconds since the epoch; for want of a VLAN id, when one leaves quarantine. */
  readonly at: number | undefined
}

/** A branch as facts. */
export const branchFacts = (branch: Branch): BranchFacts => {
  const { attempt, failure, groups, severed, since, state, subnetId, vlanId } = branch
  return { eniId: branch.interface?.eniId, vlanId, groups, subnetId, attempt, severed, state, since, failure }
}

// A stray without association takes no room on its trunk (`Trunk.put`), so its end makes none.
const takesRoom = (branch: Branch): boolean => branch.vlanId !== undefined || !branch.severed

const whenRoom = (trunk: Trunk, place: number): Pick<Place, "frees" | "at"> => {
  const needed = trunk.occupied - trunk.limit + place
  const branches = branchesOf(trunk).filter(takesRoom)
  // An idle branch is given up as soon as somebody waits.
  const leaving = branches.filter(({ state }) => state._tag === "Disassociating" || state._tag === "Deleting" || state._tag === "Idle").length
  if (needed <= leaving) return { frees: "leaving", at: undefined }
  const due = branches.flatMap(({ state }) => (state._tag === "Cooling" ? [state.until] : [])).sort((a, b) => a - b)
  const at = due[needed - leaving - 1]
  return at === undefined ? { frees: "nothing", at: undefined } : { frees: "cooling", at }
}

const placeOf = (trunk: Trunk, uid: PodUid, now: number): Place | undefined => {
  const index = trunk.waiting.findIndex(({ pod }) => pod.uid === uid)
  const entry = trunk.waiting[index]
  if (entry === undefined) return undefined
  const { since, why } = entry
  const base = { place: index + 1, of: trunk.waiting.length, why, since }
  switch (why) {
    case "full":
      return { ...base, ...whenRoom(trunk, index + 1) }
    case "no VLAN id":
      return { ...base, frees: "nothing", at: nextVlanFree(trunk, now) }
    case "no trunk":
    case "not admitting":
    case "previous branch":
      return { ...base, frees: "nothing", at: undefined }
  }
}

/** What the trunk of its node has for a pod. */
export const allocationOf = (facts: Pick<NodeFacts, "trunk" | "recovered">, uid: PodUid, now: number): Allocation => {
  const { trunk } = facts
  if (trunk === undefined) return { _tag: "NotLooked" }
  if (trunk === "absent") return { _tag: "NoTrunk" }
  if (facts.recovered === false) return { _tag: "NotRecovered" }
  const branch = branchOf(trunk, uid)
  // A pod whose previous branch is still being removed has a branch and a place in line: the branch tells more.
  if (branch !== undefined) return { _tag: "Branch", branch: branchFacts(branch), trunkId: trunk.trunkId }
  const place = placeOf(trunk, uid, now)
  const room = occupancy(trunk)
  return place === undefined ? { _tag: "Nothing", room } : { _tag: "InLine", place, room }
}
