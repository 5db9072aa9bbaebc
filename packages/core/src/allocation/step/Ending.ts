import type { BranchState } from "../Branch.js"
import { put, type Trunk } from "../Trunk.js"
import { isAssignable, rest } from "../VlanSpace.js"
import { drive } from "./Drive.js"
import { startWaiting } from "./Line.js"
import { andThen, enter, quiet, type Step } from "./Step.js"

/** The end of a branch begins: disassociated where the association is known, else deleted directly, which ends the association too (contract §6). */
export const end = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  const state: BranchState = !branch.severed && branch.associationId ? { _tag: "Disassociating" } : { _tag: "Deleting" }
  return andThen(quiet(enter(trunk, slot, branch, state, now)), (next) => drive(next, slot))
}

/** A branch that may have been wired cools, so that nobody gets its VLAN id before the node has torn the link down. */
const cool = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  return quiet(enter(trunk, slot, branch, { _tag: "Cooling", until: now + trunk.settings.cooldown }, now))
}

/** A branch that is not wanted any more. What was never announced was never wired and needs no cooling; what may have been cools its full time. */
export const leave = (trunk: Trunk, slot: number, now: number): Step =>
  trunk.branches[slot]!.announced ? cool(trunk, slot, now) : end(trunk, slot, now)

/** The branch is no more: its slot is free, its VLAN id rests, and whoever waits comes next. */
export const free = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  const vlanId = branch.vlanId ?? branch.tagged.vlanId
  const freed = put(trunk, slot, undefined)
  return startWaiting(
    vlanId === undefined || !isAssignable(vlanId) ? freed : { ...freed, vlans: rest(freed.vlans, vlanId, now + trunk.settings.vlanRest) },
    now
  )
}
