import type { AllocationSettings } from "../../../src/allocation/AllocationSettings.js"
import type { PodIdentity } from "../../../src/allocation/Branch.js"
import type { Step } from "../../../src/allocation/step/Step.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import { step } from "../../../src/allocation/TrunkMachine.js"
import { firstVlanId, lastVlanId } from "../../../src/allocation/VlanSpace.js"
import { instanceId, minute, pod, second } from "../Fixtures.js"
import { checkStep } from "./Invariants.js"
import { makeOutside, type Outside } from "./Outside.js"
import type { Visits } from "./Pairs.js"

const lively: AllocationSettings = {
  cooldown: 30 * second,
  vlanQuarantine: 5 * minute,
  vlanRest: minute,
  idle: { regroup: true, timeToLive: 2 * minute, cap: 3 }
}

/** What a `SettingsChanged` chooses from. */
export const settingsToChoose: ReadonlyArray<AllocationSettings> = [
  lively,
  { ...lively, cooldown: minute },
  { ...lively, idle: { regroup: false, timeToLive: minute, cap: 1 } },
  { ...lively, idle: undefined }
]

export const pods: ReadonlyArray<PodIdentity> = Array.from({ length: 9 }, (_, at) => pod(`p${at}`, at % 3 === 0 ? "shop" : "bank"))

/** A trunk under test, what is outside of it, and everything that has happened. */
export interface World {
  readonly begin: Trunk.Trunk
  readonly journal: Array<TrunkEvent>
  readonly outside: Outside
  readonly visits: Visits
  trunk: Trunk.Trunk
  now: number
  /** The number of the next interface that EC2 makes. */
  next: number
}

/** `ids` VLAN ids at most are to be had: the fewer there are, the sooner one comes round again. */
export const makeWorld = (limit: number, ids: number, visits: Visits): World => {
  const empty = Trunk.empty(instanceId, limit, lively)
  const quarantinedUntil = empty.vlans.quarantinedUntil.map((_, id) => (id > ids && id >= firstVlanId && id <= lastVlanId ? 1e15 : 0))
  const begin = { ...empty, vlans: { ...empty.vlans, quarantinedUntil } }
  return { begin, journal: [], outside: makeOutside(), visits, trunk: begin, now: 1_000_000, next: 0x100 }
}

/** Lets an event happen and checks all that must hold after it. */
export const happen = (world: World, event: TrunkEvent): Step => {
  const before = world.trunk
  world.visits.record(before, event)
  const result = step(before, event)
  world.journal.push(event)
  world.trunk = result.trunk
  world.outside.follow(before, event, result)
  checkStep(before, event, result, world.outside)
  return result
}
