import { describe, expect, it } from "vitest"
import type { Step } from "../../../src/simulation/life/Plan.js"
import { actedOn, areMade, madeBy, withoutIdle } from "../../../src/simulation/life/Workloads.js"

const at = 0
const makers: ReadonlyArray<Step> = [
  { at, do: "burst", name: "one", app: "web", pods: 1 },
  { at, do: "deployment", name: "one", app: "web", replicas: 1 },
  { at, do: "statefulset", name: "one", app: "web", replicas: 1 },
  { at, do: "job", name: "one", app: "web", completions: 1, parallelism: 1, runs: 1 },
  { at, do: "pinned", name: "one", app: "web", node: 0, pods: 1, lives: 1 },
  { at, do: "lost", name: "one", app: "web", call: "patch", meanwhile: "deleted", pods: 1, within: 1 }
]
const actors: ReadonlyArray<Step> = [{ at, do: "scale", name: "one", replicas: 1 }, { at, do: "roll", name: "one" }, { at, do: "remove", name: "one" }]
const others: ReadonlyArray<Step> = [{ at, do: "join" }, { at, do: "evict", pods: 1 }, { at, do: "policy", app: "one", groups: [0] }]

describe("a workload", () => {
  it("is made by some steps, acted on by others, and nothing to the rest", () => {
    expect([...makers, ...actors, ...others].map(madeBy)).toEqual(["one", "one", "one", "one", "one", "one", ...Array.from({ length: 6 }, () => undefined)])
    expect([...makers, ...actors, ...others].map(actedOn)).toEqual([...makers.map(() => undefined), "one", "one", "one", undefined, undefined, undefined])
  })

  it.each(makers)("$do: steps on it stay from then on until it is removed", (made) => {
    const [scale, roll, remove] = actors as [Step, Step, Step]
    const steps = [scale, made, roll, ...others, remove, roll, scale, made, roll]
    expect(withoutIdle(steps)).toEqual([made, roll, ...others, remove, made, roll])
  })

  it("has to be made by some step for a plan to be held in a file", () => {
    expect([areMade([]), areMade(others), areMade([...actors, ...makers])]).toEqual([true, true, true])
    expect(areMade([...actors, ...others])).toBe(false)
  })
})
