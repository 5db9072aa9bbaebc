import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { done, failed, make, priorities, type Verdict } from "../../src/controller/WorkQueue.js"
import { Priority } from "../../src/ports/Priority.js"

/** A queue of one worker whose work notes the priority that a port would see: its own, and that of a fiber which it starts. */
const seeing = Effect.fnUntraced(function*(work: (run: number) => Effect.Effect<Verdict>) {
  const seen: Array<string> = []
  const queue = yield* make({ concurrency: 1 }, (key: string) =>
    Effect.gen(function*() {
      const own = yield* Priority
      const forked = yield* Effect.flatMap(Effect.forkChild(Effect.service(Priority)), Fiber.join)
      return yield* work(seen.push(`${key} ${own} ${forked}`) - 1)
    }))
  return { queue, seen }
})

describe("the priority that the ports see", () => {
  it.effect("is allocation where nobody says otherwise", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Priority, "allocation")
    }))

  it.effect("is that of the piece of work, whoever made the queue", () =>
    Effect.gen(function*() {
      const { queue, seen } = yield* seeing(() => Effect.succeed(done))
      for (const [index, priority] of priorities.entries()) {
        yield* queue.add("a", { priority })
        while (seen.length === index) yield* Effect.yieldNow
        yield* TestClock.adjust(1)
      }
      assert.deepStrictEqual(seen, ["a allocation allocation", "a release release", "a upkeep upkeep"])
    }).pipe(Effect.provideService(Priority, "upkeep")))

  it.effect("is the more urgent one of a key that was asked for twice, and each run has its own", () =>
    Effect.gen(function*() {
      const { queue, seen } = yield* seeing((run) =>
        Effect.as(Effect.sleep(100), run === 0 ? failed : run === 1 ? { _tag: "LookAgain", at: 10_000, priority: "upkeep" } : done))
      yield* queue.add("a", { priority: "upkeep" })
      yield* queue.add("a", { priority: "release" })
      yield* TestClock.adjust(50)
      yield* queue.add("a", { priority: "allocation" })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen, ["a release release", "a allocation allocation", "a upkeep upkeep"])
    }))
})
