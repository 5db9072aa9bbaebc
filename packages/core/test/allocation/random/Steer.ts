import type { Branch } from "../../../src/allocation/Branch.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import { admitting, failed, group, released, requested, subnetId, trunkId, trunkIs } from "../Fixtures.js"
import { success } from "./Events.js"
import { eventNames, impossible, type StateName, stateName, stateOfKey, states, type Visits } from "./Pairs.js"
import type { Prng } from "./Prng.js"
import { pods, settingsToChoose, type World } from "./World.js"

/** The state that has met too little so far, if there is one. */
export const poorest = (visits: Visits, enough: number): StateName | undefined => {
  let poor: StateName | undefined
  let least = enough
  for (const state of states) {
    for (const name of eventNames) {
      if (impossible(state, name) !== undefined || visits.count(state, name) >= least) continue
      least = visits.count(state, name)
      poor = state
    }
  }
  return poor
}

const newPod = (world: World, random: Prng, groups = [group("web")]): TrunkEvent | undefined => {
  if (world.trunk.trunkId === undefined) return trunkIs(trunkId, world.now)
  if (!world.trunk.admitting) return admitting(true, world.now)
  const absent = pods.filter(({ uid }) => stateOfKey(world.trunk, uid) === "absent")
  return absent.length === 0 ? released(random.pick(pods).uid, world.now) : requested(random.pick(absent), world.now, { groups })
}

const some = (world: World, random: Prng, wanted: StateName): Branch | undefined => {
  const there = Trunk.branchesOf(world.trunk).filter((branch) => stateName(branch) === wanted)
  return there.length === 0 ? undefined : random.pick(there)
}

const towardsIdle = (world: World, random: Prng): TrunkEvent | undefined => {
  const [settings] = settingsToChoose
  const [line] = world.trunk.waiting
  if (world.trunk.settings !== settings) return { _tag: "SettingsChanged", settings: settings!, now: world.now }
  if (!world.trunk.admitting) return admitting(true, world.now)
  if (line !== undefined) return released(line.pod.uid, world.now)
  const fit = Trunk.branchesOf(world.trunk).filter(({ state, pod, severed, associationId, groups }) =>
    state._tag === "Cooling" && pod !== undefined && !severed && associationId !== undefined && groups.length > 0
  )
  const [cooling] = fit
  if (cooling?.state._tag === "Cooling") {
    world.now = Math.max(world.now, cooling.state.until)
    return released(cooling.key, world.now, true)
  }
  const inUse = some(world, random, "InUse")
  return inUse !== undefined && !inUse.severed && inUse.groups.length > 0 ? released(inUse.key, world.now) : undefined
}

const towardsRegrouping = (world: World, random: Prng): TrunkEvent | undefined => {
  const idle = some(world, random, "Idle")
  if (idle === undefined) return towardsIdle(world, random)
  const taker = pods.find(({ uid, namespace }) => namespace === idle.pod?.namespace && stateOfKey(world.trunk, uid) === "absent")
  const groups = idle.groups.length === 1 ? [group("web"), group("db")] : [group("web")]
  return taker && requested(taker, world.now, { groups, subnetId: idle.subnetId || subnetId })
}

/** An event that leads towards a state, as far as there is a straight way. */
export const towards = (world: World, random: Prng, state: StateName): TrunkEvent | undefined => {
  const creating = some(world, random, "Creating wanted")
  switch (state) {
    case "Creating settled":
      return creating && !(creating.state._tag === "Creating" && creating.state.asked)
        ? failed(creating.key, "failed", "no address", world.now)
        : newPod(world, random)
    case "Creating unwanted":
      return creating ? released(creating.key, world.now) : newPod(world, random)
    case "Creating wanted":
      return newPod(world, random)
    case "Idle":
      return towardsIdle(world, random) ?? onwards(world, random)
    case "Regrouping":
      return towardsRegrouping(world, random) ?? onwards(world, random)
    default:
      return onwards(world, random)
  }
}

const onwards = (world: World, random: Prng): TrunkEvent | undefined => {
  const moving = Trunk.branchesOf(world.trunk).filter((branch) => success(world, branch) !== undefined)
  return moving.length === 0 ? newPod(world, random) : success(world, random.pick(moving))
}
