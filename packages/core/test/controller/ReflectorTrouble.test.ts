import { assert, describe } from "@effect/vitest"
import { Clock, Duration, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import * as Alarm from "../../src/controller/Alarm.js"
import { kubernetesError, make, type ScriptedKubernetes } from "./ScriptedKubernetes.js"
import { test, watching } from "./Watching.js"

describe("a reflector whose watch is in trouble", () => {
  test("after etcd was restored from a backup the list counts, though its versions are older", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 5)
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.restore([{ name: "a", uid: "uid-1", value: 1 }], 10)
    yield* TestClock.adjust(3000)
    yield* server.put("a", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=5", "Changed a/uid-1=1", "Changed a/uid-1=2"])
  }))

  test("a server that fails or falls silent from a version on that it does not know is listed again", Effect.fnUntraced(function*(server) {
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    server.trouble.watch = { _tag: "Failed", error: kubernetesError({ _tag: "Unavailable" }) }
    yield* server.end(server.trouble.watch)
    yield* server.put("a", 1)
    yield* TestClock.adjust(3000)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
    assert.isAtLeast(server.calls.lists.length, 2)
  }))

  test("says that a watch is forbidden, and nothing of one that is only cut off", Effect.fnUntraced(function*(server) {
    const lines: Array<string> = []
    const capture = Logger.layer([Logger.make(({ message }) => void lines.push([message].flat().join(": ")))])
    yield* Effect.provide(watching(server), capture)
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Failed", error: kubernetesError({ _tag: "Unavailable" }) })
    yield* TestClock.adjust(3000)
    assert.deepStrictEqual(lines, [])
    yield* server.end({ _tag: "Failed", error: kubernetesError({ _tag: "Forbidden" }) })
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(lines, ["watching failed: Forbidden"])
  }))

  test("waits between failures, longer each time, up to 30 seconds", Effect.fnUntraced(function*(server) {
    server.trouble.list = { _tag: "Unavailable" }
    const { cache } = yield* watching(server)
    yield* TestClock.adjust("10 minutes")
    const gaps = server.calls.lists.slice(1).map((at, index) => at - server.calls.lists[index]! - 1)
    for (const [index, gap] of gaps.entries()) {
      assert.isAtLeast(gap, Math.min(15_000, 200 * 2 ** index))
      assert.isAtMost(gap, Math.min(30_000, 400 * 2 ** index))
    }
    assert.isAbove(gaps.length, 20)
    server.trouble.list = undefined
    yield* TestClock.adjust("30 seconds")
    yield* cache.synced
  }))

  test("waits as long as a 429 asks", Effect.fnUntraced(function*(server) {
    server.trouble.list = { _tag: "TooManyRequests", retryAfter: 45_000 }
    yield* watching(server)
    yield* TestClock.adjust("44 seconds")
    assert.strictEqual(server.calls.lists.length, 1)
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(server.calls.lists.length, 2)
  }))

  test("waits after a watch that failed, though it had news", Effect.fnUntraced(function*(server) {
    yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* server.end({ _tag: "Failed", error: kubernetesError({ _tag: "Unavailable" }) })
    yield* TestClock.adjust(190)
    assert.strictEqual(server.calls.watches.length, 1)
    yield* TestClock.adjust(210)
    assert.strictEqual(server.calls.watches.length, 2)
  }))

  test("does not ask without pause a server that ends every watch at once", Effect.fnUntraced(function*(server) {
    yield* watching(server)
    server.trouble.watch = { _tag: "Closed" }
    yield* TestClock.adjust("10 minutes")
    assert.isBelow(server.calls.watches.length, 40)
    server.calls.lists.splice(0)
    server.trouble.watch = { _tag: "Expired" }
    yield* TestClock.adjust("10 minutes")
    assert.isBelow(server.calls.lists.length, 50)
  }))

  test("goes on without pause when a quiet kind's watch ends every few minutes", Effect.fnUntraced(function*(server) {
    const { news } = yield* watching(server)
    for (let round = 0; round < 20; round++) {
      yield* TestClock.adjust("1 minute")
      yield* server.end({ _tag: "Closed" })
      yield* TestClock.adjust(50)
    }
    assert.strictEqual(server.watching(), 1)
    yield* server.put("a", 1)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
  }))

  test("does not list a quiet kind again, though no watch of it brings so much as a bookmark", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 1)
    const { news } = yield* watching(server)
    yield* TestClock.adjust("1 hour")
    assert.strictEqual(server.calls.lists.length, 1)
    assert.isAtMost(server.calls.watches.length, 31)
    yield* server.put("a", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1", "Changed a/uid-1=2"])
  }))

  test("takes a watch without a word for dead after two minutes, and a bookmark for a word", Effect.fnUntraced(function*(server) {
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    for (let minute = 0; minute < 5; minute++) {
      yield* TestClock.adjust("1 minute")
      yield* server.bookmark
    }
    yield* TestClock.adjust(10)
    assert.strictEqual(server.calls.watches.length, 1)
    yield* server.silence
    yield* server.put("a", 1)
    yield* TestClock.adjust("119 seconds")
    assert.deepStrictEqual(news(), [])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
    assert.strictEqual(server.calls.lists.length, 1)
  }))

  const both = Effect.fnUntraced(function*(server: ScriptedKubernetes) {
    const alarm = Alarm.make()
    const other = make()
    const one = yield* watching(server, { alarm })
    const two = yield* watching(other, { alarm })
    yield* TestClock.adjust(10)
    yield* server.silence
    yield* TestClock.adjust("1 minute")
    // The other's watch has a word later.
    yield* other.bookmark
    yield* TestClock.adjust(10)
    yield* other.silence
    yield* other.put("b", 1)
    return { one, two, other }
  })

  test("that was dead and had missed something, others begin anew who share its alarm", Effect.fnUntraced(function*(server) {
    const { one, two } = yield* both(server)
    yield* server.put("a", 1)
    yield* TestClock.adjust("59 seconds")
    assert.deepStrictEqual([one.news(), two.news()], [[], []])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([one.news(), two.news()], [["Appeared a/uid-1=1"], ["Appeared b/uid-1=1"]])
  }))

  test("that was only quiet, nobody else takes his own for dead", Effect.fnUntraced(function*(server) {
    const { other, two } = yield* both(server)
    yield* TestClock.adjust("65 seconds")
    const { length } = other.calls.watches
    // It begins again, and hears something a while later.
    yield* server.put("a", 1)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([other.calls.watches.length, two.news()], [length, []])
  }))

  test("takes it for dead in that time although the clock was set back meanwhile", Effect.fnUntraced(function*(server) {
    const clock = yield* Clock.Clock
    let ahead = 0
    const millis = () => clock.currentTimeMillisUnsafe() + ahead
    yield* Effect.gen(function*() {
      const { news } = yield* watching(server)
      yield* TestClock.adjust(10)
      ahead = -3_600_000
      yield* server.silence
      yield* server.put("a", 1)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
    }).pipe(Effect.provideService(Clock.Clock, { ...clock, currentTimeMillisUnsafe: millis, currentTimeMillis: Effect.sync(millis) }))
  }))

  test("does not take its own slowness for silence", Effect.fnUntraced(function*(server) {
    const ended: Array<number> = []
    yield* watching(server, {
      silence: Duration.seconds(10),
      onChange: ({ object }) => Effect.andThen(Effect.sleep("1 minute"), Effect.sync(() => ended.push(object.value)))
    })
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* server.put("b", 2)
    yield* TestClock.adjust("3 minutes")
    assert.deepStrictEqual(ended, [1, 2])
  }))

  test("what comes in the very moment in which a watch is given up is told once, and to the end", Effect.fnUntraced(function*(server) {
    const told: Array<string> = []
    yield* watching(server, {
      silence: Duration.seconds(10),
      onChange: ({ object }) =>
        Effect.suspend(() => {
          told.push(`${object.value} begins`)
          return Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => told.push(`${object.value} ends`)))
        })
    })
    // The list is there after one millisecond, and then the watch begins.
    yield* TestClock.adjust(1)
    yield* server.lag(10_000)
    yield* server.put("a", 1)
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(told, ["1 begins", "1 ends"])
  }))

  test("lives on after a defect of who is told", Effect.fnUntraced(function*(server) {
    let bad = true
    const { news } = yield* watching(server, { onChange: () => (bad ? Effect.die("bad") : Effect.void) })
    yield* server.put("a", 1)
    yield* TestClock.adjust(100)
    bad = false
    yield* server.put("a", 2)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1", "Changed a/uid-1=2"])
  }))
})
