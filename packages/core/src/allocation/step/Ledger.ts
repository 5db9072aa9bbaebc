import type { VlanId } from "../../model/Ids.js"
import { type Branch, type BranchKey, type BranchState, isHearsay } from "../Branch.js"
import { freeSlot, freeStraySlot, isHeld, put, slotOf, slotOfInterface, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { quarantine, seen } from "../VlanSpace.js"
import { drive } from "./Drive.js"
import { end, leave } from "./Ending.js"
import { freeVlanId, startWaiting, tell } from "./Line.js"
import { branchFound } from "./Outcome.js"
import { andThen, enter, quiet, refuse, type Step } from "./Step.js"

type Event<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>

/** Another branch of the same pod loses the pod's name, and is on its way out as the interface that it is. */
const displace = (trunk: Trunk, slot: number, now: number): Step => {
  const branch = trunk.branches[slot]!
  const eniId = branch.interface?.eniId
  if (eniId === undefined) return quiet(put(trunk, slot, undefined))
  const disowned = put(trunk, slot, { ...branch, key: eniId, pod: undefined })
  switch (branch.state._tag) {
    case "Permitting":
    case "Retagging":
    case "Associating":
    case "Announcing":
    case "Regrouping":
    case "InUse":
      return leave(disowned, slot, now)
    case "Idle":
      return end(disowned, slot, now)
    default:
      return quiet(disowned)
  }
}

const known = (
  key: BranchKey,
  fields: Omit<Branch, "key" | "state" | "since" | "misses" | "failure" | "groupsAsked">,
  state: BranchState,
  now: number
): Branch => ({ key, ...fields, groupsAsked: false, state, since: now, misses: 0, failure: undefined })

const place = (trunk: Trunk, branch: Branch): { readonly trunk: Trunk; readonly slot: number } => {
  const slot: number = branch.vlanId ?? freeStraySlot(trunk)
  const placed = put(trunk, slot, branch)
  return { trunk: branch.vlanId === undefined ? placed : { ...placed, vlans: seen(placed.vlans, branch.vlanId) }, slot }
}

const recordedAssociation = ({ associationID }: Event<"BranchHeld">["details"]) => (associationID === "" ? undefined : associationID)

/** A branch that is known becomes the pod's, under the VLAN id that the annotation had the node wire, where that is free. */
const hold = (trunk: Trunk, from: number, event: Event<"BranchHeld">): Trunk => {
  const { pod, details, now } = event
  const branch = trunk.branches[from]!
  const vlanId = freeSlot(trunk, details.vlanId) ?? branch.vlanId
  const associationId = branch.associationId ?? (branch.severed ? undefined : recordedAssociation(details))
  const tagged = vlanId === undefined ? { ...branch.tagged, vlanId: details.vlanId } : branch.tagged
  // It runs with the groups that it has, whichever they are.
  const groups = branch.groupsAsked ? [] : branch.groups
  const { trunk: placed, slot } = place(put(trunk, from, undefined), { ...branch, vlanId, groups, groupsAsked: false })
  return enter(placed, slot, placed.branches[slot]!, { _tag: "InUse" }, now, { key: pod.uid, pod, associationId, tagged })
}

const held = ({ pod, details, now }: Event<"BranchHeld">, vlanId: VlanId | undefined, trunk: Trunk): Branch =>
  known(pod.uid, {
    pod,
    vlanId,
    groups: [],
    subnetId: "",
    attempt: 1,
    interface: {
      eniId: details.eniId,
      macAddress: details.ifAddress,
      privateIp: details.privateIp,
      ipv6Address: details.ipv6Addr
    },
    tagged: { vlanId: details.vlanId, trunkId: trunk.trunkId },
    associationId: recordedAssociation(details),
    announced: true,
    severed: false
  }, { _tag: "InUse" }, now)

/**
 * The annotation of a living pod names a branch: the branch is that pod's, whatever we thought, even where it was on its way out. Only
 * another living pod's it is not: an annotation can be copied. Nothing is told to the pod: whoever wrote the annotation did.
 */
export const branchHeld = (trunk: Trunk, event: Event<"BranchHeld">): Step => {
  const { pod, details, now } = event
  const named = slotOfInterface(trunk, details.eniId)
  const holder = trunk.branches[named]
  if (holder?.state._tag === "InUse") {
    return refuse(trunk, holder.key === pod.uid ? "it is in use by this pod already" : "it is in use by another pod")
  }
  const waiting = trunk.waiting.filter((entry) => entry.pod.uid !== pod.uid)
  const own = slotOf(trunk, pod.uid)
  const lined = { ...trunk, waiting }
  const displaced = own !== -1 && own !== named ? displace(lined, own, now) : quiet(lined)
  return andThen(
    andThen(displaced, (next) => named === -1
      ? quiet(place(next, held(event, freeSlot(next, details.vlanId), next)).trunk)
      : {
        trunk: hold(next, named, event),
        // Its trunk was lost while the annotation was on its way: the pod has it, and must know what it is worth.
        commands: holder?.severed === true ? [tell(pod, { _tag: "Severed", eniId: details.eniId })] : []
      }),
    (next) => startWaiting(next, now)
  )
}

/** What hangs elsewhere takes no place here; its VLAN id is kept for its pod, for whom the node may have wired it. */
export const branchElsewhere = (trunk: Trunk, { key, now }: Event<"BranchElsewhere">): Step => {
  const slot = slotOf(trunk, key)
  const branch = trunk.branches[slot]
  if (branch === undefined || !isHearsay(branch)) return refuse(trunk, "EC2 told of it, too")
  const left = put(trunk, slot, undefined)
  return startWaiting(branch.vlanId === undefined ? left : { ...left, vlans: quarantine(left.vlans, branch.vlanId, now + trunk.settings.vlanQuarantine) }, now)
}

/** A branch that only an annotation told of: what else EC2 knows of it. */
const learn = (trunk: Trunk, slot: number, event: Event<"BranchDiscovered">): Step => {
  const branch = trunk.branches[slot]!
  if (!isHearsay(branch)) return refuse(trunk, "it is known already")
  const { groups, subnetId, claim } = event
  const tagged = branch.vlanId === undefined ? branch.tagged : { vlanId: event.vlanId, trunkId: event.trunkId }
  const learnt: Branch = { ...branch, groups, subnetId, tagged, attempt: claim?.attempt ?? branch.attempt }
  // It was made for another trunk, which is gone: lost while nobody looked.
  const isLost = !event.associated && event.trunkId !== undefined && trunk.trunkId !== undefined && event.trunkId !== trunk.trunkId
  if (!isLost || branch.pod === undefined) return quiet(put(trunk, slot, learnt))
  return {
    trunk: put(trunk, slot, { ...learnt, associationId: undefined, severed: true }),
    commands: [tell(branch.pod, { _tag: "Severed", eniId: event.interface.eniId })]
  }
}

/**
 * EC2 has a branch that nobody here knew. Where a create for its pod is under way it is that one's; where a living pod waits for it, it
 * goes on from the step it had reached; else it cools its full time, whatever happened to it before, because EC2 does not say when its pod
 * ended.
 */
export const branchDiscovered = (trunk: Trunk, event: Event<"BranchDiscovered">): Step => {
  const { now, claim, claimant } = event
  const { eniId } = event.interface
  const at = slotOfInterface(trunk, eniId)
  if (at !== -1) return learn(trunk, at, event)
  const creating = claim === undefined ? undefined : trunk.branches[slotOf(trunk, claim.pod)]
  if (claim !== undefined && creating?.state._tag === "Creating" && creating.attempt === claim.attempt) {
    return branchFound(trunk, { ...event, _tag: "BranchFound", key: claim.pod, attempt: claim.attempt })
  }
  const isOurs = event.trunkId !== undefined && event.trunkId === trunk.trunkId
  const onTrunk = event.associated && isOurs
  const taggedSlot = freeSlot(trunk, event.vlanId)
  // EC2 may not show yet that it is associated: with this trunk only under the id that its tags name, which must not be rewritten.
  const isTakenOver = isOurs && !event.associated && (taggedSlot === undefined || isHeld(trunk, taggedSlot))
  const isClaimed = claimant !== undefined && slotOf(trunk, claimant.uid) === -1 && trunk.trunkId !== undefined && !isTakenOver &&
    (onTrunk ? taggedSlot !== undefined : !event.associated && trunk.occupied < trunk.limit)
  const newVlanId = () => (taggedSlot === undefined || isHeld(trunk, taggedSlot) ? freeVlanId(trunk, now) : taggedSlot)
  const vlanId = onTrunk ? taggedSlot : isClaimed ? newVlanId() : undefined
  const fields = {
    vlanId,
    groups: event.groups,
    subnetId: event.subnetId,
    attempt: claim?.attempt ?? 1,
    interface: event.interface,
    tagged: { vlanId: event.vlanId, trunkId: event.trunkId },
    associationId: undefined
  }
  if (isClaimed && vlanId !== undefined) {
    const waiting = trunk.waiting.filter((entry) => entry.pod.uid !== claimant.uid)
    const state: BranchState = onTrunk ? { _tag: "Associating" } : { _tag: "Permitting" }
    const branch = known(claimant.uid, { ...fields, announced: onTrunk, severed: false, pod: claimant }, state, now)
    const { trunk: placed, slot } = place(trunk, branch)
    return drive({ ...placed, waiting }, slot)
  }
  const isNamed = claim !== undefined && claimant === undefined && slotOf(trunk, claim.pod) === -1 &&
    trunk.waiting.every(({ pod }) => pod.uid !== claim.pod)
  const cooling: BranchState = { _tag: "Cooling", until: now + trunk.settings.cooldown }
  const fieldsLeft = { ...fields, announced: true, severed: !onTrunk, pod: undefined }
  return quiet(place(trunk, known(isNamed ? claim.pod : eniId, fieldsLeft, cooling, now)).trunk)
}
