import { describe, expect, it } from "vitest"
import { usual } from "../../../src/simulation/life/Mix.js"
import { calmAt, isTrouble } from "../../../src/simulation/life/Plan.js"
import { isLineage, planOfLineage } from "../../../src/simulation/search/Mutate.js"

const seeds = Array.from({ length: 200 }, (_, index) => String(index))

describe("plans", () => {
  it("the same lineage is the same plan", () => {
    for (const seed of seeds) expect(planOfLineage(`${seed}.3.1`, usual)).toEqual(planOfLineage(`${seed}.3.1`, usual))
  })

  it("another seed is another plan, and so is another change", () => {
    const texts = seeds.flatMap((seed) => [seed, `${seed}.0`, `${seed}.1`, `${seed}.1.1`]).map((lineage) => JSON.stringify(planOfLineage(lineage, usual).steps))
    // A change may take back what another did, or draw what was there.
    expect(new Set(texts).size).toBeGreaterThan(0.9 * texts.length)
  })

  it("their steps are in order, begin with policies, and end before they are calm", () => {
    for (const seed of seeds) {
      const plan = planOfLineage(`${seed}.2`, usual)
      const times = plan.steps.map(({ at }) => at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(plan.steps[0]?.do).toBe("policy")
      expect(calmAt(plan)).toBeGreaterThanOrEqual(times.at(-1) ?? 0)
    }
  })

  it("every kind of step comes up, and troubles in each", () => {
    const kinds = new Set(seeds.flatMap((seed) => planOfLineage(seed, usual).steps.map(({ do: kind }) => kind)))
    const named = [...Object.keys(usual.workload), ...Object.keys(usual.trouble)]
    expect(named.filter((kind) => !kinds.has(kind as "burst"))).toEqual([])
    for (const seed of seeds) expect(planOfLineage(seed, usual).steps.filter(isTrouble).length).toBeGreaterThanOrEqual(usual.troubles.min)
  })

  it("a kind of weight 0 never comes up", () => {
    const mix = { ...usual, trouble: { ...usual.trouble, crash: 0 } }
    for (const seed of seeds) expect(planOfLineage(`${seed}.1.2.3`, mix).steps.some((step) => step.do === "crash")).toBe(false)
  })

  it("a lineage is numbers with dots", () => {
    expect(["17", "17.4", "0.0.0"].every(isLineage)).toBe(true)
    expect(["", "17.", ".1", "a", "1..2", "-1"].some(isLineage)).toBe(false)
  })
})
