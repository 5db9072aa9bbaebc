import { assert, describe, it } from "@effect/vitest"
import { Array as Arrays, Clock, Effect, Exit, Logger, Random, References, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Recorder from "../../src/controller/Recorder.js"
import * as Told from "../../src/controller/Told.js"
import { cniNodes, pods } from "../../src/model/Resource.js"
import type { EventRecord } from "../../src/ports/Kubernetes.js"
import type { KubernetesReason } from "../../src/ports/KubernetesError.js"
import { pod } from "../allocation/Fixtures.js"
import { kubernetesError, noKubernetes } from "./ScriptedKubernetes.js"

const news = { type: "Normal", reason: "Tested", message: "it was" } as const

/** A recorder whose first tries fail for the given reasons, and what came through when. */
const recording = Effect.fnUntraced(function*(...reasons: ReadonlyArray<KubernetesReason>) {
  const tries: Array<number> = []
  const recorded: Array<EventRecord> = []
  const failures = [...reasons]
  const recorder = yield* Recorder.make({
    ...noKubernetes,
    recordEvent: (event) =>
      Effect.gen(function*() {
        tries.push(yield* Clock.currentTimeMillis)
        const reason = failures.shift()
        if (reason !== undefined) return yield* kubernetesError(reason)
        recorded.push(event)
      })
  })
  return { recorder, recorded, tries }
})

describe("a recorder", () => {
  it.effect("records on a pod by its UID, on a node by its name, on anything by its reference", () =>
    Effect.gen(function*() {
      const { recorded, recorder } = yield* recording()
      yield* recorder.pod(pod("a"), news)
      yield* recorder.node("node-1", news)
      yield* recorder.about(Recorder.regarding(cniNodes, { name: "node-1", uid: "uid-9" }), news)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(recorded.map(({ moment: _moment, ...event }) => event), [
        { regarding: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a", uid: "uid-shop-a" }, ...news },
        // `kubectl describe node` looks for the name where the UID belongs (contract §7).
        { regarding: { apiVersion: "v1", kind: "Node", name: "node-1", uid: "node-1" }, ...news },
        { regarding: { apiVersion: "vpcresources.k8s.aws/v1alpha1", kind: "CNINode", name: "node-1", uid: "uid-9" }, ...news }
      ])
    }))

  it.effect("tells of one object in order, also when the first word has to be said again, and of another meanwhile", () =>
    Effect.gen(function*() {
      const { recorded, recorder } = yield* recording({ _tag: "Unavailable" })
      yield* recorder.pod(pod("a"), { ...news, reason: "First" })
      yield* recorder.pod(pod("a"), { ...news, reason: "Second" })
      yield* recorder.pod(pod("b"), { ...news, reason: "Other" })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(recorded.map(({ reason }) => reason), ["Other", "First", "Second"])
    }))

  it("takes of an object's metadata what a reference has, and no more", () => {
    const metadata = { name: "a", namespace: "shop", uid: "u", resourceVersion: "7", labels: { app: "a" }, deletionTimestamp: null }
    assert.deepStrictEqual(Recorder.regarding(pods, metadata), { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a", uid: "u" })
  })

  it.effect("is never in the way: who tells does not wait", () =>
    Effect.gen(function*() {
      let tries = 0
      const recorder = yield* Recorder.make({
        ...noKubernetes,
        recordEvent: () => Effect.suspend(() => {
          tries++
          return Effect.never
        })
      })
      for (let event = 0; event < 100; event++) yield* recorder.node(`node-${event}`, news)
      yield* TestClock.adjust(0)
      assert.strictEqual(tries, 32, "so many are on their way at once")
    }))

  it.effect("tries again what can be tried again, with backoff, twelve times in all", () =>
    Effect.gen(function*() {
      const { recorded, recorder, tries } = yield* recording({ _tag: "Unavailable" }, { _tag: "Unavailable" })
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(recorded.length, 1)
      assert.strictEqual(tries.length, 3)
      assert.isAtLeast(tries[1]!, 200)
      assert.isAtLeast(tries[2]! - tries[1]!, 400)
      const never = yield* recording(...Array.from({ length: 20 }, () => ({ _tag: "Unavailable" }) as const))
      yield* never.recorder.node("node-1", news)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(never.tries.length, 12)
    }).pipe(Random.withSeed("record"), Effect.provide(Logger.layer([]))))

  it.effect("each event has a moment of its own, and keeps it when it is told again", () =>
    Effect.gen(function*() {
      const moments: Array<bigint | undefined> = []
      let lost = true
      const recorder = yield* Recorder.make({
        ...noKubernetes,
        recordEvent: ({ moment }) =>
          Effect.suspend(() => {
            moments.push(moment)
            const failure = lost ? Effect.fail(kubernetesError({ _tag: "UnknownOutcome" })) : Effect.void
            lost = false
            return failure
          })
      })
      yield* recorder.node("node-1", news)
      yield* recorder.node("node-2", news)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(moments, [1n, 2n, 1n])
    }))

  it.effect("an event whose answer was lost, and which is there: it is told once", () =>
    Effect.gen(function*() {
      const { recorded, recorder, tries } = yield* recording({ _tag: "UnknownOutcome" }, { _tag: "AlreadyExists" })
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(tries.length, 2)
      assert.deepStrictEqual(recorded, [])
    }))

  it.effect("a name that somebody else gave to an event: the next moment's is taken", () =>
    Effect.gen(function*() {
      const { recorded, recorder } = yield* recording({ _tag: "AlreadyExists" })
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(recorded.map(({ moment }) => moment), [2n])
    }))

  it.effect("what was just said of a pod is not said again, what comes back after something else is, and so is all when it was forgotten", () =>
    Effect.gen(function*() {
      const { recorded, recorder } = yield* recording()
      const other = { ...news, message: "it was not" }
      for (const one of [news, news, other, news]) yield* recorder.pod(pod("a"), one)
      recorder.forget(pod("a").uid)
      yield* recorder.pod(pod("a"), news)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(recorded.map(({ message }) => message), [news, other, news, news].map(({ message }) => message))
    }))

  it.effect("is tried again where it conflicts, as with a quota that is counted for two at once", () =>
    Effect.gen(function*() {
      const { recorded, recorder } = yield* recording({ _tag: "Conflict" })
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(recorded.length, 1)
    }))

  it.effect("waits as long as a 429 asks", () =>
    Effect.gen(function*() {
      const { recorder, tries } = yield* recording({ _tag: "TooManyRequests", retryAfter: 7_000 })
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(tries, [0, 7_000])
    }))

  it.effect("logs what it tells, and gives up with a warning what nobody will take, as in a namespace that ends", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      const { recorder, tries } = yield* recording({ _tag: "Forbidden" })
      yield* recorder.pod(pod("a"), news)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(tries.length, 1)
      assert.deepStrictEqual(lines, [`Info ${news.message} a`, "Warn an event could not be recorded Forbidden a"])
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ fiber, logLevel, message }) =>
      void lines.push([logLevel, ...Arrays.ensure(message), fiber.getRef(References.CurrentLogAnnotations)["pod"]].join(" "))
    )])))
  })

  it.effect("ends with its scope", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { recorder, tries } = yield* recording({ _tag: "Unavailable" }).pipe(Scope.provide(scope))
      yield* recorder.node("node-1", news)
      yield* TestClock.adjust(0)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(tries.length, 1)
    }))
})

describe("what was told", () => {
  it("is told once to each pod, until it is forgotten", () => {
    const told = Told.make()
    const { uid } = pod("a")
    assert.isTrue(told.once(uid, "unmatched"))
    assert.isFalse(told.once(uid, "unmatched"))
    assert.isTrue(told.once(uid, "several"))
    assert.isTrue(told.once(pod("b").uid, "unmatched"))
    told.forget(uid)
    assert.isTrue(told.once(uid, "unmatched"))
    assert.isFalse(told.once(pod("b").uid, "unmatched"))
  })
})
