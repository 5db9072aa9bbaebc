import type { SecurityGroupId } from "../../model/Ids.js"
import type { Branch } from "../Branch.js"
import { put, slotOf, type Trunk } from "../Trunk.js"
import type { TrunkEvent } from "../TrunkEvent.js"
import { drive } from "./Drive.js"
import { end } from "./Ending.js"
import { obstacle, start, startWaiting, tellGroups, wait, type Wish } from "./Line.js"
import { andThen, enter, lastStep, type Step } from "./Step.js"

type Requested = Extract<TrunkEvent, { readonly _tag: "PodRequested" }>

const sameGroups = (some: ReadonlyArray<SecurityGroupId>, others: ReadonlyArray<SecurityGroupId>): boolean =>
  some.length === others.length && some.every((group) => others.includes(group))

const idleFor = (trunk: Trunk, wish: Wish): number => {
  const { idle } = trunk.settings
  if (idle === undefined || trunk.trunkId === undefined || !trunk.admitting) return -1
  const fits = (branch: Branch | undefined) =>
    branch?.state._tag === "Idle" && branch.pod?.namespace === wish.pod.namespace && branch.subnetId === wish.subnetId
  const same = trunk.branches.findIndex((branch) => fits(branch) && sameGroups(branch!.groups, wish.groups))
  return same !== -1 || !idle.regroup ? same : trunk.branches.findIndex(fits)
}

const takeIdle = (trunk: Trunk, slot: number, wish: Wish, now: number): Step => {
  const branch = trunk.branches[slot]!
  const groupsAsked = !sameGroups(branch.groups, wish.groups)
  const own = { ...branch, key: wish.pod.uid, pod: wish.pod, groups: wish.groups, groupsAsked }
  const taken = enter(trunk, slot, own, { _tag: lastStep(own) }, now)
  return andThen(
    { trunk: taken, commands: [tellGroups(wish)] },
    (next) => drive(next, slot)
  )
}

const leavingCount = (trunk: Trunk): number =>
  trunk.branches.filter((branch) => branch?.state._tag === "Disassociating" || branch?.state._tag === "Deleting").length

const oldestIdle = (trunk: Trunk): number => {
  let oldest = -1
  for (let slot = 1; slot < trunk.branches.length; slot++) {
    const branch = trunk.branches[slot]
    if (branch?.state._tag === "Idle" && (oldest === -1 || branch.since < trunk.branches[oldest]!.since)) oldest = slot
  }
  return oldest
}

/** Its own pod is there after all (a list that lagged): where the association still stands only the annotation is owed. */
const revive = (trunk: Trunk, slot: number, event: Requested): Step => {
  const branch = trunk.branches[slot]!
  const state = branch.associationId === undefined ? "Permitting" : lastStep(branch)
  const waiting = trunk.waiting.filter((entry) => entry.pod.uid !== event.pod.uid)
  const groups = branch.groupsAsked ? event.groups : branch.groups
  const revived = enter({ ...trunk, waiting }, slot, branch, { _tag: state }, event.now, { pod: event.pod, groups, severed: false })
  const commands = sameGroups(groups, branch.groups) ? [] : [tellGroups({ ...event, groups })]
  return andThen({ trunk: revived, commands }, (next) => drive(next, slot))
}

/** What is left of the pod's last branch has to end first, and the next one starts past its tries. */
const afterPrevious = (trunk: Trunk, slot: number, event: Requested): Step => {
  const { attempt, state } = trunk.branches[slot]!
  const waits = wait(trunk, { ...event, attempt: attempt + 1 }, "previous branch", event.now)
  const isCooled = state._tag === "Cooling" && state.until <= event.now
  return isCooled ? andThen(waits, (next) => end(next, slot, event.now)) : waits
}

const again = (trunk: Trunk, slot: number, event: Requested): Step => {
  const branch = trunk.branches[slot]!
  switch (branch.state._tag) {
    case "Creating":
      // Groups may change only where the last create surely left nothing behind, and then under a new token.
      return branch.state.settled && !sameGroups(branch.groups, event.groups)
        ? andThen(
          { trunk: put(trunk, slot, { ...branch, groups: event.groups, attempt: branch.attempt + 1 }), commands: [tellGroups(event)] },
          (next) => drive(next, slot)
        )
        : drive(put(trunk, slot, { ...branch, state: { ...branch.state, wanted: true } }), slot)
    case "Regrouping":
      return sameGroups(branch.groups, event.groups)
        ? drive(trunk, slot)
        : andThen({ trunk: put(trunk, slot, { ...branch, groups: event.groups }), commands: [tellGroups(event)] }, (next) => drive(next, slot))
    case "Cooling":
    case "Idle":
      return branch.vlanId === undefined ? afterPrevious(trunk, slot, event) : revive(trunk, slot, event)
    case "Disassociating":
    case "Deleting":
      return andThen(afterPrevious(trunk, slot, event), (next) => drive(next, slot))
    default:
      return drive(trunk, slot)
  }
}

const renewed = (trunk: Trunk, { pod, groups, fallback, subnetId }: Requested): Trunk => ({
  ...trunk,
  waiting: trunk.waiting.map((entry) => (entry.pod.uid === pod.uid ? { ...entry, pod, groups, fallback, subnetId } : entry))
})

const startOrWait = (trunk: Trunk, event: Requested): Step => {
  const why = obstacle(trunk, event.now)
  if (why === undefined) return start(trunk, event, event.now)
  const waits = wait(trunk, event, why, event.now)
  // One idle branch goes for each pod in line, not one each time that a pod asks.
  const victim = (why === "full" || why === "no VLAN id") && leavingCount(trunk) < waits.trunk.waiting.length ? oldestIdle(trunk) : -1
  return victim === -1 ? waits : andThen(waits, (next) => end(next, victim, event.now))
}

/** A pod wants a branch, still: it gets one, or the next command of the one it has, or a place in the line. */
export const podRequested = (trunk: Trunk, event: Requested): Step => {
  const slot = slotOf(trunk, event.pod.uid)
  if (slot !== -1) return again(trunk, slot, event)
  const line = trunk.waiting.filter((waiting) => waiting.pod.uid !== event.pod.uid)
  const idle = event.wired === undefined ? idleFor(trunk, event) : -1
  if (idle !== -1) return takeIdle({ ...trunk, waiting: line }, idle, event, event.now)
  const ahead = startWaiting(renewed(trunk, event), event.now)
  return slotOf(ahead.trunk, event.pod.uid) === -1 ? andThen(ahead, (next) => startOrWait(next, event)) : ahead
}
