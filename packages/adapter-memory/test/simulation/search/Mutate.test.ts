import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { type Mix, usual } from "../../../src/simulation/life/Mix.js"
import { calmAt, isTrouble, type Step, troubleSteps } from "../../../src/simulation/life/Plan.js"
import { rough } from "../../../src/simulation/life/Rough.js"
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

  it("of the rough mix: every kind that it names comes up, of those that the usual one has not, too", () => {
    const kinds = new Set(seeds.flatMap((seed) => planOfLineage(seed, rough).steps.map(({ do: kind }) => kind)))
    const named = [...Object.keys(rough.workload), ...Object.keys(rough.trouble)]
    expect(named.filter((kind) => !kinds.has(kind as "burst"))).toEqual([])
    expect(Object.keys(troubleSteps).filter((kind) => !named.includes(kind) && !Object.hasOwn(usual.trouble, kind))).toEqual([])
  })

  it("a kind of weight 0 never comes up", () => {
    const mix = { ...usual, trouble: { ...usual.trouble, crash: 0 } }
    for (const seed of seeds) expect(planOfLineage(`${seed}.1.2.3`, mix).steps.some((step) => step.do === "crash")).toBe(false)
  })

  it("are drawn from the usual mix as they always were: saved seeds are the same lives", () => {
    const texts = [...seeds, ...seeds.map((seed) => `${seed}.3`)].map((lineage) => JSON.stringify(planOfLineage(lineage, usual)))
    expect(createHash("sha256").update(texts.join("\n")).digest("hex")).toBe("f1b61251a848516eafcb87f94d3e12e17a1b1f6715ef7cdf7e64acf431a132b6")
  })

  it("a mix that says nothing of sights and strikes means the usual ones", () => {
    const { sight: _, strikes: __, ...plain } = usual
    const half = { ...plain, strikes: {} }
    for (const seed of seeds) {
      const lineage = `${seed}.1`
      expect(planOfLineage(lineage, plain)).toEqual(planOfLineage(lineage, usual))
      expect(planOfLineage(lineage, half)).toEqual(planOfLineage(lineage, usual))
    }
  })

  it("a mix chooses what is wrong with a sight, and which calls fail", () => {
    const mix: Mix = { ...usual, sight: { stale: 1, reorder: 1, lag: 0 }, strikes: { ec2: { deleteInterface: 1, deleteOnTermination: 1 }, kubernetes: { delete: 1 } } }
    const steps = seeds.flatMap((seed) => planOfLineage(`${seed}.1.2`, mix).steps)
    const values = (of: (step: Step) => ReadonlyArray<string> | string | undefined) => [...new Set(steps.flatMap((step) => of(step) ?? []))].sort()
    expect(values((step) => step.do === "sight" ? (["lag", "stale", "coalesce", "reorder"] as const).filter((kind) => step[kind] > 0) : undefined)).toEqual(["reorder", "stale"])
    expect(values((step) => step.do === "ec2" ? step.operation : undefined)).toEqual(["deleteInterface", "deleteOnTermination"])
    expect(values((step) => step.do === "kubernetes" ? step.verb : undefined)).toEqual(["delete"])
  })

  it("a lineage is numbers with dots", () => {
    expect(["17", "17.4", "0.0.0"].every(isLineage)).toBe(true)
    expect(["", "17.", ".1", "a", "1..2", "-1"].some(isLineage)).toBe(false)
  })
})
