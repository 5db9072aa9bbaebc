import { describe, expect, it } from "vitest"
import { branchline } from "../../../src/simulation/life/Branchline.js"
import { live } from "../../../src/simulation/life/Live.js"
import type { Plan } from "../../../src/simulation/life/Plan.js"
import type { Subject } from "../../../src/simulation/life/Subject.js"

type World = Plan["world"]
const plan = (ec2: Partial<World["ec2"]> = {}, changes: Partial<Plan> = {}): Plan => ({
  seed: "1",
  world: {
    nodes: 1,
    instanceType: "m5.large",
    replicas: 1,
    asks: "feature",
    kubelets: "prompt",
    ec2: { latency: "even", lag: 0, vlanCooldown: 0, releaseDelay: 0, throttle: "off", ...ec2 },
    kubernetes: { latency: "none" },
    idle: "off"
  },
  steps: [{ at: 0, do: "policy", app: "web", groups: [0] }],
  quiet: 900,
  ...changes
})
const rule = "who comes when all is well is served soon"
const late = (soon: number, of = plan()) => live(of, { ...branchline(), soon }).violations.map(({ oracle, text }) => [oracle, text])

describe("who comes while all is well", () => {
  it("is served soon, also where the policy was wrong before", () => {
    const { journal, violations } = live(plan(), branchline())
    expect(violations).toEqual([])
    expect(journal.filter((line) => line.includes("newcomer-late runs with 10.")).length).toBe(1)
    expect(journal.filter((line) => /newcomer-[12] runs with 10\./.test(line)).length).toBe(2)
  })

  it("is told where he is not, and may wait four times as long where EC2 is slow or throttles", () => {
    const told = ["1", "2", "late"].map((name) => [rule, `default/newcomer-${name} of ip-10-0-0-4.eu-west-1.compute.internal is not served within 0.1 s`])
    expect(late(100).toSorted()).toEqual(told)
    expect(late(10, plan({ throttle: "documented" }))[0]?.[1]).toContain("within 0.04 s")
    expect(late(10, plan({ latency: "tailed" }))[0]?.[1]).toContain("within 0.04 s")
  })

  it("does not come where the subject says so, no policy is there, or the quiet is too short", () => {
    const comes = (of: Plan, changes: Partial<Subject> = {}) => live(of, { ...branchline(), ...changes }).journal.some((line) => line.includes("newcomers come"))
    expect(comes(plan())).toBe(true)
    expect([comes(plan(), { soon: Infinity }), comes(plan({}, { steps: [] })), comes(plan({}, { quiet: 600 }))]).toEqual([false, false, false])
  })

  it("waits until whoever watched in vain has noticed", () => {
    const silent = plan({}, { steps: [...plan().steps, { at: 300, do: "watches", what: "silence" }] })
    const { journal, violations } = live(silent, branchline())
    expect(violations).toEqual([])
    expect(journal.some((line) => line.startsWith("+000480.") && line.includes("newcomers come"))).toBe(true)
  })

  it("finds no room where somebody has deleted the trunk and no sweep comes by, and where nobody asks any more", () => {
    const withStep = (step: Plan["steps"][number]) => late(15_000, plan({}, { steps: [...plan().steps, step] }))
    expect(withStep({ at: 60, do: "trunk", node: 0 })).toEqual([])
    expect(withStep({ at: 60, do: "feature", node: 0 })).toEqual([])
  })
})
