import { it } from "@effect/vitest"
import { Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect } from "vitest"
import { lookUntilWell, type Obstacle } from "../../src/controller/Patience.js"
import { Stopped } from "../../src/controller/Stopped.js"
import { together } from "../../src/controller/Together.js"

const stopped = (line: string): Stopped => new Stopped({ code: 2, lines: [line] })

describe("the cluster and EC2 together", () => {
  it.effect("are both had, where nothing is wrong", () =>
    Effect.map(together(Effect.succeed("cluster"), Effect.succeed("EC2")), (both) => expect(both).toEqual(["cluster", "EC2"])))

  it.effect("are both told of, where both are wrong, the cluster first", () =>
    Effect.gen(function*() {
      const late = Effect.andThen(Effect.sleep("3 seconds"), Effect.fail(stopped("no cluster")))
      const fiber = yield* Effect.forkChild(Effect.flip(together(late, Effect.fail(stopped("no credentials")))))
      yield* TestClock.adjust("3 seconds")
      expect((yield* Fiber.join(fiber)).lines).toEqual(["no cluster", "no credentials"])
    }))

  it.effect("end when one is wrong and the other is only waited for", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(together(Effect.never, Effect.fail(stopped("no credentials")))))
      yield* TestClock.adjust("19 seconds")
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(fiber)).lines).toEqual(["no credentials"])
    }))
})

describe("patience", () => {
  const obstacle = (message: string, isAnswer: boolean, patience: number): Obstacle => ({ message, isAnswer, patience, end: stopped(message) })

  it.effect("goes on until all is well", () =>
    Effect.gen(function*() {
      const looks = yield* Ref.make(0)
      const look = Effect.flatMap(Ref.updateAndGet(looks, (count) => count + 1), (count) => count < 5 ? Effect.fail("not yet") : Effect.succeed("well"))
      const fiber = yield* Effect.forkChild(lookUntilWell("EC2", look, (message) => obstacle(message, false, 60_000)))
      yield* TestClock.adjust("4 seconds")
      expect(yield* Fiber.join(fiber)).toBe("well")
    }))

  it.effect("ends with what is in the way when the time is over, at once where there is none", () =>
    Effect.gen(function*() {
      expect((yield* Effect.flip(lookUntilWell("EC2", Effect.fail("down"), (message) => obstacle(message, false, 0)))).lines).toEqual(["down"])
      const fiber = yield* Effect.forkChild(Effect.flip(lookUntilWell("EC2", Effect.fail("down"), (message) => obstacle(message, false, 5_000))))
      yield* TestClock.adjust("4 seconds")
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(fiber)).lines).toEqual(["down"])
    }))

  it.effect("has its time anew from the first answer on", () =>
    Effect.gen(function*() {
      const answers = yield* Ref.make(false)
      const look = Effect.flatMap(Ref.get(answers), (isAnswer) => Effect.fail(isAnswer))
      const fiber = yield* Effect.forkChild(Effect.flip(lookUntilWell("EC2", look, (isAnswer) => obstacle(isAnswer ? "refused" : "down", isAnswer, isAnswer ? 30_000 : Infinity))))
      yield* TestClock.adjust("10 minutes")
      yield* Ref.set(answers, true)
      yield* TestClock.adjust("29 seconds")
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("2 seconds")
      expect((yield* Fiber.join(fiber)).lines).toEqual(["refused"])
    }))
})
