import type { Branch, BranchInterface } from "../Branch.js"
import { freeSlot, isHeld, put, slotOf, slotOfInterface, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { handedOut } from "../VlanSpace.js"
import { drive } from "./Drive.js"
import { free, leave } from "./Ending.js"
import { anew, patience, remake, stay } from "./Failure.js"
import { freeVlanId, tell } from "./Line.js"
import { andThen, enter, lastStep, quiet, refuse, type Step } from "./Step.js"

type Event<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>

const go = (
  trunk: Trunk,
  slot: number,
  branch: Branch,
  to: "Permitting" | "Retagging" | "Associating" | "Regrouping" | "Announcing" | "Deleting",
  now: number,
  change?: Partial<Branch>
): Step => andThen(quiet(enter(trunk, slot, branch, { _tag: to }, now, change)), (next) => drive(next, slot))

const inState = <Tag extends Branch["state"]["_tag"]>(
  trunk: Trunk,
  slot: number,
  tag: Tag
): (Branch & { readonly state: Extract<Branch["state"], { readonly _tag: Tag }> }) | undefined => {
  const branch = trunk.branches[slot]
  return branch?.state._tag === tag
    ? branch as Branch & { readonly state: Extract<Branch["state"], { readonly _tag: Tag }> }
    : undefined
}

const unexpected = (trunk: Trunk, event: { readonly _tag: string }, slot: number): Step =>
  refuse(trunk, `${event._tag} means nothing to ${trunk.branches[slot]?.state._tag ?? "nobody"}`)

/** Whether the interface's tags say what it is to be associated with: the tags are the ledger that a restart reads. */
const isTagged = (trunk: Trunk, branch: Branch): boolean =>
  trunk.trunkId !== undefined && branch.tagged.trunkId === trunk.trunkId && branch.tagged.vlanId === branch.vlanId

/** To be associated, if nobody else did it under another id meanwhile. */
const contest = (trunk: Trunk, slot: number, branch: Branch, now: number): Step =>
  andThen(quiet(enter(trunk, slot, branch, { _tag: "Associating", contested: true }, now)), (next) => drive(next, slot))

/** An interface there is. One that is known already, under another key, goes that one's way: it is not to be had. */
const made = (
  trunk: Trunk,
  slot: number,
  branch: Branch & { readonly state: { readonly wanted: boolean } },
  to: "Permitting" | "Associating",
  facts: Pick<Branch, "tagged" | "attempt" | "announced"> & { readonly interface: BranchInterface },
  now: number
): Step => {
  const { wanted } = branch.state
  if (slotOfInterface(trunk, facts.interface.eniId) !== -1) {
    return wanted
      // At once: nothing failed, so that nobody would come back to it.
      ? andThen(anew(trunk, slot, { ...branch, attempt: facts.attempt }, "the interface is on its way out", now), (next) => drive(next, slot))
      : free(trunk, slot, now)
  }
  return wanted
    ? go(trunk, slot, branch, to, now, facts)
    : leave(put(trunk, slot, { ...branch, ...facts }), slot, now)
}

export const branchCreated = (trunk: Trunk, event: Event<"BranchCreated">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Creating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  const { tagged, attempt, announced } = branch
  return made(trunk, slot, branch, "Permitting", { interface: event.interface, tagged, attempt, announced }, event.now)
}

/**
 * An interface that EC2 does not show as associated may be so all the same (describes lag), and then its tags alone tell the next controller
 * under which id: they are not rewritten. Where nobody has announced it after a while it goes, and the next try makes another.
 */
const leaveAlone = (
  trunk: Trunk,
  slot: number,
  branch: Branch & { readonly state: Extract<Branch["state"], { readonly _tag: "Creating" }> },
  facts: Parameters<typeof made>[4],
  now: number
): Step => {
  const { foundAt = now } = branch.state
  return now - foundAt >= patience
    ? remake(trunk, slot, { ...branch, ...facts }, now)
    : stay(trunk, slot, { ...branch, attempt: facts.attempt, state: { ...branch.state, settled: false, asked: true, foundAt } }, "what was made for the pod may have the VLAN id of another pod")
}

/**
 * A branch whose token was spent by somebody else has its VLAN id on nothing, and will have the one of what that token made: it makes room for
 * what was made under its id. Ids that are set aside stay: the node may have wired one for that very pod.
 */
const madeRoom = (trunk: Trunk, vlanId: number | undefined, now: number): Trunk => {
  const other = vlanId === undefined ? undefined : trunk.branches[vlanId]
  const isOpen = other?.state._tag === "Creating" && other.state.spentAt !== undefined && other.tagged.vlanId === undefined
  if (vlanId === undefined || !isOpen || (trunk.vlans.quarantinedUntil[vlanId] ?? 0) > now) return trunk
  const next = freeVlanId(trunk, now)
  return next === undefined
    ? trunk
    : put(put({ ...trunk, vlans: handedOut(trunk.vlans, next) }, vlanId, undefined), next, { ...other, vlanId: next })
}

/**
 * A create whose answer was lost did take place, in this life or in one before; or another controller was quicker. Either way the VLAN id that
 * its tags name is the one to go on with, because whoever made it may be about to associate it under that.
 */
export const branchFound = (trunk: Trunk, event: Event<"BranchFound">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Creating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  const facts = {
    interface: event.interface,
    tagged: { vlanId: event.vlanId, trunkId: event.trunkId },
    attempt: Math.max(branch.attempt, event.attempt),
    // Of a pod that is over nobody hears any more what another controller announced to it.
    announced: event.associated || !branch.state.wanted
  }
  const to = event.associated ? "Associating" : "Permitting"
  const isKnown = slotOfInterface(trunk, event.interface.eniId) !== -1
  if (isKnown || !branch.state.wanted || branch.pod === undefined || isTagged(trunk, { ...branch, ...facts })) {
    return made(trunk, slot, branch, to, facts, event.now)
  }
  const isOnTrunk = trunk.trunkId !== undefined && event.trunkId === trunk.trunkId
  const room = isOnTrunk ? madeRoom(trunk, event.vlanId, event.now) : trunk
  const isHandable = event.associated ||
    (event.vlanId !== undefined && (room.vlans.quarantinedUntil[event.vlanId] ?? 0) <= event.now && !isHeld(room, event.vlanId))
  const vlanId = isOnTrunk && isHandable ? freeSlot(room, event.vlanId) : undefined
  if (vlanId !== undefined) {
    const moved = { ...branch, vlanId }
    return made(put(put(room, slot, undefined), vlanId, moved), vlanId, moved, to, facts, event.now)
  }
  if (!event.associated && isOnTrunk) return leaveAlone(trunk, slot, branch, facts, event.now)
  if (!event.associated) return made(trunk, slot, branch, to, facts, event.now)
  return contest(trunk, slot, { ...branch, ...facts }, event.now)
}

/** So long what a spent token made may not be shown, milliseconds: EC2's describes lag behind by seconds (contract §6), and a pod waits. */
const untilShown = 15_000

/**
 * No attempt is to be seen: where the pod is gone that is the end, else the same token makes sure. But what a spent token made there is, or was:
 * it may be associated under an id that its tags alone tell, and takes room on the trunk.
 */
export const branchMissing = (trunk: Trunk, event: Event<"BranchMissing">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Creating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  const { spentAt, wanted } = branch.state
  if (spentAt !== undefined && event.now - spentAt < untilShown) return quiet(trunk)
  if (!wanted) return free(trunk, slot, event.now)
  return drive(put(trunk, slot, { ...branch, state: { ...branch.state, settled: true, asked: false } }), slot)
}

export const branchPermitted = (trunk: Trunk, event: Event<"BranchPermitted">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Permitting")
  if (branch === undefined) return unexpected(trunk, event, slot)
  return go(trunk, slot, branch, isTagged(trunk, branch) ? "Associating" : "Retagging", event.now)
}

export const branchTagged = (trunk: Trunk, event: Event<"BranchTagged">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Retagging")
  if (branch === undefined) return unexpected(trunk, event, slot)
  // The trunk may have changed while the tags were written.
  if (!isTagged(trunk, branch)) return drive(trunk, slot)
  return contest(trunk, slot, branch, event.now)
}

export const branchAssociated = (trunk: Trunk, event: Event<"BranchAssociated">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Associating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  // Nobody else had associated it after all: now the tags are to say so.
  const to = isTagged(trunk, branch) ? lastStep(branch) : "Retagging"
  return go(trunk, slot, branch, to, event.now, { associationId: event.associationId, severed: false })
}

export const podAnnounced = (trunk: Trunk, event: Event<"PodAnnounced">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Announcing")
  if (branch === undefined) return unexpected(trunk, event, slot)
  const next = enter(trunk, slot, branch, { _tag: "InUse" }, event.now)
  return branch.pod === undefined
    ? quiet(next)
    : { trunk: next, commands: [tell(branch.pod, { _tag: "Allocated", annotation: event.annotation })] }
}

export const branchRegrouped = (trunk: Trunk, event: Event<"BranchRegrouped">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Regrouping")
  if (branch === undefined) return unexpected(trunk, event, slot)
  return go(trunk, slot, branch, "Announcing", event.now, { groupsAsked: false })
}

export const branchDisassociated = (trunk: Trunk, event: Event<"BranchDisassociated">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Disassociating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  return go(trunk, slot, branch, "Deleting", event.now, { associationId: undefined })
}

export const branchDeleted = (trunk: Trunk, event: Event<"BranchDeleted">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Deleting")
  return branch === undefined ? unexpected(trunk, event, slot) : free(trunk, slot, event.now)
}
