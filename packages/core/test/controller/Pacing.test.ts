import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type ActionFigures, documentedRates, pace } from "../../src/controller/Pacing.js"
import { Hold } from "../../src/controller/pacing/Hold.js"
import type { EniId } from "../../src/model/Ids.js"
import type { Ec2 } from "../../src/ports/Ec2.js"
import { Priority } from "../../src/ports/Priority.js"
import { ec2Error, instance, networkInterface, noEc2 } from "./Fixtures.js"

const eniOf = (number: number) => `eni-${number}` as EniId

/** EC2 that takes 100 ms a call and grants by a bucket of its own; it keeps what it was asked. */
const ec2With = (bucket: { tokens: number; readonly refill: number }) => {
  const asked: Array<{ readonly at: number; readonly what: string; readonly granted: boolean }> = []
  let last = 0
  const call = <A>(what: string, answer: A) =>
    Effect.gen(function*() {
      yield* Effect.sleep(50)
      const at = yield* Clock.currentTimeMillis
      bucket.tokens += ((at - last) / 1000) * bucket.refill
      last = at
      const granted = bucket.tokens >= 1
      if (granted) bucket.tokens -= 1
      asked.push({ at, what, granted })
      yield* Effect.sleep(50)
      return granted ? answer : yield* Effect.fail(ec2Error({ _tag: "Throttled" }, "RequestLimitExceeded"))
    })
  const ec2: Ec2["Service"] = { ...noEc2, deleteInterface: (eniId) => call(eniId, undefined), permitAttachment: (eniId) => call(eniId, undefined) }
  return { asked, ec2 }
}

const waitingOf = (figures: ReadonlyArray<ActionFigures>, action: string) => figures.find((one) => one.action === action)?.waiting

const start = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

describe("the pacer", () => {
  it.effect("waits for tokens instead of being refused, each action for its own", () =>
    Effect.gen(function*() {
      const { asked, ec2 } = ec2With({ tokens: 1e9, refill: 0 })
      const paced = yield* pace(ec2, { mutating: { burst: 2, perSecond: 1 }, describing: documentedRates.describing })
      const all = yield* start(Effect.forEach([1, 2, 3, 4, 5], (number) => paced.ec2.deleteInterface(eniOf(number)), { concurrency: "unbounded" }))
      yield* start(paced.ec2.permitAttachment(eniOf(9)))
      assert.deepStrictEqual(waitingOf(yield* paced.figures, "DeleteNetworkInterface"), { allocation: 2, release: 0, upkeep: 0 })
      yield* TestClock.adjust("100 millis")
      // Two were owed, one went beyond to find out; the other action has a bucket of its own.
      assert.deepStrictEqual(asked.map(({ what }) => what), ["eni-1", "eni-2", "eni-3", "eni-9"])
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(all)
    }).pipe(Effect.scoped))

  it.effect("sends what EC2 throttles once more, ahead of all others, and tells nobody", () =>
    Effect.gen(function*() {
      const bucket = { tokens: 0, refill: 0 }
      const { asked, ec2 } = ec2With(bucket)
      const paced = yield* pace(ec2, { ...documentedRates, mutating: { burst: 1, perSecond: 1 } })
      const all = yield* start(Effect.forEach([1, 2], (number) => paced.ec2.deleteInterface(eniOf(number)), { concurrency: "unbounded" }))
      yield* TestClock.adjust("500 millis")
      bucket.tokens = 10
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(all)
      assert.strictEqual(asked[0]?.granted, false)
      assert.strictEqual(asked.find(({ granted }) => granted)?.what, "eni-1")
      const [figures] = yield* paced.figures
      assert.isAbove(figures?.throttled ?? 0, 0)
      assert.isFalse(figures?.refusing)
    }).pipe(Effect.scoped))

  it.effect("fails with Throttled only for those who have waited long enough for an EC2 that refuses", () =>
    Effect.gen(function*() {
      const { ec2 } = ec2With({ tokens: 0, refill: 0 })
      const paced = yield* pace(ec2, documentedRates)
      const began = yield* Clock.currentTimeMillis
      const timed = (number: number, hold: number) =>
        start(paced.ec2.deleteInterface(eniOf(number)).pipe(
          Effect.provideService(Hold, hold),
          Effect.flip,
          Effect.flatMap((error) => Effect.map(Clock.currentTimeMillis, (at) => ({ after: at - began, error })))
        ))
      const [short, long] = [yield* timed(1, 1_000), yield* timed(2, 20_000)]
      yield* TestClock.adjust("2 seconds")
      const first = yield* Fiber.join(short)
      assert.strictEqual(first.error.reason._tag, "Throttled")
      assert.isAtMost(first.after, 2_000)
      yield* TestClock.adjust("30 seconds")
      assert.isAtLeast((yield* Fiber.join(long)).after, 20_000)
    }).pipe(Effect.scoped))

  it.effect("asks an EC2 that does not answer once in five seconds, whoever waits, and lets all go once it does", () =>
    Effect.gen(function*() {
      let isThere = false
      const asked: Array<number> = []
      const ec2: Ec2["Service"] = {
        ...noEc2,
        deleteInterface: () =>
          Effect.gen(function*() {
            asked.push(yield* Clock.currentTimeMillis)
            if (!isThere) return yield* ec2Error({ _tag: "Unavailable" }, "nobody is there")
          })
      }
      const paced = yield* pace(ec2, documentedRates)
      const remove = (number: number) => paced.ec2.deleteInterface(eniOf(number))
      for (const [pause, heldBack] of [[0, undefined], [3_000, undefined], [3_000, true]] as const) {
        yield* TestClock.adjust(pause)
        const error = yield* Effect.flip(Effect.provideService(remove(0), Hold, 0))
        assert.strictEqual(error.heldBack, heldBack)
      }
      const began = asked.length
      const impatient = yield* start(Effect.flip(Effect.provideService(remove(1), Hold, 1_000)))
      const all = yield* start(Effect.forEach([2, 3, 4, 5, 6, 7], remove, { concurrency: "unbounded" }))
      yield* TestClock.adjust("2 seconds")
      const told = yield* Fiber.join(impatient)
      assert.deepStrictEqual([told.reason._tag, told.message, told.heldBack], ["Unavailable", "nobody is there", true])
      yield* TestClock.adjust("19 seconds")
      assert.deepStrictEqual(asked.slice(began).map((at) => at - asked[began - 1]!), [5_000, 10_000, 15_000, 20_000])
      const [silent] = yield* paced.figures
      assert.deepStrictEqual([silent?.unavailable, silent?.waiting.allocation], [true, 6])
      isThere = true
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(all)
      const [well] = yield* paced.figures
      assert.isFalse(well?.unavailable)
    }).pipe(Effect.scoped))

  it.effect("lets releases and upkeep go on under a storm of new pods, and new pods first otherwise", () =>
    Effect.gen(function*() {
      const { asked, ec2 } = ec2With({ tokens: 1e9, refill: 0 })
      const paced = yield* pace(ec2, { ...documentedRates, mutating: { burst: 1, perSecond: 1 } })
      const as = (priority: "allocation" | "release" | "upkeep", number: number) =>
        start(Effect.provideService(paced.ec2.deleteInterface(eniOf(number)), Priority, priority))
      for (let number = 0; number < 400; number++) yield* as("allocation", number)
      for (let number = 400; number < 404; number++) yield* as("release", number)
      yield* as("upkeep", 404)
      yield* TestClock.adjust("3 seconds")
      const order = asked.map(({ what }) => Number(what.slice("eni-".length)))
      const lower = order.flatMap((number, place) => (number >= 400 ? [place] : []))
      assert.isAtLeast(lower.length, 5)
      assert.isAtMost(lower[4] ?? Infinity, 5 * 4 + 1)
      assert.isAbove(order.filter((number) => number < 400).length, order.length / 2)
    }).pipe(Effect.scoped))

  it.effect("counts every page of a describe", () =>
    Effect.gen(function*() {
      const many = Array.from({ length: 2_500 }, (_, number) => networkInterface(1, { eniId: eniOf(number) }))
      const paced = yield* pace({ ...noEc2, describeInterfaces: () => Effect.succeed(many), describeInstances: () => Effect.succeed([instance()]) }, documentedRates)
      yield* paced.ec2.describeInterfaces({})
      yield* paced.ec2.describeInstances([])
      const figures = yield* paced.figures
      assert.deepStrictEqual(figures.map(({ action, sent, tokens }) => [action, sent, tokens]), [["DescribeNetworkInterfaces", 3, 97], ["DescribeInstances", 1, 99]])
    }).pipe(Effect.scoped))

  it.effect("whoever is interrupted while it waits leaves the line", () =>
    Effect.gen(function*() {
      const { asked, ec2 } = ec2With({ tokens: 1e9, refill: 0 })
      const paced = yield* pace(ec2, { ...documentedRates, mutating: { burst: 1, perSecond: 1 } })
      const fibers = yield* Effect.forEach([1, 2, 3], (number) => start(paced.ec2.deleteInterface(eniOf(number))))
      yield* Fiber.interrupt(fibers[2]!)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(asked.map(({ what }) => what), ["eni-1", "eni-2"])
      assert.deepStrictEqual(waitingOf(yield* paced.figures, "DeleteNetworkInterface"), { allocation: 0, release: 0, upkeep: 0 })
    }).pipe(Effect.scoped))
})
