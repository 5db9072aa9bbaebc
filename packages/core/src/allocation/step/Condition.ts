import type { Branch } from "../Branch.js"
import { put, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { isAssignable, quarantine } from "../VlanSpace.js"
import { end } from "./Ending.js"
import { startWaiting, tell } from "./Line.js"
import { andThen, enter, quiet, refuse, type Step } from "./Step.js"

type Event<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>

/** A branch whose trunk is gone: its association went with it (contract §6). The link of a pod that runs stays on the node, and so does its VLAN id. */
const sever = (trunk: Trunk, slot: number, branch: Branch, now: number): Trunk => {
  switch (branch.state._tag) {
    case "Announcing":
    case "Regrouping":
      return enter(trunk, slot, branch, { _tag: "Retagging" }, now, { associationId: undefined, severed: true })
    case "Associating":
      return enter(trunk, slot, branch, { _tag: "Retagging" }, now)
    case "InUse":
    case "Cooling":
    case "Idle":
      return put(trunk, slot, { ...branch, associationId: undefined, severed: true })
    case "Disassociating":
      return enter(trunk, slot, branch, { _tag: "Deleting" }, now, { associationId: undefined, severed: true })
    default:
      return trunk
  }
}

const lose = (trunk: Trunk, slot: number, branch: Branch, now: number): Step => {
  const severed = sever(trunk, slot, branch, now)
  const { interface: own, pod, state } = branch
  // Nobody would take an idle branch that is on no trunk.
  if (state._tag === "Idle") return end(severed, slot, now)
  return state._tag === "InUse" && pod !== undefined && own !== undefined
    ? { trunk: severed, commands: [tell(pod, { _tag: "Severed", eniId: own.eniId })] }
    : quiet(severed)
}

/** Found in use before the trunk was: it was made for another one, which is gone. */
const isOfAnother = ({ severed, state, tagged }: Branch, trunkId: Trunk["trunkId"]): boolean =>
  state._tag === "InUse" && !severed && tagged.trunkId !== undefined && tagged.trunkId !== trunkId

/** The trunk interface is there, or it is no more: what runs on a lost one is told so, what waits gets the new one. */
export const trunkChanged = (trunk: Trunk, event: Event<"TrunkChanged">): Step => {
  if (trunk.trunkId === event.trunkId) return refuse(trunk, "it is this trunk already")
  let step = quiet({ ...trunk, trunkId: event.trunkId })
  for (let slot = 1; slot < trunk.branches.length; slot++) {
    const branch = trunk.branches[slot]
    if (branch === undefined || (trunk.trunkId === undefined && !isOfAnother(branch, event.trunkId))) continue
    step = andThen(step, (next) => lose(next, slot, branch, event.now))
  }
  return andThen(step, (next) => startWaiting(next, event.now))
}

export const admittingChanged = (trunk: Trunk, event: Event<"AdmittingChanged">): Step =>
  trunk.admitting === event.admitting
    ? refuse(trunk, "it is so already")
    : startWaiting({ ...trunk, admitting: event.admitting }, event.now)

/** The pod in question gets the id itself, see `start`; quarantine keeps it from everybody else until then. */
export const vlanWired = (trunk: Trunk, { now, vlanId }: Event<"VlanWired">): Step =>
  isAssignable(vlanId)
    ? quiet({ ...trunk, vlans: quarantine(trunk.vlans, vlanId, now + trunk.settings.vlanQuarantine) })
    : refuse(trunk, "nobody would get this id anyway")

/** A branch that cools already keeps the time it was given. */
export const settingsChanged = (trunk: Trunk, event: Event<"SettingsChanged">): Step =>
  quiet({ ...trunk, settings: event.settings })

export const idleGivenUp = (trunk: Trunk, event: Event<"IdleGivenUp">): Step => {
  let step = quiet(trunk)
  for (let slot = 1; slot < trunk.branches.length; slot++) {
    const branch = trunk.branches[slot]
    if (branch?.state._tag !== "Idle") continue
    if (event.subnetId !== undefined && branch.subnetId !== event.subnetId) continue
    const { unlessGroups } = event
    if (unlessGroups !== undefined && branch.groups.every((group) => unlessGroups.has(group))) continue
    step = andThen(step, (next) => end(next, slot, event.now))
  }
  return step
}
