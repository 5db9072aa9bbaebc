import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Sink, Stdio } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { CouldNotLook } from "../../src/output/CouldNotLook.js"
import { watch } from "../../src/status/Watch.js"

/** A screen that counts, and cannot look the second time. */
const counting = () => {
  let times = 0
  return Effect.suspend(() => {
    times++
    return times === 2 ? Effect.fail(new CouldNotLook({ message: "the API server is away" })) : Effect.succeed(`screen ${times}`)
  })
}

const stdio = (written: Array<string>) =>
  Stdio.layerTest({ stdout: () => Sink.forEach((chunk: string | Uint8Array) => Effect.sync(() => void written.push(String(chunk)))) })

describe("--watch", () => {
  it.effect("writes one block after the other where the output is no terminal, and goes on after a look that failed", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(watch(counting(), 5_000, false))
      yield* TestClock.adjust("11 seconds")
      expect(yield* TestConsole.logLines).toEqual(["screen 1\n", "could not look: the API server is away\n", "screen 3\n"])
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(Layer.mergeAll(TestConsole.layer, stdio([])))))

  it.effect("draws in the same place on a terminal, and gives the cursor back when it is interrupted", () => {
    const written: Array<string> = []
    return Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(watch(counting(), 5_000, true))
      yield* TestClock.adjust("6 seconds")
      expect(written).toEqual(["\u001b[?25l", "\u001b[H\u001b[Jscreen 1\n", "\u001b[H\u001b[Jcould not look: the API server is away\n"])
      yield* Fiber.interrupt(fiber)
      expect(written.at(-1)).toBe("\u001b[?25h")
    }).pipe(Effect.provide(stdio(written)))
  })
})
