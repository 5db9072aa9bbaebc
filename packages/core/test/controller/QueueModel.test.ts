import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { make, priorities, type Priority, type Verdict } from "../../src/controller/WorkQueue.js"
import { type Ask, type Start, starts, type Work } from "./QueueModel.js"

const chosen = <const A extends ReadonlyArray<string | number | boolean>>(...literals: A) => Arbitrary.schema(Schema.Literals(literals))

const wish = Arbitrary.all({
  key: chosen("a", "b", "c", "d", "e"),
  priority: chosen(...priorities),
  gap: chosen(1, 1, 2, 5, 30),
  later: chosen(0, 0, 0, 3, 20),
  hasten: chosen(true, false, false, false)
})
interface Deed {
  readonly takes: number
  readonly says: "Done" | "LookAgain" | "Failed" | "FailedUntil"
  readonly later: number
  readonly priority: Priority
}
const deed: Arbitrary.Arbitrary<Deed> = Arbitrary.all({
  takes: chosen(0, 0, 1, 4),
  says: chosen("Done", "Done", "LookAgain", "Failed", "Failed", "FailedUntil"),
  later: chosen(1, 2, 15),
  priority: chosen(...priorities)
})

// Moments are told apart by what is left of them after whole ticks: asks come at 1 ms, times that are named lie at 5 ms, and each run takes
// its own large number of milliticks beyond the tick, so that no two sums of them meet and nothing ever happens at the same moment.
const tick = 1_000_000_000
const named = (now: number, later: number): number => (Math.floor(now / tick) + later) * tick + 5

/** After the last of the drawn deeds everything is done at once, so that a run comes to an end. */
const workOf = (deeds: ReadonlyArray<Deed>): Work => ({
  duration: (run) => (deeds[run]?.takes ?? 0) * tick + ((run + 1) * 15_485_863 + run * run * 7_919) % 999_999_937,
  verdict: (run, now): Verdict => {
    const { later, priority, says } = deeds[run] ?? { says: "Done", later: 0, priority: "upkeep" }
    switch (says) {
      case "LookAgain":
        return { _tag: "LookAgain", at: named(now, later), priority }
      case "Failed":
        return { _tag: "Failed" }
      case "FailedUntil":
        return { _tag: "Failed", notBefore: named(now, later) }
      default:
        return { _tag: "Done" }
    }
  }
})

const backoff = 4 * tick

const run = Effect.fnUntraced(function*(asks: ReadonlyArray<Ask>, work: Work, concurrency: number) {
  const origin = Math.ceil(((yield* Clock.currentTimeMillis) + 1) / tick) * tick
  const made: Array<Start> = []
  const busy = new Set<string>()
  const queue = yield* make({ concurrency, backoff: { base: backoff, cap: backoff } }, (key: string) =>
    Effect.gen(function*() {
      const number = made.length
      made.push({ time: (yield* Clock.currentTimeMillis) - origin, key })
      assert.isFalse(busy.has(key), `${key} runs twice at once`)
      busy.add(key)
      assert.isAtMost(busy.size, concurrency)
      yield* Effect.sleep(work.duration(number))
      busy.delete(key)
      const verdict = work.verdict(number, (yield* Clock.currentTimeMillis) - origin)
      if (verdict._tag === "LookAgain") return { ...verdict, at: verdict.at + origin }
      return verdict._tag === "Failed" && verdict.notBefore !== undefined
        ? { ...verdict, notBefore: verdict.notBefore + origin }
        : verdict
    }))
  for (const { key, request, time } of asks) {
    yield* TestClock.setTime(origin + time)
    yield* queue.add(key, request.at === undefined ? request : { ...request, at: request.at + origin })
  }
  yield* TestClock.adjust(1_000 * tick)
  return { made, state: yield* queue.state }
})

describe("a work queue", () => {
  const all = { runs: 0, waits: 0, joined: 0 }

  it.effect.prop("starts what a plain model starts, when it does", {
    wishes: Arbitrary.array(wish, { minLength: 30, maxLength: 30 }),
    deeds: Arbitrary.array(deed, { minLength: 40, maxLength: 40 }),
    // Below eight workers none is kept for lower priorities, and the model is strict.
    concurrency: chosen(1, 2, 3, 7)
  }, ({ concurrency, deeds, wishes }) =>
    Effect.gen(function*() {
      let time = 1
      const asks = wishes.map(({ gap, hasten, key, later, priority }): Ask => {
        time += gap * tick
        return { time, key, request: { priority, at: later === 0 ? undefined : named(time, later), hasten } }
      })
      const work = workOf(deeds)
      const { made, state } = yield* run(asks, work, concurrency)
      const expected = starts(asks, work, concurrency, backoff)
      assert.deepStrictEqual(made, expected)
      assert.deepStrictEqual(state, { ready: { allocation: 0, release: 0, upkeep: 0 }, delayed: 0, running: 0 })
      all.runs += made.length
      all.waits += made.filter(({ time }) => time % tick !== 1).length
      all.joined += asks.filter(({ time }) => !made.some((start) => start.time === time)).length
    }).pipe(Effect.scoped), { arbitrary: { runs: 500, seed: 1 } })

  it("had much to do, and much of it later than it was asked for", () => {
    assert.isAbove(all.runs, 5_000)
    assert.isAbove(all.waits, 2_000)
    assert.isAbove(all.joined, 2_000)
  })
})
