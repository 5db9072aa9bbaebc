import { describe, expect, it } from "vitest"
import { Clock, DateTime, Deferred, Duration, Effect, Exit, Fiber, Metric, Queue, Random, Ref } from "effect"
import { record } from "../../src/simulation/Journal.js"
import { simulate, simulated, SimulationError } from "../../src/simulation/Simulation.js"
import { advance, eventually, NotInTime } from "../../src/simulation/Waiting.js"

const failureOf = <A, E>(exit: Exit.Exit<A, E>): unknown => {
  const reason = Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
  return reason?._tag === "Fail" ? reason.error : reason
}

describe("time", () => {
  it("a year of sleep costs nothing and moves the clock by a year", () => {
    const program = Effect.gen(function*() {
      yield* Effect.sleep("365 days")
      return [yield* Clock.currentTimeMillis, yield* Clock.currentTimeNanos, yield* Clock.monotonicTimeNanos] as const
    })
    const run = simulate(program, { start: "2022-09-06T10:00:00Z" })
    const end = DateTime.toEpochMillis(DateTime.makeUnsafe("2023-09-06T10:00:00Z"))
    expect(run.exit).toEqual(Exit.succeed([end, BigInt(end) * 1_000_000n, 365n * 86_400_000_000_000n]))
    expect(Duration.toDays(run.duration)).toBe(365)
  })

  it("sleepers wake in the order of their times, to the microsecond", () => {
    const program = Effect.gen(function*() {
      const woken = yield* Ref.make<ReadonlyArray<number>>([])
      const sleeper = (micros: number) =>
        Effect.sleep(Duration.micros(BigInt(micros))).pipe(Effect.andThen(Ref.update(woken, (all) => [...all, micros])))
      const order = [900, 3, 77, 1, 78, 100_000, 2]
      yield* Effect.all(order.map(sleeper), { concurrency: "unbounded" })
      return yield* Ref.get(woken)
    })
    for (let seed = 0; seed < 20; seed++) {
      const run = simulate(program, { seed })
      expect(run.exit).toEqual(Exit.succeed([1, 2, 3, 77, 78, 900, 100_000]))
      expect(Duration.toMillis(run.duration)).toBe(100)
    }
  })

  it("an interrupted sleep does not move the clock", () => {
    const program = Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.sleep("1 hour"))
      yield* Effect.sleep("1 second")
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("1 second")
    })
    expect(Duration.toSeconds(simulate(program).duration)).toBe(2)
    // Nobody is left who sleeps: the hour is not waited for.
    expect(failureOf(simulate(Effect.andThen(program, Effect.never)).exit)).toMatchObject({
      reason: "stuck",
      message: expect.stringContaining(" 2 s after the start")
    })
  })

  it("a timeout fires in virtual time", () => {
    const run = simulate(Effect.never.pipe(Effect.timeoutOption("30 seconds"), Effect.asVoid))
    expect(Exit.isSuccess(run.exit)).toBe(true)
    expect(Duration.toSeconds(run.duration)).toBe(30)
  })

  it("a start that is no date is said so", () => {
    expect(failureOf(simulate(Effect.void, { start: "yesterday" }).exit)).toMatchObject({ reason: "start" })
  })
})

describe("runs that cannot end", () => {
  it("a deadlock is found, and the program's finalizers run", () => {
    let released = false
    const program = Effect.gen(function*() {
      yield* Effect.addFinalizer(() => Effect.sync(() => void (released = true)))
      yield* Effect.sleep("3 seconds")
      yield* Effect.flatMap(Deferred.make<void>(), Deferred.await)
    })
    const failure = failureOf(simulate(program).exit)
    expect(failure).toBeInstanceOf(SimulationError)
    expect(failure).toMatchObject({ reason: "stuck", message: expect.stringContaining("3 s after the start") })
    expect(released).toBe(true)
  })

  it("a queue that nobody fills is a deadlock, sleeping for ever is one too", () => {
    const queue = Effect.flatMap(Queue.unbounded<number>(), Queue.take)
    expect(failureOf(simulate(queue).exit)).toMatchObject({ reason: "stuck" })
    expect(failureOf(simulate(Effect.sleep(Duration.infinity)).exit)).toMatchObject({ reason: "stuck" })
  })

  it("a livelock is given up at the bound", () => {
    const spin = Effect.forever(Effect.yieldNow)
    const run = simulate(spin, { maxTasks: 10_000 })
    expect(failureOf(run.exit)).toMatchObject({ reason: "task limit" })
    expect(run.tasks).toBe(10_000)
  })
})

describe("interleavings", () => {
  /** A store whose two calls begin and end with a yield, as every call on a memory port does. */
  const lostUpdate = Effect.gen(function*() {
    let stored = 0
    const get = Effect.yieldNow.pipe(Effect.andThen(Effect.sync(() => stored)), Effect.tap(() => Effect.yieldNow))
    const put = (value: number) => Effect.yieldNow.pipe(Effect.andThen(Effect.sync(() => void (stored = value))))
    const increment = Effect.flatMap(get, (value) => put(value + 1))
    yield* Effect.all([increment, increment, increment], { concurrency: "unbounded" })
    return stored
  })

  it("a planted lost update is found within 500 seeds, and so is the run without it", () => {
    const results = new Map<string, number>()
    for (let seed = 0; seed < 500; seed++) {
      const exit = simulate(lostUpdate, { seed }).exit
      const outcome = Exit.isSuccess(exit) ? String(exit.value) : "failed"
      results.set(outcome, (results.get(outcome) ?? 0) + 1)
    }
    expect([...results.keys()].sort()).toEqual(["1", "2", "3"])
  })

  it("a seed finds the same interleaving again", () => {
    const outcomes = (seed: number) => simulate(lostUpdate, { seed }).exit
    for (let seed = 0; seed < 50; seed++) expect(outcomes(seed)).toEqual(outcomes(seed))
  })
})

describe("what a run keeps to itself", () => {
  it("metrics of one run do not count in another", () => {
    const count = Effect.gen(function*() {
      const counter = Metric.counter("calls")
      yield* Metric.update(counter, 1)
      return (yield* Metric.value(counter)).count
    })
    expect(simulate(count).exit).toEqual(Exit.succeed(1))
    expect(simulate(count).exit).toEqual(Exit.succeed(1))
  })

  it("ambient chance follows from the seed", () => {
    const draw = (seed: number) => simulate(Random.next, { seed }).exit
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it("the journal has the time since the start, one line an entry, logs included", () => {
    const program = Effect.gen(function*() {
      yield* record("first")
      yield* Effect.sleep("61.5 seconds")
      yield* record("two\nlines")
      yield* Effect.logWarning("careful", { of: "this" })
    })
    expect(simulate(program).journal).toEqual([
      "+000000.000 first",
      "+000061.500 two\\nlines",
      "+000061.500 warn: careful {\"of\":\"this\"}"
    ])
  })

  it("as an effect it answers what the program answers", () => {
    const outer = simulated()(Effect.andThen(Effect.sleep("1 hour"), Effect.succeed("done")))
    expect(Effect.runSync(outer)).toBe("done")
    expect(failureOf(Effect.runSyncExit(simulated()(Effect.fail("no"))))).toBe("no")
  })
})

describe("waiting", () => {
  it("eventually answers as soon as the look finds something", () => {
    const program = Effect.gen(function*() {
      const door = yield* Ref.make<string | undefined>(undefined)
      yield* Effect.forkChild(Effect.sleep("1980 millis").pipe(Effect.andThen(Ref.set(door, "open"))))
      return yield* eventually("the door is open", Ref.get(door))
    })
    const run = simulate(program)
    expect(run.exit).toEqual(Exit.succeed("open"))
    expect(Duration.toMillis(run.duration)).toBe(2000)
  })

  it("eventually says what did not happen in time", () => {
    const failure = failureOf(simulate(eventually("pigs fly", Effect.succeed(undefined), { within: "2 seconds" })).exit)
    expect(failure).toBeInstanceOf(NotInTime)
    expect(failure).toMatchObject({ what: "pigs fly", waited: 2000 })
  })

  it("others go on while time is advanced", () => {
    const program = Effect.gen(function*() {
      const ticks = yield* Ref.make(0)
      yield* Effect.forkChild(Effect.forever(Effect.sleep("1 second").pipe(Effect.andThen(Ref.update(ticks, (n) => n + 1)))))
      yield* advance("10.5 seconds")
      return yield* Ref.get(ticks)
    })
    expect(simulate(program).exit).toEqual(Exit.succeed(10))
  })
})
