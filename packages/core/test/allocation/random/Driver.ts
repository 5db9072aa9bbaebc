import type { BranchKey } from "../../../src/allocation/Branch.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import { admitting, released, trunkId, trunkIs } from "../Fixtures.js"
import { makeEvent, success } from "./Events.js"
import { type EventName, eventNames, impossible, isForAll, type StateName, stateOfKey } from "./Pairs.js"
import type { Prng } from "./Prng.js"
import { poorest, towards } from "./Steer.js"
import { happen, pods, type World } from "./World.js"

const keysOf = (world: World): ReadonlyArray<BranchKey> => [
  ...new Set<BranchKey>([...Trunk.branchesOf(world.trunk).map(({ key }) => key), ...pods.map(({ uid }) => uid)])
]

/** Once a pair has met this often it is left to chance. */
const enough = 150

/** The pair that has met least so far, among those that can meet now; undefined where all have met often enough. */
const rarest = (world: World, random: Prng): { readonly name: EventName; readonly key: BranchKey } | undefined => {
  let best: { readonly name: EventName; readonly key: BranchKey } | undefined
  let least = enough
  const seen = new Set<StateName>()
  const keys = keysOf(world)
  const from = random.below(keys.length)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[(from + at) % keys.length]!
    const state = stateOfKey(world.trunk, key)
    if (seen.has(state)) continue
    seen.add(state)
    for (const name of eventNames) {
      if (impossible(state, name) !== undefined) continue
      const visits = world.visits.count(state, name)
      if (visits < least || (visits === least && best !== undefined && random.chance(50))) {
        least = visits
        best = { name, key }
      }
    }
  }
  return best
}

/** What usually happens: pods come and go, commands succeed, the trunk is there. */
const natural = (world: World, random: Prng): void => {
  const { trunk } = world
  const dice = random.below(100)
  if (trunk.trunkId === undefined && dice < 15) happen(world, trunkIs(trunkId, world.now))
  else if (!trunk.admitting && dice < 25) happen(world, admitting(true, world.now))
  else if (dice < 45) {
    const name = dice < 31 ? "PodRequested" : "PodReleased"
    const event = makeEvent(world, random, name, random.pick(name === "PodRequested" ? pods.map(({ uid }) => uid) : keysOf(world)))
    if (event !== undefined) happen(world, event)
  } else {
    const branches = Trunk.branchesOf(trunk)
    const event = branches.length === 0 ? undefined : success(world, random.pick(branches))
    if (event !== undefined) happen(world, event)
  }
}

const anything = (world: World, random: Prng): void => {
  const name = random.pick(eventNames)
  const event = isForAll(name) && random.chance(70) ? undefined : makeEvent(world, random, name, random.pick(keysOf(world)))
  if (event !== undefined) happen(world, event)
}

export const randomStep = (world: World, random: Prng): void => {
  world.now += random.below(3_000)
  if (random.chance(2)) world.now += 70_000
  const poor = random.chance(30) ? poorest(world.visits, enough) : undefined
  const way = poor === undefined || keysOf(world).some((key) => stateOfKey(world.trunk, key) === poor) ? undefined : towards(world, random, poor)
  if (way !== undefined) {
    happen(world, way)
    return
  }
  const wanted = random.chance(30) ? rarest(world, random) : undefined
  if (wanted === undefined) return random.chance(10) ? anything(world, random) : natural(world, random)
  const event = makeEvent(world, random, wanted.name, wanted.key)
  if (event !== undefined) happen(world, event)
}

/** All pods go and every command is answered well, until nothing is left but what may idle. */
export const drain = (world: World, mayIdle: boolean): void => {
  for (let round = 0; round < 400; round++) {
    const keys = keysOf(world)
    for (const key of keys) {
      happen(world, released(key, world.now, mayIdle))
      const branch = world.trunk.branches.find((candidate) => candidate?.key === key)
      const event = branch === undefined ? undefined : success(world, branch)
      if (event !== undefined) happen(world, event)
    }
    world.now += 10_000
    if (Trunk.branchesOf(world.trunk).every(({ state }) => mayIdle && state._tag === "Idle")) return
  }
  throw new Error(`never ends: ${JSON.stringify(Trunk.branchesOf(world.trunk))}`)
}
