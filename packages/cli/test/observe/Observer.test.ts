import { Clock, DateTime, Effect, Exit, Fiber, Logger } from "effect"
import { describe, expect, it } from "vitest"
import { type Look, nowOf } from "../../src/cluster/Look.js"
import { lookAt } from "../../src/observe/LookAt.js"
import { observer, type ObserverOptions } from "../../src/observe/Observer.js"
import type { Sight } from "../../src/observe/Sight.js"
import { played } from "../support/Live.js"
import { healthy, placeIn, settings } from "./Beside.js"

const sight: Sight = played(Effect.gen(function*() {
  const { world } = yield* healthy()
  return yield* lookAt(yield* placeIn(world))
}))

/** Runs an observer for so many seconds, and answers when each look began. */
const observed = (seconds: number, every: number, look: (count: number) => ObserverOptions["look"]) =>
  played(Effect.gen(function*() {
    const begin = yield* Clock.currentTimeMillis
    const began: Array<number> = []
    const one = Effect.gen(function*() {
      began.push(((yield* Clock.currentTimeMillis) - begin) / 1000)
      return yield* look(began.length)
    })
    const watch = yield* observer({ look: one, settings, every: every * 1000 })
    const fiber = yield* Effect.forkScoped(Effect.provide(watch.run, Logger.layer([])))
    yield* Effect.sleep(`${seconds} seconds`)
    const state = yield* watch.state
    const interrupted = yield* Fiber.interrupt(fiber).pipe(Effect.andThen(Clock.currentTimeMillis))
    return { began, looks: state.looks, judgement: state.judgement, ended: (interrupted - begin) / 1000, exit: fiber.pollUnsafe() }
  }))

const now = Effect.gen(function*() {
  const takenAt = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
  return { ...sight, look: { ...sight.look, takenAt } satisfies Look }
})

describe("rounds", () => {
  it("begin at the interval, whatever a look takes of it", () => {
    expect(observed(100, 30, () => Effect.andThen(Effect.sleep("20 seconds"), now)).began).toEqual([0, 30, 60, 90])
  })

  it("follow at once where a look takes longer than the interval", () => {
    expect(observed(100, 30, () => Effect.andThen(Effect.sleep("45 seconds"), now)).began).toEqual([0, 45, 90])
  })

  it("go on after a look that hangs, and after one that breaks", () => {
    const { began, judgement, looks } = observed(410, 60, (count) => count === 1 ? Effect.never : count === 2 ? Effect.die(new Error("broken")) : now)
    expect(began).toEqual([0, 300, 360])
    expect(looks).toEqual({ seen: 1, failed: 2 })
    expect(judgement?.conditions.find(({ type }) => type === "ClusterSeen")).toMatchObject({ status: "True" })
  })

  it("are of the moment at which the look was taken, not of that at which it was judged", () => {
    expect(observed(10, 30, () => Effect.succeed(sight)).judgement?.memory.lastLook).toBe(nowOf(sight.look))
  })

  it("say why a look failed", () => {
    const why = (look: ObserverOptions["look"]) => observed(400, 3_600, () => look).judgement?.conditions.find(({ type }) => type === "ClusterSeen")
    expect(why(Effect.never)).toMatchObject({ status: "False", reason: "LookFailed", message: "the look did not end within 5 minutes" })
    expect(why(Effect.die(new Error("broken")))).toMatchObject({ status: "False", reason: "LookFailed", message: "broken" })
  })

  it("end at once when they are interrupted, in the middle of a look", () => {
    const { ended, exit, looks } = observed(10, 30, () => Effect.never)
    expect(ended).toBe(10)
    expect(exit !== undefined && Exit.hasInterrupts(exit)).toBe(true)
    expect(looks).toEqual({ seen: 0, failed: 0 })
  })
})
