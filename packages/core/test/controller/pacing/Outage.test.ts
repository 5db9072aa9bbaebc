import * as Outage from "@branchline/core/controller/pacing/Outage"
import { describe, expect, it } from "vitest"

const after = (...times: ReadonlyArray<number>): Outage.Outage => times.reduce(Outage.unanswered, Outage.none)

describe("an EC2 that does not answer", () => {
  it("is taken for gone after three calls in a row over five seconds, and not sooner", () => {
    expect(Outage.isOutage(after(1_000, 9_000))).toBe(false)
    expect(Outage.isOutage(after(1_000, 2_000, 5_900))).toBe(false)
    expect(Outage.isOutage(after(1_000, 2_000, 6_000))).toBe(true)
  })

  it("is asked at once until then, and every five seconds from then on, whether the last one has an answer or not", () => {
    expect(Outage.wait(after(1_000, 2_000), 2_000)).toBe(0)
    const gone = after(1_000, 2_000, 6_000)
    expect(Outage.wait(gone, 6_000)).toBe(5_000)
    expect(Outage.wait(gone, 11_000)).toBe(0)
    expect(Outage.wait(Outage.asking(gone, 11_000), 12_000)).toBe(4_000)
    expect(Outage.wait(Outage.unanswered(Outage.asking(gone, 11_000), 11_300), 11_300)).toBe(5_000)
  })

  it("asking makes no outage", () => {
    expect(Outage.asking(Outage.none, 1_000)).toEqual(Outage.none)
    expect(Outage.asking(after(1_000), 2_000)).toEqual(after(1_000))
  })
})
