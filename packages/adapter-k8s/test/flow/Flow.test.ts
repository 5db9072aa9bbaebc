import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { leases } from "@branchline/core/model/Resource"
import { Priority } from "@branchline/core/ports/Priority"
import type { Lane } from "../../src/flow/Lanes.js"
import { settableClock } from "../support/SettableClock.js"
import { answerOf, outcome, scripted, things, tooMany } from "./Script.js"

/** Starts calls one after the other, so that they are in line in this order. */
const start = (script: { readonly call: (lane: Lane, name: string) => Effect.Effect<void, unknown> }, calls: ReadonlyArray<readonly [Lane, string]>) =>
  Effect.forEach(calls, ([lane, name]) =>
    Effect.tap(Effect.forkScoped(Effect.ignore(script.call(lane, name))), () => Effect.sleep(1)))

const each = <A>(count: number, of: (index: number) => A): ReadonlyArray<A> => Array.from({ length: count }, (_, index) => of(index))

describe("the order of calls", () => {
  it("is allocation, release, upkeep, events; within a lane first come, first served", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 100 }))
      yield* start(script, [
        ["upkeep", "first"], ["events", "e1"], ["upkeep", "u1"], ["release", "r1"], ["allocation", "a1"],
        ["events", "e2"], ["upkeep", "u2"], ["release", "r2"], ["allocation", "a2"]
      ])
      yield* Effect.sleep("1 minute")
      assert.strictEqual(script.names(), "first a1 a2 r1 r2 u1 u2 e1 e2")
    })))

  it("keeps one turn in eight for each lane that waits, but none for events before an allocation", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 100 }))
      yield* start(script, [["allocation", "first"], ["events", "e"], ["upkeep", "u"], ["upkeep", "u"], ["release", "r"], ["release", "r"]])
      yield* start(script, each(16, () => ["allocation", "a"] as const))
      yield* Effect.sleep("1 minute")
      assert.strictEqual(script.names(), "first a a a a a a a r u a a a a a a r u a a a e")
    })))

  it("keeps an event back for 20 ms, so that the annotation that follows it goes first", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ eventDelay: undefined })
      yield* start(script, [["events", "e1"], ["allocation", "a1"], ["events", "e2"]])
      yield* Effect.sleep("1 second")
      assert.deepStrictEqual(script.seen.map(({ at, what }) => [what, at]), [["a1", 1], ["e1", 20], ["e2", 22]])
    })))

  it("lets events through between releases that never end", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 100 }))
      yield* start(script, [["release", "first"], ["events", "e"], ["events", "e"], ...each(15, () => ["release", "r"] as const)])
      yield* Effect.sleep("1 minute")
      assert.strictEqual(script.names(), "first r r r r r r r e r r r r r r r e r")
    })))

  it("does not hold lists and watches and leases behind writes, nor count them among the held", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ qps: 1, burst: 1, atOnce: 1 }, () => ({ latency: 10_000 }))
      yield* start(script, each(5, (index) => ["allocation", `a${index}`] as const))
      yield* Effect.forkScoped(script.kubernetes.list(things))
      yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(script.kubernetes.watch(things, { resourceVersion: "1" }))))
      yield* Effect.forkScoped(script.kubernetes.patch(leases, { namespace: "kube-system", name: "l" }, { _tag: "merge", patch: {} }))
      yield* Effect.sleep(1)
      assert.sameMembers(script.seen.map(({ what }) => what), ["a0", "list", "watch", "leases l"])
      const { inFlight, lanes, unheld } = yield* script.figures
      assert.deepStrictEqual([inFlight, lanes.allocation.waiting, lanes.allocation.sent, unheld.sent], [1, 4, 1, 3])
    })))

  it("is that of the priority in force for reads, creates and deletes too", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 100 }))
      const { create, delete: remove, get } = script.kubernetes
      const calls = [get(things, { name: "g" }), create(things, { metadata: "c" }), remove(things, { name: "d" })]
      yield* start(script, [["allocation", "first"]])
      for (const [index, call] of calls.entries()) {
        yield* Effect.forkScoped(Effect.provideService(Effect.asVoid(call), Priority, (["upkeep", "release", "allocation"] as const)[index]!))
        yield* Effect.sleep(1)
      }
      yield* Effect.sleep("1 minute")
      assert.strictEqual(script.names(), "first delete d create \"c\" get g")
    })))
})

describe("the rate of calls", () => {
  it("lets a burst go at once, and then so many a second", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ qps: 10, burst: 3 })
      yield* start(script, each(6, (index) => ["allocation", `a${index}`] as const))
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(script.seen.map(({ at }) => at), [0, 1, 2, 100, 200, 300])
      const { waited } = (yield* script.figures).lanes.allocation
      assert.deepStrictEqual(waited, { count: 3, millis: 97 + 196 + 295 })
      yield* start(script, each(4, () => ["allocation", "later"] as const))
      yield* Effect.sleep("1 minute")
      assert.deepStrictEqual(script.seen.slice(6).map(({ at }) => at - script.seen[6]!.at), [0, 1, 2, 100])
    })))

  it("does not slow 1,000 pods in one second by default", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, () => ({ latency: 5 }))
      yield* Effect.forEach(each(1000, (index) => index), (index) =>
        Effect.forEach(["allocation", "events", "events"] as const, (lane) => script.call(lane, `${lane}${index}`)), {
        concurrency: "unbounded"
      })
      assert.isAtMost(yield* script.now, Math.ceil(3000 / 64) * 5)
      assert.strictEqual(script.seen.length, 3000)
    })))

  it("is none where it is 0 or less, and still no more go at once than may", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ qps: -1, burst: 1, atOnce: 4 }, () => ({ latency: 10 }))
      yield* Effect.all(each(12, (index) => script.call("release", String(index))), { concurrency: "unbounded" })
      assert.deepStrictEqual(script.seen.map(({ at }) => at), [0, 0, 0, 0, 10, 10, 10, 10, 20, 20, 20, 20])
    })))

  it("stands still for a call that never comes back, and goes on with the rest where there is room", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 2 }, (what) => ({ latency: what === "stuck" ? 1_000_000 : 10 }))
      yield* start(script, [["upkeep", "stuck"], ...each(5, () => ["allocation", "a"] as const)])
      yield* Effect.sleep(100)
      assert.strictEqual(script.names(), "stuck a a a a a")
    })))
})

describe("a call that is interrupted", () => {
  it("in line leaves the line, and takes neither turn nor token", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ qps: 1, burst: 1 })
      const fibers = yield* start(script, each(4, (index) => ["release", `r${index}`] as const))
      yield* Effect.forEach(fibers.slice(1, 3), Fiber.interrupt)
      const { release } = (yield* script.figures).lanes
      assert.deepStrictEqual([release.waiting, release.left, release.sent], [1, 2, 1])
      yield* Effect.sleep("10 seconds")
      assert.deepStrictEqual(script.seen.map(({ at, what }) => `${what} ${at}`), ["r0 0", "r3 1000"])
    })))

  it("on its way makes room for the next", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 1_000_000 }))
      const fibers = yield* start(script, [["release", "r0"], ["release", "r1"]])
      yield* Fiber.interrupt(fibers[0]!)
      yield* Effect.sleep(1)
      assert.strictEqual(script.names(), "r0 r1")
      assert.strictEqual((yield* script.figures).inFlight, 1)
    })))

  it("in the moment of its turn makes room too, whoever comes first", () => {
    for (let seed = 0; seed < 200; seed++) {
      answerOf(Effect.gen(function*() {
        const script = yield* scripted({ atOnce: 1 }, () => ({ latency: 5 }))
        const fibers = yield* start(script, [["release", "r0"], ["release", "r1"], ["release", "r2"]])
        yield* Effect.sleep(2)
        yield* Fiber.interrupt(fibers[1]!)
        yield* Effect.sleep(100)
        const { inFlight, lanes: { release } } = yield* script.figures
        assert.deepStrictEqual([inFlight, release.waiting, release.sent + release.left], [0, 0, 3])
        assert.strictEqual(script.names().endsWith("r2"), true)
      }), seed)
    }
  })
})

describe("a 429", () => {
  it("holds for that long although the clock was set back", () =>
    answerOf(Effect.gen(function*() {
      const { clock, setForward } = yield* settableClock
      yield* Effect.gen(function*() {
        const script = yield* scripted({ qps: 1, burst: 1 }, (what) => ({ reason: what === "refused" ? tooMany(5000) : undefined }))
        yield* outcome(script.call("release", "refused"))
        yield* setForward(-3_600_000)
        yield* start(script, [["release", "r1"], ["release", "r2"]])
        yield* Effect.sleep("4 seconds")
        assert.strictEqual(script.names(), "refused")
        const { pausedUntil } = (yield* script.figures).lanes.release
        assert.strictEqual(pausedUntil === undefined ? undefined : pausedUntil - (yield* Clock.currentTimeMillis), 998)
        yield* Effect.sleep("3 seconds")
        assert.strictEqual(script.names(), "refused r1 r2")
      }).pipe(Effect.provideService(Clock.Clock, clock))
    })))

  it("is told to the caller, and holds its lane and the less urgent ones for as long as the server says", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, (what) => ({ reason: what === "refused" ? tooMany(5000) : undefined }))
      assert.strictEqual(yield* outcome(script.call("release", "refused")), "TooManyRequests")
      yield* start(script, [["events", "e"], ["upkeep", "u"], ["release", "r"], ["allocation", "a"]])
      assert.strictEqual(script.names(), "refused a")
      const { lanes } = yield* script.figures
      assert.deepStrictEqual(lanes.release.refused, 1)
      assert.deepStrictEqual(
        [lanes.allocation, lanes.release, lanes.upkeep, lanes.events].map(({ pausedUntil }) => pausedUntil === undefined ? 0 : pausedUntil - lanes.release.pausedUntil! + 5000),
        [0, 5000, 5000, 5000]
      )
      yield* Effect.sleep("1 minute")
      assert.strictEqual(script.names(), "refused a r u e")
      assert.deepStrictEqual(["r", "u", "e"].map(script.at), [5000, 5000, 5000])
      assert.isUndefined((yield* script.figures).lanes.release.pausedUntil)
    })))

  it("to an event holds events alone", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, (what) => ({ reason: what === "refused" ? tooMany(5000) : undefined }))
      yield* outcome(script.call("events", "refused"))
      yield* start(script, [["events", "e"], ["upkeep", "u"], ["allocation", "a"]])
      yield* Effect.sleep(10)
      assert.strictEqual(script.names(), "refused u a")
    })))

  it("without a time holds for a second; a shorter one does not shorten what is in force", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, (what) => ({
        latency: what === "short" ? 500 : 1,
        reason: what === "plain" ? tooMany() : what === "short" ? tooMany(10) : undefined
      }))
      yield* Effect.all([outcome(script.call("release", "short")), outcome(script.call("release", "plain"))], { concurrency: 2 })
      yield* script.call("release", "r")
      assert.strictEqual(script.at("r"), 1001)
    })))

  it("is not followed by the burst that was saved up", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({ qps: 10, burst: 100 }, (what) => ({ reason: what === "refused" ? tooMany(500) : undefined }))
      yield* outcome(script.call("allocation", "refused"))
      yield* start(script, each(20, (index) => ["allocation", `a${index}`] as const))
      yield* Effect.sleep(489)
      assert.strictEqual(script.seen.filter(({ at }) => at > 0 && at <= 510).length, 5)
    })))

  it("to a list is counted, and holds nothing", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, (what) => ({ reason: what === "list" || what === "watch" ? tooMany(5000) : undefined }))
      yield* outcome(script.kubernetes.list(things))
      yield* Effect.ignore(Stream.runDrain(script.kubernetes.watch(things, { resourceVersion: "1" })))
      yield* script.call("events", "e")
      assert.strictEqual(script.at("e"), 0)
      assert.deepStrictEqual((yield* script.figures).unheld, { sent: 2, refused: 2 })
    })))

  it("is not what another failure is", () =>
    answerOf(Effect.gen(function*() {
      const script = yield* scripted({}, (what) => ({ reason: what === "broken" ? { _tag: "Unavailable" } : undefined }))
      assert.strictEqual(yield* outcome(script.call("release", "broken")), "Unavailable")
      yield* script.call("release", "r")
      assert.strictEqual(script.at("r"), 0)
      assert.strictEqual((yield* script.figures).lanes.release.refused, 0)
    })))
})

describe("the end of the scope", () => {
  it("lets go who waits, so that nobody waits for ever", () =>
    answerOf(Effect.gen(function*() {
      const scope = yield* Scope.make()
      const script = yield* scripted({ qps: 1, burst: 1 }).pipe(Scope.provide(scope))
      yield* start(script, each(4, (index) => ["release", `r${index}`] as const))
      yield* Scope.close(scope, Exit.void)
      yield* script.call("release", "late")
      assert.strictEqual(yield* script.now, 4)
      assert.sameMembers(script.seen.map(({ what }) => what), ["r0", "r1", "r2", "r3", "late"])
    })))
})
