import { it as prop } from "@effect/vitest"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { histogram } from "../../../src/trace/window/Histogram.js"
import { int } from "../support/Arbitraries.js"

/** By the rank that HDR histograms take, rounded to the nearest. */
const exact = (sorted: ReadonlyArray<number>, percentile: number): number => sorted[Math.max(1, Math.floor(percentile / 100 * sorted.length + 0.5)) - 1]!

describe("a distribution of lengths of time", () => {
  prop.prop("has the percentiles of all that was recorded, to three figures, and its ends exactly", { micros: Arbitrary.array(int(1, 100_000_000), { minLength: 1, maxLength: 200 }) }, ({ micros }) => {
    const values = micros.map((micro) => micro / 1_000)
    const { distribution, record } = histogram()
    for (const value of values) record(value)
    const sorted = values.toSorted((a, b) => a - b)
    const found = distribution()!
    expect([found.count, found.min, found.max]).toEqual([values.length, sorted[0], sorted.at(-1)])
    for (const [percentile, value] of [[50, found.p50], [90, found.p90], [99, found.p99], [99.9, found.p999]] as const) {
      expect(Math.abs(value - exact(sorted, percentile)) / exact(sorted, percentile), `p${percentile}`).toBeLessThanOrEqual(0.001)
    }
  })

  it("is nothing where nothing was recorded", () => {
    expect(histogram().distribution()).toBeUndefined()
  })

  it("takes what clocks made negative for nothing, and keeps what takes longer than a week", () => {
    const { distribution, record } = histogram()
    record(-3)
    record(30 * 86_400_000)
    expect(distribution()).toMatchObject({ count: 2, min: 0, max: 30 * 86_400_000 })
  })
})
