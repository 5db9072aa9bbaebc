import type { BranchState } from "../Branch.js"
import { put, type Trunk } from "../Trunk.js"
import { isAssignable, rest } from "../VlanSpace.js"
import { drive } from "./Drive.js"
import { startWaiting, tell } from "./Line.js"
import { andThen, enter, quiet, type Step } from "./Step.js"

/** The end of a branch begins: disassociated where the association is known, else deleted directly, which ends the association too (contract §6). */
export const end = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  const state: BranchState = !branch.severed && branch.associationId ? { _tag: "Disassociating" } : { _tag: "Deleting" }
  return andThen(quiet(enter(trunk, slot, branch, state, now)), (next) => drive(next, slot))
}

/**
 * A branch that may have been wired cools, so that nobody gets its VLAN id before the node has torn the link down. Who was told that all are
 * taken, and could not be told until when, is told now.
 */
const cool = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  const cooling = enter(trunk, slot, branch, { _tag: "Cooling", until: now + trunk.settings.cooldown }, now)
  const isKnown = trunk.branches.some((other) => other?.state._tag === "Cooling")
  const waiting = isKnown ? [] : trunk.waiting.filter(({ why }) => why === "full")
  return { trunk: cooling, commands: waiting.map(({ pod }) => tell(pod, { _tag: "Waits", why: "full" })) }
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
