import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { BranchKey } from "../../src/allocation/Branch.js"
import * as Trunk from "../../src/allocation/Trunk.js"
import type { FailureKind, TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { group, minute, pod, ready } from "./Fixtures.js"
import { checkTrunk } from "./random/Invariants.js"
import { level, type LivingPod, type LivingWorld, makeLivingWorld } from "./random/LivingWorld.js"
import * as Prng from "./random/Prng.js"

const limit = 5
const idle = { regroup: true, timeToLive: 5 * minute, cap: 2 }
const withoutCause: ReadonlyArray<FailureKind> = ["failed", "vlan refused"]

interface Run {
  readonly world: LivingWorld
  readonly random: Prng.Prng
  trunk: Trunk.Trunk
  now: number
  /** How often, in percent, a call goes wrong. */
  trouble: number
  readonly seen: { lost: number; failed: number; crashes: number; restarts: number }
}

const begin = ready(limit, { idle })

const apply = (run: Run, event: TrunkEvent) => {
  const result = step(run.trunk, event)
  run.trunk = result.trunk
  checkTrunk(run.trunk)
  return result.commands
}

/** Everything that was in memory is gone: annotations and EC2 say what there is. */
const restart = (run: Run): void => {
  run.seen.restarts++
  run.world.restartedAt = run.now
  run.trunk = begin
  for (const event of run.world.memories(run.now)) apply(run, event)
}

const serve = (run: Run, key: BranchKey): void => {
  let commands = apply(run, level(run.world, run.trunk, key, run.random.chance(50), run.now))
  for (;;) {
    const command = commands.find((candidate) => candidate._tag !== "TellPod" && candidate.key === key)
    if (command === undefined || command._tag === "TellPod") return
    run.now += run.random.below(400)
    if (run.random.chance(run.trouble)) {
      run.seen.failed++
      apply(run, { _tag: "CommandFailed", key, kind: run.random.pick(withoutCause), message: "no", now: run.now })
      return
    }
    const answer = run.world.perform(command, run.now)
    if (run.random.chance(run.trouble / 4)) {
      run.seen.crashes++
      return restart(run)
    }
    if (run.random.chance(run.trouble)) {
      run.seen.lost++
      apply(run, { _tag: "CommandFailed", key, kind: "unknown", message: "no answer", now: run.now })
      return
    }
    const event: TrunkEvent = "refused" in answer ? { _tag: "CommandFailed", key, kind: answer.refused, message: "refused", now: run.now } : answer
    commands = apply(run, event)
    if ("refused" in answer) return
  }
}

const keysOf = (run: Run): ReadonlyArray<BranchKey> => [
  ...new Set<BranchKey>([
    ...[...run.world.pods.values()].filter(({ lives }) => lives).map(({ uid }) => uid),
    ...Trunk.branchesOf(run.trunk).map(({ key }) => key),
    ...run.trunk.waiting.map(({ pod: { uid } }) => uid)
  ])
]

const living = (run: Run): ReadonlyArray<LivingPod> => [...run.world.pods.values()].filter(({ lives }) => lives)

const live = (run: Run, steps: number): void => {
  for (let at = 0; at < steps; at++) {
    run.now += run.random.below(2_000)
    if (run.random.chance(3)) run.now += minute
    const dice = run.random.below(100)
    const alive = living(run)
    if (dice < 8) {
      const one = pod(`p${run.world.pods.size}`, run.random.chance(70) ? "shop" : "bank")
      const groups = run.random.chance(50) ? [group("web")] : [group("db")]
      if (alive.length < limit + 2) run.world.pods.set(one.uid, { ...one, groups, lives: true, annotation: undefined, endedAt: 0 })
    } else if (dice < 14 && alive.length > 0) {
      const one = run.random.pick(alive)
      one.lives = false
      one.endedAt = run.now
    } else if (dice < 15) restart(run)
    else {
      const keys = keysOf(run)
      if (keys.length > 0) serve(run, run.random.pick(keys))
    }
  }
}

/** Trouble stops; time passes until nothing more is due, or is given up. */
const settle = (run: Run): void => {
  run.trouble = 0
  for (let round = 0; round < 400; round++) {
    for (const key of keysOf(run)) serve(run, key)
    run.now += 5_000
  }
}

const runOf = (seed: number, trouble: number): Run => ({
  world: makeLivingWorld(begin.settings.cooldown),
  random: Prng.make(seed),
  trunk: begin,
  now: 1_000_000,
  trouble,
  seen: { lost: 0, failed: 0, crashes: 0, restarts: 0 }
})

const checkEnd = (run: Run): void => {
  const alive = living(run)
  const served = alive.filter(({ uid }) => Trunk.branchOf(run.trunk, uid)?.state._tag === "InUse")
  expect(served.length).toBe(Math.min(alive.length, limit))
  expect(run.trunk.waiting.length).toBe(alive.length - served.length)
  for (const one of served) expect(one.annotation?.eniId).toBe(Trunk.branchOf(run.trunk, one.uid)?.interface?.eniId)
  // Nothing is in EC2 that nobody needs, and nothing is missing.
  expect([...run.world.interfaces.keys()].sort()).toEqual(served.map(({ annotation }) => annotation!.eniId).sort())
  expect(run.trunk.occupied).toBe(served.length)
}

describe("commands carried out against EC2, with lost answers, failures and crashes", () => {
  it("serve every pod there is room for, leave nothing behind, and wire no VLAN id twice", () => {
    const seen = { lost: 0, failed: 0, crashes: 0, restarts: 0 }
    for (let seed = 1; seed <= 60; seed++) {
      const run = runOf(seed, 5 + (seed % 4) * 6)
      try {
        live(run, 1_500)
        settle(run)
        checkEnd(run)
        for (const one of living(run)) {
          one.lives = false
          one.endedAt = run.now
        }
        settle(run)
        checkEnd(run)
      } catch (cause) {
        throw new Error(`seed ${seed}: ${String(cause)}`, { cause })
      }
      for (const what of Object.keys(seen) as Array<keyof typeof seen>) seen[what] += run.seen[what]
    }
    // The trouble has really happened.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500)
  })

  it.prop("whatever the seed and however much goes wrong", {
    seed: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))),
    trouble: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))),
    steps: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 })))
  }, ({ seed, trouble, steps }) => {
    const run = runOf(seed, trouble)
    live(run, steps)
    settle(run)
    checkEnd(run)
  }, { arbitrary: { runs: 60, seed: 3, maxShrinks: 500 } })
})
