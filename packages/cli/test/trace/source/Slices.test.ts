import { it as prop } from "@effect/vitest"
import { describe, expect, it } from "vitest"
import { partsOf, secondsIn, split } from "../../../src/trace/source/Slices.js"
import { int } from "../support/Arbitraries.js"

describe("a stretch of time in parts", () => {
  prop.prop("has every second in one of them", { from: int(0, 1_000_000), length: int(1, 100_000), parts: int(1, 50) }, ({ from, length, parts }) => {
    const slice = { from, to: from + length - 1 }
    const all = partsOf(slice, parts)
    expect(all[0]?.from).toBe(slice.from)
    expect(all.at(-1)?.to).toBe(slice.to)
    for (const [index, part] of all.entries()) {
      expect(secondsIn(part)).toBeGreaterThanOrEqual(1)
      if (index > 0) expect(part.from).toBe(all[index - 1]!.to + 1)
    }
  })

  it("has so many that each will be well below the limit, and never one alone", () => {
    expect(split({ from: 0, to: 3_599 }, 25_000, 10_000)).toHaveLength(4)
    expect(split({ from: 0, to: 3_599 }, 10_001, 10_000)).toHaveLength(2)
    expect(split({ from: 0, to: 3_599 }, 9_000_000, 10_000)).toHaveLength(16)
  })

  it("is not divided below a second", () => {
    expect(split({ from: 5, to: 5 }, 25_000, 10_000)).toBeUndefined()
    expect(split({ from: 5, to: 6 }, 9_000_000, 10_000)).toEqual([{ from: 5, to: 5 }, { from: 6, to: 6 }])
  })
})
