import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Trunk from "../../src/allocation/Trunk.js"
import { replay } from "../../src/allocation/TrunkMachine.js"
import { drain, randomStep } from "./random/Driver.js"
import { eventNames, impossible, makeVisits, states, tableOf } from "./random/Pairs.js"
import * as Prng from "./random/Prng.js"
import { makeWorld, type World } from "./random/World.js"

const inAll = 120_000
const eachWorld = 2_000
const visits = makeVisits()

/** The last events before a failure, so that it can be read. */
const told = (world: World, cause: unknown): Error =>
  new Error(`${String(cause)}\nstep ${world.journal.length}:\n${world.journal.slice(-6).map((event) => JSON.stringify(event)).join("\n")}`, { cause })

describe("the trunk machine under random steps", () => {
  it(`holds its promises for ${inAll} of them, forgets nothing, and comes to rest`, () => {
    let steps = 0
    for (let seed = 1; steps < inAll; seed++) {
      const random = Prng.make(seed)
      const world = makeWorld(1 + random.below(12), random.chance(50) ? 152 : 12, visits)
      try {
        while (world.journal.length < eachWorld) randomStep(world, random)
        steps += world.journal.length
        drain(world, true)
        expect(Trunk.branchesOf(world.trunk).length).toBeLessThanOrEqual(3)
        world.now += 600_000
        drain(world, false)
      } catch (cause) {
        throw told(world, cause)
      }
      expect(world.trunk).toMatchObject({ occupied: 0, waiting: [], branches: world.begin.branches })
      expect(world.outside.associations.size).toBe(0)
      expect(replay(world.begin, world.journal)).toEqual(world.trunk)
    }
  })

  it("has met every event in every state, 50 times and more", () => {
    console.log(tableOf(visits))
    const pairs = states.flatMap((state) => eventNames.map((event) => ({ state, event, count: visits.count(state, event) })))
    const [can, cannot] = [true, false].map((possible) =>
      pairs.filter(({ state, event }) => (impossible(state, event) === undefined) === possible)
    ) as [typeof pairs, typeof pairs]
    expect(can.filter(({ count }) => count < 50)).toEqual([])
    expect(cannot.filter(({ count }) => count > 0)).toEqual([])
    expect([can.length, cannot.length]).toEqual([440, 10])
  })

  it.prop("holds its promises in runs that can be shrunk, and is the same again when the journal is replayed", {
    moves: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))), { maxLength: 150 }),
    limit: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })))
  }, ({ moves, limit }) => {
    const world = makeWorld(limit, 8, makeVisits())
    for (const move of moves) randomStep(world, Prng.make(move))
    expect(replay(world.begin, world.journal)).toEqual(world.trunk)
    drain(world, false)
  }, { arbitrary: { runs: 100, seed: 11, maxShrinks: 2_000 } })
})
