import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Logger, Random } from "effect"
import { TestClock } from "effect/testing"
import * as Recorder from "../../src/controller/Recorder.js"
import { done, failed, make, type Verdict } from "../../src/controller/WorkQueue.js"
import { pod } from "../allocation/Fixtures.js"
import { kubernetesError, noKubernetes } from "./ScriptedKubernetes.js"

const allocation = { priority: "allocation" } as const

/** A queue of two workers whose work takes a second, and what has begun and ended. */
const working = Effect.fnUntraced(function*(verdict: Verdict = done) {
  const begun: Array<string> = []
  const ended: Array<string> = []
  const queue = yield* make({ concurrency: 2 }, (key: string) =>
    Effect.gen(function*() {
      begun.push(key)
      yield* Effect.sleep(1000)
      ended.push(key)
      return verdict
    }))
  const drained = Effect.map(Effect.forkChild(queue.drain), (fiber) => () => fiber.pollUnsafe() !== undefined)
  return { queue, begun, ended, drained }
})

describe("a queue that is drained", () => {
  it.effect("lets end what runs, begins nothing more, and says when it is idle", () =>
    Effect.gen(function*() {
      const { begun, drained, ended, queue } = yield* working()
      for (const key of ["a", "b", "c"]) yield* queue.add(key, allocation)
      yield* TestClock.adjust(400)
      const isDrained = yield* drained
      yield* queue.add("d", { priority: "allocation", hasten: true })
      yield* queue.add("a", allocation)
      yield* TestClock.adjust(599)
      assert.isFalse(isDrained())
      yield* TestClock.adjust(1)
      assert.isTrue(isDrained())
      yield* TestClock.adjust(3_600_000)
      assert.deepStrictEqual([begun, ended], [["a", "b"], ["a", "b"]])
      assert.deepStrictEqual((yield* queue.state).running, 0)
    }))

  it.effect("does not wait for what is in line, backs off or is due later", () =>
    Effect.gen(function*() {
      const { begun, queue } = yield* working(failed)
      yield* queue.add("a", allocation)
      yield* queue.add("later", { priority: "allocation", at: 5_000 })
      yield* TestClock.adjust(1_000)
      yield* queue.drain
      yield* TestClock.adjust(3_600_000)
      assert.deepStrictEqual(begun, ["a"])
    }).pipe(Random.withSeed("drain")))

  it.effect("is drained at once where nothing ever ran", () =>
    Effect.gen(function*() {
      const { queue } = yield* working()
      yield* queue.drain
      yield* queue.drain
    }))
})

describe("a recorder that is waited for", () => {
  it.effect("is settled when all that was told is recorded or given up, in line or failing for now", () =>
    Effect.gen(function*() {
      const gate = Latch.makeUnsafe(false)
      let failures = 1
      const recorded: Array<string> = []
      const recorder = yield* Recorder.make({
        ...noKubernetes,
        recordEvent: ({ message }) =>
          Effect.gen(function*() {
            yield* gate.await
            if (message === "refused") return yield* kubernetesError({ _tag: "Forbidden" })
            if (failures-- > 0) return yield* kubernetesError({ _tag: "Unavailable" })
            recorded.push(message)
          })
      })
      yield* recorder.settled
      for (const message of ["first", "second", "refused"]) {
        yield* recorder.pod(pod("a"), { type: "Normal", reason: "Tested", message })
        yield* recorder.pod(pod("b"), { type: "Normal", reason: "Tested", message })
      }
      const settled = yield* Effect.forkChild(recorder.settled)
      yield* TestClock.adjust(60_000)
      assert.isUndefined(settled.pollUnsafe())
      gate.openUnsafe()
      yield* TestClock.adjust(60_000)
      yield* Fiber.join(settled)
      assert.deepStrictEqual([...recorded].sort(), ["first", "first", "second", "second"])
    }).pipe(Random.withSeed("settled"), Effect.provide(Logger.layer([]))))
})
