import { Clock, Duration, Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import { lasting } from "../../../src/simulation/life/Lasting.js"
import { simulate } from "../../../src/simulation/Simulation.js"

const patience = 60_000

/** What is left of it, and how long that took, milliseconds. `wrongs` are asked for with the time since the first look, seconds. */
const left = (wrongs: (seconds: number) => ReadonlyArray<string>) => {
  const { duration, exit } = simulate(Effect.gen(function*() {
    const begin = yield* Clock.currentTimeMillis
    return yield* lasting(Effect.map(Clock.currentTimeMillis, (now) => wrongs((now - begin) / 1_000)), patience)
  }))
  return { wrongs: Exit.isSuccess(exit) ? exit.value : exit, took: Duration.toMillis(duration) }
}

describe("what is wrong at the last look", () => {
  it("is nothing: that is known at once", () => {
    expect(left(() => [])).toEqual({ wrongs: [], took: 0 })
  })

  it("stays: it is told when there was patience", () => {
    expect(left(() => ["eni-a is nobody's"])).toEqual({ wrongs: ["eni-a is nobody's"], took: patience })
  })

  it("stays until just before the end of the patience: it passes", () => {
    expect(left((seconds) => seconds < 60 ? ["default/web is Pending"] : [])).toEqual({ wrongs: [], took: patience })
  })

  it("passes, and others take its place: a pod waits for its place, each time another one", () => {
    expect(left((seconds) => [`default/job-${Math.floor(seconds / 20)} is Pending`]).wrongs).toEqual([])
  })

  it("stays among what passes: it alone is told, and what came later is not", () => {
    const wrongs = (seconds: number) => [...(seconds < 30 ? ["default/web is Pending"] : ["eni-b is nobody's"]), "eni-a is nobody's"]
    expect(left(wrongs).wrongs).toEqual(["eni-a is nobody's"])
  })
})
