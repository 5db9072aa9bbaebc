import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { kubernetesError, make } from "./ScriptedKubernetes.js"
import { test, watching } from "./Watching.js"

describe("a reflector", () => {
  test("lists, is synced, then watches", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 1)
    const { cache, news, values } = yield* watching(server)
    assert.strictEqual(cache.size(), 0)
    yield* Effect.andThen(TestClock.adjust(10), cache.synced)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
    yield* server.put("b", 2)
    yield* server.put("a", 3)
    yield* server.remove("b")
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared b/uid-2=2", "Changed a/uid-1=3", "Vanished b/uid-2=2"])
    assert.deepStrictEqual(values(), { a: 3 })
    assert.strictEqual(cache.get({ namespace: "default", name: "a" })?.value, 3)
    assert.isUndefined(cache.get({ namespace: "other", name: "a" }))
    assert.strictEqual(server.calls.lists.length, 1)
  }))

  test("has the change in the cache before it tells, and tells the next only after that", Effect.fnUntraced(function*(server) {
    const seen: Array<string> = []
    const { cache } = yield* watching(server, {
      onChange: (change): Effect.Effect<void> =>
        Effect.gen(function*() {
          seen.push(`${change.object.value} begins, cached ${cache.get(change.object.metadata)?.value}`)
          yield* Effect.sleep(1000)
          seen.push(`${change.object.value} ends`)
        })
    })
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* server.put("a", 2)
    yield* TestClock.adjust(5000)
    assert.deepStrictEqual(seen, ["1 begins, cached 1", "1 ends", "2 begins, cached 2", "2 ends"])
  }))

  test("goes on from the last version after an end in good order", Effect.fnUntraced(function*(server) {
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Closed" })
    yield* server.put("b", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1", "Appeared b/uid-2=2"])
    assert.strictEqual(server.calls.lists.length, 1)
    assert.deepStrictEqual(server.calls.watches.map(({ from }) => from), ["100", "101"])
  }))

  test("a bookmark is where it goes on from", Effect.fnUntraced(function*(server) {
    yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.bookmark
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Closed" })
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(server.calls.watches.map(({ from }) => from), ["100", "101"])
  }))

  test("lists again at once when its version expired after it had news", Effect.fnUntraced(function*(server) {
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Expired" })
    yield* server.compact
    yield* server.put("b", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1", "Appeared b/uid-2=2"])
    assert.strictEqual(server.calls.lists.length, 2)
  }))

  test("what was deleted and made anew under its name while nobody watched is one gone, unseen, and another there", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 1)
    yield* server.put("b", 1)
    const { cache, news } = yield* watching(server)
    yield* TestClock.adjust(10)
    news()
    yield* server.end({ _tag: "Expired" })
    yield* server.remove("a")
    yield* server.put("a", 2)
    yield* server.remove("b")
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual(news(), ["Vanished b/uid-2=1 unseen", "Vanished a/uid-1=1 unseen", "Appeared a/uid-3=2"])
    assert.strictEqual(cache.size(), 1)
  }))

  test("between the two the name is free", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 1)
    const held: Array<number | undefined> = []
    const { cache } = yield* watching(server, {
      onChange: ({ object }): Effect.Effect<void> => Effect.sync(() => held.push(cache.get(object.metadata)?.value))
    })
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Expired" })
    yield* server.remove("a")
    yield* server.put("a", 2)
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual(held, [1, undefined, 2])
  }))

  test("drops old news, of objects that are there and of objects that are gone", Effect.fnUntraced(function*(server) {
    const { news, values } = yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", 1)
    yield* server.put("a", 2)
    yield* server.put("gone", 1)
    yield* server.remove("gone")
    yield* server.remove("a")
    yield* server.put("a", 3)
    yield* TestClock.adjust(10)
    news()
    yield* server.replay(6)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), [])
    assert.deepStrictEqual(values(), { a: 3 })
    yield* server.put("a", 4)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Changed a/uid-3=4"])
  }))

  test("compares versions as numbers", Effect.fnUntraced(function*(server) {
    yield* server.restore([{ name: "a", uid: "u", value: 1 }], 998)
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(server.truth().get("a")?.metadata.resourceVersion, "1000")
    assert.deepStrictEqual(news(), ["Appeared a/u=1", "Changed a/u=2"])
  }))

  test("a kind that is not installed has no objects, until it is", Effect.fnUntraced(function*(server) {
    server.trouble.list = { _tag: "NotFound" }
    const { cache, news } = yield* watching(server)
    yield* Effect.andThen(TestClock.adjust(10), cache.synced)
    yield* TestClock.adjust("5 minutes")
    server.trouble.list = undefined
    yield* server.put("a", 1)
    yield* TestClock.adjust("30 seconds")
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1"])
  }))

  test("a kind that is taken away loses its objects", Effect.fnUntraced(function*(server) {
    yield* server.put("a", 1)
    const { news } = yield* watching(server)
    yield* TestClock.adjust(10)
    news()
    server.trouble.list = { _tag: "NotFound" }
    server.trouble.watch = { _tag: "Failed", error: kubernetesError({ _tag: "NotFound" }) }
    yield* server.end(server.trouble.watch)
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual(news(), ["Vanished a/uid-1=1 unseen"])
  }))

  test("an object that became malformed is named, once a telling, and kept as it was", Effect.fnUntraced(function*(server) {
    const named: Array<string> = []
    yield* server.put("a", 1)
    const { news, values } = yield* watching(server, { onMalformed: ({ key }) => Effect.sync(() => named.push(key.name)) })
    yield* TestClock.adjust(10)
    yield* server.put("a", "many")
    yield* server.put("never well", "many")
    yield* TestClock.adjust(10)
    yield* server.replay(2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(named, ["a", "never well"])
    assert.deepStrictEqual(values(), { a: 1 })
    yield* server.end({ _tag: "Expired" })
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual(named, ["a", "never well", "a", "never well"])
    assert.deepStrictEqual(values(), { a: 1 })
    yield* server.put("a", 2)
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(news(), ["Appeared a/uid-1=1", "Changed a/uid-1=2"])
  }))

  test("a malformed object does not send the next watch back", Effect.fnUntraced(function*(server) {
    yield* watching(server)
    yield* TestClock.adjust(10)
    yield* server.put("a", "many")
    yield* TestClock.adjust(10)
    yield* server.end({ _tag: "Closed" })
    yield* TestClock.adjust(10)
    assert.deepStrictEqual(server.calls.watches.map(({ from }) => from), ["100", "101"])
  }))

  it.effect("ends with its scope", () =>
    Effect.gen(function*() {
      const server = make()
      yield* Effect.scoped(Effect.andThen(watching(server), TestClock.adjust(10)))
      assert.strictEqual(server.watching(), 0)
      yield* server.put("a", 1)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.calls.watches.length, 1)
      assert.isAbove(yield* Clock.currentTimeMillis, 3_600_000)
    }))
})
