import { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { branchline } from "../../../src/simulation/life/Branchline.js"
import { live } from "../../../src/simulation/life/Live.js"
import { groupAt } from "../../../src/simulation/life/Manifests.js"
import type { Plan } from "../../../src/simulation/life/Plan.js"
import type { Subject } from "../../../src/simulation/life/Subject.js"
import { ownTags } from "../oracle/Scene.js"

/** A job that waits for cooling places: nine pods run for half a minute, and the next nine wait until the branches of those have cooled. */
const longJob: Plan = {
  seed: "job",
  world: { nodes: 1, instanceType: "m5.large", replicas: 1, asks: "feature", kubelets: "prompt", ec2: { latency: "even", lag: 0, vlanCooldown: 0, releaseDelay: 0, throttle: "off" }, kubernetes: { latency: "none" }, idle: "off" },
  steps: [
    { at: 0, do: "policy", app: "web", groups: [0] },
    { at: 30, do: "job", name: "long", app: "web", completions: 60, parallelism: 9, runs: 30 }
  ],
  quiet: 240
}

const idle: Subject = { name: "idle", clusterName: "seed", cooldown: 60_000, idleCap: () => 0, run: () => Effect.never }

describe("a life that ends while a job goes on", () => {
  it("is well although pods wait for their places at the last look", () => {
    const { journal, violations } = live(longJob, branchline())
    expect(violations).toEqual([])
    const calm = journal.findIndex((line) => line.endsWith("all is well"))
    expect(journal.slice(calm).some((line) => /branch interfaces of the node are taken/.test(line))).toBe(true)
  })

  it("is not well where something was left over meanwhile", () => {
    const careful = branchline({ sweepInterval: 3_600_000 })
    const leak = Effect.gen(function*() {
      yield* Effect.sleep("300 seconds")
      const ec2 = yield* Ec2
      const [other] = yield* ec2.describeInterfaces({})
      yield* ec2.createBranch({ subnetId: other?.subnetId ?? "", groups: [groupAt(0)], description: "", tags: ownTags, clientToken: "leak" })
    })
    const leaking: Subject = { ...careful, run: (process) => Effect.andThen(Effect.forkScoped(leak), careful.run(process)) }
    const [only, ...others] = live(longJob, leaking).violations
    expect(only?.oracle).toBe("what was well did not stay so")
    expect(only?.text).toMatch(/^once calm, all are served and nothing is left over: eni-\w+ is nobody's$/)
    expect(others).toEqual([])
  })
})

describe("the figures of a life", () => {
  it("say how often its webhooks were answered, and how many pods were served", () => {
    const plan = { ...longJob, steps: [...longJob.steps.slice(0, 1), { at: 30, do: "burst", name: "pods", app: "web", pods: 3 } as const], quiet: 60 }
    const { answers, podLives } = live(plan, branchline()).figures
    expect(answers).toBeGreaterThanOrEqual(3)
    expect(podLives).toBe(3)
    expect(live(plan, idle).figures).toMatchObject({ answers: 0, podLives: 0 })
  })
})

describe("a controller that goes round in circles", () => {
  it("is told at the moment at which its life was given up", () => {
    const restless: Subject = { ...idle, run: () => Effect.forever(Effect.andThen(Effect.sleep("1 milli"), Effect.yieldNow)) }
    const { violations } = live({ ...longJob, quiet: 600 }, restless)
    const last = violations.at(-1)
    expect(last?.oracle).toBe("the world itself goes on")
    expect(last?.at).toBeGreaterThan(30_000)
  })
})
