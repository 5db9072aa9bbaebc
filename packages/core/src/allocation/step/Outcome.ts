import type { Branch, BranchInterface } from "../Branch.js"
import { put, slotOf, slotOfInterface, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { drive } from "./Drive.js"
import { free, leave } from "./Ending.js"
import { anew } from "./Failure.js"
import { tell } from "./Line.js"
import { andThen, enter, quiet, refuse, type Step } from "./Step.js"

type Event<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>

const go = (
  trunk: Trunk,
  slot: number,
  branch: Branch,
  to: "Permitting" | "Retagging" | "Associating" | "Announcing" | "Deleting",
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
      ? anew(trunk, slot, { ...branch, attempt: facts.attempt }, "the interface is on its way out", now)
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

/** A create whose answer was lost did take place, in this life or in one before. */
export const branchFound = (trunk: Trunk, event: Event<"BranchFound">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Creating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  const facts = {
    interface: event.interface,
    tagged: { vlanId: event.vlanId, trunkId: event.trunkId },
    attempt: Math.max(branch.attempt, event.attempt),
    announced: event.associated
  }
  const isKnown = slotOfInterface(trunk, event.interface.eniId) !== -1
  if (event.associated && !isTagged(trunk, { ...branch, ...facts }) && !isKnown) {
    // Its association can't be moved: this try is spent, and the interface goes.
    return go(trunk, slot, branch, "Deleting", event.now, facts)
  }
  return made(trunk, slot, branch, event.associated ? "Associating" : "Permitting", facts, event.now)
}

/** No attempt is to be seen: where the pod is gone that is the end, else the same token makes sure. */
export const branchMissing = (trunk: Trunk, event: Event<"BranchMissing">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Creating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  if (!branch.state.wanted) return free(trunk, slot, event.now)
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
  return isTagged(trunk, branch) ? go(trunk, slot, branch, "Associating", event.now) : drive(trunk, slot)
}

export const branchAssociated = (trunk: Trunk, event: Event<"BranchAssociated">): Step => {
  const slot = slotOf(trunk, event.key)
  const branch = inState(trunk, slot, "Associating")
  if (branch === undefined) return unexpected(trunk, event, slot)
  return go(trunk, slot, branch, "Announcing", event.now, { associationId: event.associationId, severed: false })
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
  return go(trunk, slot, branch, "Announcing", event.now)
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
