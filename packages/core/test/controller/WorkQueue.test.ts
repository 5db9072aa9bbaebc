import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Latch, Logger, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import { done, failed, make, type Verdict } from "../../src/controller/WorkQueue.js"

const upkeep = { priority: "upkeep" } as const
const release = { priority: "release" } as const
const allocation = { priority: "allocation" } as const

/** A queue whose work notes when it starts, then says what the test says. */
const noting = Effect.fnUntraced(function*(
  concurrency: number,
  work: (key: string, run: number) => Effect.Effect<Verdict>
) {
  const origin = yield* Clock.currentTimeMillis
  const starts: Array<{ readonly key: string; readonly at: number }> = []
  const queue = yield* make({ concurrency }, (key: string) =>
    Effect.gen(function*() {
      const run = starts.length
      starts.push({ key, at: (yield* Clock.currentTimeMillis) - origin })
      return yield* work(key, run)
    }))
  return { queue, starts, keys: () => starts.map(({ key }) => key).join(" "), times: () => starts.map(({ at }) => at) }
})

const slowly = (verdict: Verdict) => Effect.as(Effect.sleep(1000), verdict)

/** Logs what it is told to, and nothing on the console. */
const capture = (lines: Array<unknown>) => Logger.layer([Logger.make(({ message }) => void lines.push(message))])

describe("one key", () => {
  it.effect("runs at once, and is forgotten when it is done", () =>
    Effect.gen(function*() {
      const { keys, queue } = yield* noting(1, () => Effect.succeed(done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust(0)
      assert.strictEqual(keys(), "a")
      assert.deepStrictEqual(yield* queue.state, { ready: { allocation: 0, release: 0, upkeep: 0 }, delayed: 0, running: 0 })
    }))

  it.effect("that is asked for while it runs, however often, runs once more and not beside itself", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(8, () => slowly(done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust(100)
      for (let ask = 0; ask < 5; ask++) yield* queue.add("a", upkeep)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times(), [0, 1000])
    }))

  it.effect("that is asked for while it is in line runs once, at the earlier time and with the higher priority", () =>
    Effect.gen(function*() {
      const { keys, queue, starts } = yield* noting(1, () => slowly(done))
      yield* queue.add("first", allocation)
      yield* queue.add("b", release)
      yield* queue.add("a", upkeep)
      yield* queue.add("a", allocation)
      yield* queue.add("a", upkeep)
      yield* queue.add("later", { ...upkeep, at: 60_000 })
      yield* queue.add("later", { ...upkeep, at: 90_000 })
      yield* queue.add("later", { ...upkeep, at: 30_000 })
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(keys(), "first a b later")
      assert.deepInclude(starts, { key: "later", at: 30_000 })
    }))

  it.effect("waits for its time, and comes again when it asked to", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, (_, run) =>
        Effect.succeed(run === 0 ? { _tag: "LookAgain", at: 60_000, priority: "release" } : done))
      yield* queue.add("a", { ...upkeep, at: 5_000 })
      yield* TestClock.adjust(4_999)
      assert.deepStrictEqual(times(), [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual((yield* queue.state).delayed, 1)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(times(), [5_000, 60_000])
    }))

  it.effect("that looks again and was asked for meanwhile takes the earlier time and the higher priority of the two", () =>
    Effect.gen(function*() {
      const { keys, queue } = yield* noting(1, (key, run) =>
        Effect.as(Effect.sleep(1000), key === "a" && run === 0 ? { _tag: "LookAgain", at: 2_500, priority: "allocation" } : done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust(500)
      yield* queue.add("a", { ...upkeep, at: 60_000 })
      yield* queue.add("busy", { ...upkeep, at: 2_000 })
      yield* queue.add("b", { ...release, at: 2_100 })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(keys(), "a busy a b")
    }))
})

describe("priorities", () => {
  it.effect("new pods go before releases before upkeep; within one, first come, first served", () =>
    Effect.gen(function*() {
      const { keys, queue } = yield* noting(1, () => slowly(done))
      yield* queue.add("first", upkeep)
      yield* TestClock.adjust(1)
      for (const [key, request] of Object.entries({ u1: upkeep, r1: release, a1: allocation, u2: upkeep, r2: release, a2: allocation })) {
        yield* queue.add(key, request)
      }
      assert.deepStrictEqual(yield* queue.state, { ready: { allocation: 2, release: 2, upkeep: 2 }, delayed: 0, running: 1 })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(keys(), "first a1 a2 r1 r2 u1 u2")
    }))

  it.effect("a higher one does not interrupt what runs", () =>
    Effect.gen(function*() {
      const { queue, starts } = yield* noting(1, () => slowly(done))
      yield* queue.add("sweep", upkeep)
      yield* TestClock.adjust(1)
      yield* queue.add("pod", allocation)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(starts, [{ key: "sweep", at: 0 }, { key: "pod", at: 1000 }])
    }))

  it.effect("so many keys run at once as are allowed, and no more", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(3, () => slowly(done))
      for (const key of ["a", "b", "c", "d", "e"]) yield* queue.add(key, upkeep)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times(), [0, 0, 0, 1000, 1000])
    }))
})

describe("a key that fails", () => {
  const gaps = (times: ReadonlyArray<number>) => times.slice(1).map((at, index) => at - times[index]!)

  it.effect("is tried again for as long as it fails, 0.2 s to 60 s apart, with jitter", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, () => Effect.succeed(failed))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust("2 hours")
      assert.isAbove(times().length, 100)
      assert.strictEqual(queue.failures("a"), times().length)
      for (const [index, gap] of gaps(times()).entries()) {
        assert.isAtLeast(gap, Math.min(30_000, 200 * 2 ** index))
        assert.isAtMost(gap, Math.min(60_000, 400 * 2 ** index))
      }
      assert.isAbove(new Set(gaps(times()).slice(20)).size, 50)
    }).pipe(Random.withSeed("jitter")))

  it.effect("waits in its backoff whatever is asked for, unless it is hastened", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, () => Effect.succeed(failed))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust("10 minutes")
      const early = times().length
      while (times().length === early) yield* TestClock.adjust("1 second")
      const before = times().length
      yield* queue.add("a", allocation)
      yield* TestClock.adjust("28 seconds")
      assert.strictEqual(times().length, before)
      yield* queue.add("a", { ...allocation, hasten: true })
      yield* TestClock.adjust(0)
      assert.strictEqual(times().length, before + 1)
      yield* TestClock.adjust(29_000)
      assert.strictEqual(times().length, before + 1, "the next failure goes on with long pauses")
    }).pipe(Random.withSeed("hasten")))

  it.effect("and was hastened while it ran goes again at once", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, (_, run) => slowly(run === 0 ? failed : done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust(500)
      yield* queue.add("a", { ...allocation, hasten: true })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times(), [0, 1000])
    }))

  it.effect("and was merely asked for while it ran waits, with the higher priority", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, (_, run) => slowly(run === 0 ? failed : done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust(500)
      yield* queue.add("a", allocation)
      yield* TestClock.adjust(600)
      assert.deepStrictEqual(times(), [0])
      assert.strictEqual((yield* queue.state).delayed, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(times().length, 2)
      assert.isAtLeast(times()[1]!, 1_200)
    }).pipe(Random.withSeed("asked")))

  it.effect("waits until it was told to, where that is later than its backoff", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, (_, run) => Effect.succeed(run === 0 ? { _tag: "Failed", notBefore: 45_000 } : done))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(times(), [0, 45_000])
    }))

  it.effect("begins anew once it went well", () =>
    Effect.gen(function*() {
      const { queue, times } = yield* noting(1, (_, run) =>
        Effect.succeed(run === 6 ? { _tag: "LookAgain", at: 600_000, priority: "upkeep" } : run === 8 ? done : failed))
      yield* queue.add("a", upkeep)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(queue.failures("a"), 0)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(times().length, 9)
      assert.isAtMost(times()[8]! - 600_000, 400)
    }).pipe(Random.withSeed("anew")))

  it.effect("does not hold up the others", () =>
    Effect.gen(function*() {
      const { queue, starts } = yield* noting(1, (key) => Effect.succeed(key === "bad" ? failed : done))
      yield* queue.add("bad", allocation)
      yield* TestClock.adjust("1 minute")
      yield* queue.add("good", upkeep)
      yield* TestClock.adjust(0)
      assert.deepInclude(starts, { key: "good", at: 60_000 })
    }).pipe(Random.withSeed("others")))

  it.effect("by a defect, an interrupt of its own or a throw before there is an effect fails and nothing more", () => {
    const lines: Array<unknown> = []
    return Effect.gen(function*() {
      const runs: Array<string> = []
      const queue = yield* make({ concurrency: 2 }, (key: string) => {
        runs.push(key)
        if (runs.filter((one) => one === key).length > 1) return Effect.succeed(done)
        if (key === "throws") throw new Error("thrown")
        return key === "dies" ? Effect.die("died") : Effect.interrupt
      })
      for (const key of ["throws", "dies", "interrupts"]) yield* queue.add(key, upkeep)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(runs.toSorted(), ["dies", "dies", "interrupts", "interrupts", "throws", "throws"])
      assert.strictEqual(lines.length, 3)
    }).pipe(Random.withSeed("defects"), Effect.provide(capture(lines)))
  })
})

describe("a storm of new pods", () => {
  it.effect("leaves one worker in eight to releases and one to upkeep, and takes all the others", () =>
    Effect.gen(function*() {
      const { keys, queue } = yield* noting(16, () => Effect.never)
      for (let index = 0; index < 20; index++) yield* queue.add(`a${index}`, allocation)
      yield* TestClock.adjust(0)
      assert.strictEqual(keys().split(" ").length, 12)
      for (let index = 0; index < 20; index++) yield* queue.add(`u${index}`, upkeep)
      yield* TestClock.adjust(0)
      assert.strictEqual(keys().split(" ").slice(12).join(" "), "u0 u1")
      for (let index = 0; index < 20; index++) yield* queue.add(`r${index}`, release)
      yield* TestClock.adjust(0)
      assert.strictEqual(keys().split(" ").slice(14).join(" "), "r0 r1")
    }))
})

describe("a queue", () => {
  it.effect("ends with its scope: what runs is interrupted without a word, what waits does not start", () => {
    const lines: Array<unknown> = []
    return Effect.gen(function*() {
      const scope = yield* Scope.make()
      const interrupted: Array<string> = []
      const started: Array<string> = []
      const queue = yield* make({ concurrency: 2 }, (key: string) =>
        Effect.suspend(() => {
          started.push(key)
          return Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted.push(key)))
        })).pipe(Scope.provide(scope))
      for (const key of ["a", "b", "c"]) yield* queue.add(key, upkeep)
      yield* TestClock.adjust(1)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(interrupted.toSorted(), ["a", "b"])
      yield* queue.add("d", allocation)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(started, ["a", "b"])
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(capture(lines)))
  })

  it.effect("counts a key once, however often its place in line has changed", () =>
    Effect.gen(function*() {
      const latch = Latch.makeUnsafe(false)
      const { queue } = yield* noting(1, () => Effect.as(latch.await, done))
      yield* queue.add("running", upkeep)
      yield* TestClock.adjust(1)
      for (const at of [90_000, 60_000, 30_000]) yield* queue.add("later", { ...upkeep, at })
      for (const request of [upkeep, release, allocation]) yield* queue.add("now", request)
      assert.deepStrictEqual(yield* queue.state, { ready: { allocation: 1, release: 0, upkeep: 0 }, delayed: 1, running: 1 })
      yield* latch.open
    }))

  it.effect("works through 10,000 keys, half of them delayed, each once", () =>
    Effect.gen(function*() {
      const seen = new Set<string>()
      let runs = 0
      const queue = yield* make({ concurrency: 64 }, (key: string) =>
        Effect.sync(() => {
          seen.add(key)
          runs++
          return done
        }))
      const until = Effect.fnUntraced(function*(count: number) {
        // Ten turns a key are ten times what it needs.
        for (let turn = 0; turn < 100_000 && runs < count; turn++) yield* Effect.yieldNow
      })
      for (let index = 0; index < 10_000; index++) {
        yield* queue.add(`branch/${index}`, index % 2 === 0 ? allocation : { ...release, at: 1_000 })
      }
      yield* until(5_000)
      assert.strictEqual(runs, 5_000)
      yield* TestClock.adjust("1 second")
      yield* until(10_000)
      assert.strictEqual(runs, 10_000)
      assert.strictEqual(seen.size, 10_000)
    }), 5_000)
})
