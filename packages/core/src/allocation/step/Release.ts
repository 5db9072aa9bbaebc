import { put, slotOf, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { drive } from "./Drive.js"
import { end, free, leave } from "./Ending.js"
import { enter, quiet, refuse, type Step } from "./Step.js"

type Released = Extract<TrunkEvent, { readonly _tag: "PodReleased" }>

const idleCount = (trunk: Trunk): number => trunk.branches.filter((branch) => branch?.state._tag === "Idle").length

const afterCooling = (trunk: Trunk, slot: number, event: Released): Step => {
  const branch = trunk.branches[slot]!
  const { idle } = trunk.settings
  const mayIdle = idle !== undefined && event.mayIdle && trunk.admitting && !branch.severed && trunk.waiting.length === 0 &&
    branch.associationId !== undefined && branch.pod !== undefined && branch.vlanId !== undefined && branch.groups.length > 0 && !branch.groupsAsked &&
    idleCount(trunk) < idle.cap
  return mayIdle
    ? quiet(enter(trunk, slot, branch, { _tag: "Idle", until: event.now + idle.timeToLive }, event.now))
    : end(trunk, slot, event.now)
}

/** A pod is gone or terminal, still: its branch takes the next step towards its end that is due. */
export const podReleased = (trunk: Trunk, event: Released): Step => {
  const line = trunk.waiting.filter((waiting) => waiting.pod.uid !== event.key)
  const left = line.length === trunk.waiting.length ? trunk : { ...trunk, waiting: line }
  const slot = slotOf(left, event.key)
  const branch = left.branches[slot]
  if (branch === undefined) return left === trunk ? refuse(trunk, "nobody knows this pod") : quiet(left)
  switch (branch.state._tag) {
    case "Creating":
      return branch.state.settled
        ? free(left, slot, event.now)
        : drive(put(left, slot, { ...branch, state: { ...branch.state, wanted: false } }), slot)
    case "Permitting":
    case "Retagging":
    case "Associating":
    case "Regrouping":
    case "Announcing":
    case "InUse":
      return leave(left, slot, event.now)
    case "Cooling":
      return branch.state.until > event.now ? quiet(left) : afterCooling(left, slot, event)
    case "Idle":
      return branch.state.until > event.now ? quiet(left) : end(left, slot, event.now)
    case "Disassociating":
    case "Deleting":
      return drive(left, slot)
  }
}
