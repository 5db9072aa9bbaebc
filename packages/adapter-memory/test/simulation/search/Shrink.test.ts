import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { live } from "../../../src/simulation/life/Live.js"
import type { Plan, Step } from "../../../src/simulation/life/Plan.js"
import type { Subject } from "../../../src/simulation/life/Subject.js"
import type { Oracle } from "../../../src/simulation/oracle/Oracle.js"
import { shrink } from "../../../src/simulation/search/Shrink.js"

/** Does nothing, and is held to one rule alone. */
const heldTo = (oracle: () => Oracle): Subject => ({ name: "idle", clusterName: "seed", cooldown: 60_000, idleCap: () => 0, oracles: () => ({ only: oracle() }), run: () => Effect.never })

/** A node is never off the schedule: a drain breaks it. */
const noDrain = (): Oracle => ({
  name: "no node is off the schedule",
  change: ({ after, kind }) => kind.plural === "nodes" && JSON.stringify(after?.["spec"] ?? {}).includes(`"unschedulable":true`) ? "one is" : undefined
})

const plan = (steps: ReadonlyArray<Step>): Plan => ({
  seed: "1",
  world: { nodes: 2, instanceType: "m5.large", replicas: 1, asks: "feature", kubelets: "prompt", ec2: { latency: "none", lag: 0, vlanCooldown: 0, releaseDelay: 0, throttle: "off" }, kubernetes: { latency: "none" }, idle: "off" },
  steps,
  quiet: 20
})

const web = { do: "deployment", name: "web", app: "web", replicas: 2 } as const
const drain = { do: "drain", node: 0, takes: 5 } as const

describe("the smallest plan", () => {
  const shrunk = (steps: ReadonlyArray<Step>, most?: number) => {
    const subject = heldTo(noDrain)
    const found = live(plan(steps), subject)
    expect(found.violations.map(({ oracle }) => oracle)).toContain("no node is off the schedule")
    return shrink(found, subject, most)
  }

  it("has what breaks the rule, in a world as simple as can be", () => {
    const { life } = shrunk([{ at: 0, ...web }, { at: 5, do: "roll", name: "web" }, { at: 10, ...drain }, { at: 20, do: "join" }])
    expect(life.plan.steps).toEqual([{ at: 10, ...drain }])
    expect(life.plan.world.nodes).toBe(1)
  })

  it("has no step on a workload that was dropped, that is not made yet, or that was removed: the first try drops them all", () => {
    const steps: ReadonlyArray<Step> = [
      { at: 0, do: "scale", name: "web", replicas: 3 },
      { at: 1, ...web },
      { at: 2, do: "roll", name: "web" },
      { at: 3, do: "remove", name: "web" },
      { at: 4, do: "roll", name: "web" },
      { at: 5, do: "remove", name: "api" },
      { at: 10, ...drain }
    ]
    const { life, tried } = shrunk(steps, 1)
    expect(tried).toBe(1)
    expect(life.plan.steps).toEqual([steps[1], steps[2], steps[3], steps[6]])
  })

  it("loses a workload and the steps on it in one try", () => {
    const steps: ReadonlyArray<Step> = [{ at: 0, do: "join" }, { at: 1, ...web }, { at: 2, do: "roll", name: "web" }, { at: 10, ...drain }]
    expect(shrunk(steps, 1).life.plan.steps).toEqual([steps[3]])
  })
})

describe("a rule that needs a step at which nothing happens", () => {
  /** 2022-09-06T08:00:00Z, at which lives begin. */
  const begin = 1_662_451_200_000
  /** The life goes on for so long, which a step at which nothing happens can bring about, too. */
  const endsEarly = (): Oracle => ({ name: "it ends early", calm: (book) => book.now() - begin >= 40_000 ? ["it does not"] : [] })

  const kinds = (steps: ReadonlyArray<Step>, most: number): ReadonlyArray<string> => {
    const subject = heldTo(endsEarly)
    const found = live(plan(steps), subject)
    expect(found.violations).not.toEqual([])
    return shrink(found, subject, most).life.plan.steps.map((step) => step.do)
  }
  const gone = [{ at: 1, ...web }, { at: 2, do: "remove", name: "web" }, { at: 45, do: "roll", name: "web" }] as const

  it("keeps it, with the workload that a file's plan has to have", () => {
    expect(kinds(gone, 12)).toEqual(["deployment", "roll"])
  })

  it("loses others meanwhile: each is tried without the step, and then with it", () => {
    expect(kinds([{ at: 0, do: "join" }, ...gone], 5)).toEqual(["deployment", "remove", "roll"])
  })

  it("loses others, too, where no file could hold the plan from the beginning", () => {
    expect(kinds([{ at: 0, do: "join" }, { at: 45, do: "roll", name: "ghost" }], 12)).toEqual(["roll"])
  })
})
