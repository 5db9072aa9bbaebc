import { describe, expect, it } from "vitest"
import type { Life } from "../../../src/simulation/life/Live.js"
import { usual } from "../../../src/simulation/life/Mix.js"
import { planOfLineage } from "../../../src/simulation/search/Mutate.js"
import { firstOfEach, timeline } from "../../../src/simulation/search/Timeline.js"

const plan = planOfLineage("1", usual)
const line = (second: number, text: string): string => `+${String(second).padStart(6, "0")}.000 ${text}`

/** Every second something happens, and every ten seconds something is done. */
const life = (violations: Life["violations"], seconds = 100): Life => ({
  plan,
  violations,
  figures: { nodes: 3, podLives: 1, answers: 1, faults: 1, quiet: 600, seconds },
  cells: new Set(),
  journal: Array.from({ length: seconds }, (_, second) => line(second, second % 10 === 0 ? `step: deed ${second}` : `info: ${second}, a step: of none`))
})
const broken = (second: number, oracle: string, text = "something") => ({ at: second * 1_000, oracle, text })
/** Without the two lines about the world, and the times. */
const story = (one: Life, most: number) => timeline(one, most).slice(2).map((text) => text.trim().replace(/^\d+\.\d+ +/, "").replace(/\s+/g, " "))

describe("a timeline", () => {
  it("begins with the world", () => {
    expect(timeline(life([]), 10).slice(0, 2).join("\n")).toMatch(/^seed 1: nodes \d.*\nEC2: latency /)
  })

  it("of a short life has every line, what came after a rule broke, too", () => {
    const told = story(life([broken(5, "rule")], 10), 20)
    expect(told).toHaveLength(11)
    expect(told[6]).toBe("BROKEN rule something")
  })

  it("of a long life has what was done until a rule broke, and the last lines before it", () => {
    expect(story(life([broken(35, "rule")]), 3)).toEqual([
      "step: deed 0", "step: deed 10", "step: deed 20", "step: deed 30",
      "info: 33, a step: of none", "info: 34, a step: of none", "info: 35, a step: of none", "BROKEN rule something"
    ])
  })

  it("of a long life has each broken rule, with three lines before the first time that another one broke", () => {
    const violations = [broken(12, "first"), broken(14, "first", "something else"), broken(45, "second"), broken(99, "second", "at the end")]
    expect(story(life(violations), 4)).toEqual([
      "step: deed 0", "info: 9, a step: of none", "step: deed 10", "info: 11, a step: of none", "info: 12, a step: of none",
      "BROKEN first something", "BROKEN first something else",
      "step: deed 20", "step: deed 30", "step: deed 40", "info: 43, a step: of none", "info: 44, a step: of none", "info: 45, a step: of none",
      "BROKEN second something", "BROKEN second at the end"
    ])
  })

  it("of a long life in which no rule broke ends with its last lines", () => {
    expect(story(life([]), 2).slice(-3)).toEqual(["step: deed 90", "info: 98, a step: of none", "info: 99, a step: of none"])
  })
})

it("of each broken rule there is a first time", () => {
  const [a, b, c] = [broken(1, "first", "a"), broken(2, "second", "b"), broken(3, "first", "c")]
  expect(firstOfEach([a, b, c])).toEqual([a, b])
})
