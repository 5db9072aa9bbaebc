import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { noon } from "../support/Records.js"
import { isIn, lengthOf, moment, rangeOf } from "../../../src/trace/source/TimeRange.js"

describe("a stretch of time", () => {
  it("is as long as it says", () => {
    expect(["90s", "15m", "2h", "1d", "1h30m"].map(lengthOf)).toEqual([90_000, 900_000, 7_200_000, 86_400_000, 5_400_000])
    for (const text of ["", "5", "2 h", "1.5h", "h", "-2h"]) expect(lengthOf(text), text).toBeUndefined()
  })

  it("begins and ends at moments, in UTC unless they say otherwise", () => {
    for (const text of ["2026-01-15T12:00:00Z", "2026-01-15T12:00", "2026-01-15T12:00:00.000", "2026-01-15T13:00+01:00"]) expect(moment(text), text).toBe(noon)
    expect(moment("2026-01-15")).toBe(noon - 43_200_000)
    for (const text of ["yesterday", "12:00", "2026-13-01", "2026-01-15 12:00"]) expect(moment(text), text).toBeUndefined()
  })

  it("reaches back from now, or from its end", () => {
    expect(rangeOf({ since: 10, from: undefined, to: undefined }, 100)).toEqual(Result.succeed({ from: 90, to: undefined }))
    expect(rangeOf({ since: 10, from: undefined, to: 50 }, 100)).toEqual(Result.succeed({ from: 40, to: 50 }))
    expect(rangeOf({ since: 10, from: 5, to: undefined }, 100)).toMatchObject({ failure: expect.stringContaining("--since") })
    expect(rangeOf({ since: undefined, from: 50, to: 50 }, 100)).toMatchObject({ failure: expect.stringContaining("ends before") })
  })

  it("has in it what lies between its ends, and what has no time", () => {
    expect([4, 5, 9, 10, undefined].map((at) => isIn({ from: 5, to: 9 }, at))).toEqual([false, true, true, false, true])
    expect(isIn({ from: undefined, to: undefined }, 1)).toBe(true)
  })
})
