import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { usual } from "../../../src/simulation/life/Mix.js"
import { mixes, rough } from "../../../src/simulation/life/Rough.js"
import { planOfLineage } from "../../../src/simulation/search/Mutate.js"
import { formatScenario, parseMix, parseScenario } from "../../../src/simulation/search/ScenarioFile.js"

const good = `about: "a branch is deleted too early"
seed: "17"
world: { nodes: 3, instanceType: m5.large, replicas: 2, asks: feature, kubelets: prompt, ec2: { latency: even, lag: 0, vlanCooldown: 0, releaseDelay: 0, throttle: off }, kubernetes: { latency: near }, idle: off }
steps:
  - { at: 0, do: policy, app: web, groups: [ 0 ] }
  - { at: 1, do: deployment, name: web, app: web, replicas: 3 }
  - { at: 20.5, do: crash, replica: 0, after: 3, side: before, down: 5 }
quiet: 600
`

const problems = (text: string): ReadonlyArray<string> => {
  const read = parseScenario("saved.yaml", text)
  return Result.isFailure(read) ? read.failure.message.split("\n") : []
}

describe("a scenario's file", () => {
  it("says what the plan is, a line a step", () => {
    const read = Result.getOrThrow(parseScenario("saved.yaml", good))
    expect(read.about).toBe("a branch is deleted too early")
    expect(read.plan.steps.map(({ do: kind }) => kind)).toEqual(["policy", "deployment", "crash"])
    expect(formatScenario(read)).toBe(good)
  })

  it("written and read again is the same plan, whatever the plan", () => {
    const plans = Array.from({ length: 200 }, (_, seed) => planOfLineage(`${seed}.${seed % 7}`, seed % 2 === 0 ? usual : rough))
    const read = plans.map((plan) => parseScenario("saved.yaml", formatScenario({ about: "any", plan })))
    // A plan may ask for more than its nodes carry, or act on a workload that was left out: then it is told so, and nothing else.
    const refused = read.flatMap((one) => Result.isFailure(one) ? one.failure.message.split("\n") : [])
    expect(refused.filter((line) => !/ask for a branch each|there is no workload/.test(line))).toEqual([])
    expect(read.filter(Result.isSuccess).length).toBeGreaterThan(120)
    for (const [index, one] of read.entries()) expect(Result.isFailure(one) ? plans[index] : one.success.plan).toEqual(plans[index])
  })

  it("a step that there is not: named with its line, and those that there are", () => {
    const [only, ...others] = problems(good.replace("do: crash", "do: crahs"))
    expect(only).toMatch(/^saved\.yaml:7: steps\[2\]\.do: "crahs" is no step: burst, pinned, deployment, .*crash/)
    expect(others).toEqual([])
  })

  it("fields that are wrong, that are missing and that nobody knows: all of them, each with its line", () => {
    const found = problems(good.replace("nodes: 3", "nodes: 0").replace("replicas: 3 }", "replica: 3 }").replace("at: 20.5", "at: soon"))
    expect(found.some((line) => /^saved\.yaml:3: world\.nodes: .*1 to 100/.test(line)), found.join("\n")).toBe(true)
    const steps = problems(good.replace("replicas: 3 }", "replica: 3 }").replace("at: 20.5", "at: soon"))
    expect(steps.some((line) => line.startsWith("saved.yaml:6: steps[1].replica")), steps.join("\n")).toBe(true)
    expect(steps.some((line) => line.startsWith("saved.yaml:7: steps[2].at")), steps.join("\n")).toBe(true)
  })

  it("a workload that cannot be satisfied: named with its line, and what there is room for", () => {
    expect(problems(good.replace("replicas: 3 }", "replicas: 28 }"))).toEqual([
      "saved.yaml:6: steps[1].replicas: 28 pods ask for a branch each, and all nodes together carry 27"
    ])
    expect(problems(good.replace("m5.large", "t3.large"))).toEqual(["saved.yaml:3: world.instanceType: t3.large carries no branches: nothing can be served"])
  })

  it("steps out of order, and a step on a workload that is not there", () => {
    expect(problems(good.replace("at: 20.5, do: crash, replica: 0, after: 3, side: before, down: 5", "at: 0.5, do: roll, name: api"))).toEqual([
      "saved.yaml:7: steps[2].name: there is no workload api to roll",
      "saved.yaml:7: steps[2].at: is before the step above it"
    ])
  })

  it("what is no YAML: the line where it stops to be some", () => {
    expect(problems("seed: 1\n  steps: [")[0]).toMatch(/^saved\.yaml:[12]: this is no YAML: /)
  })
})

describe("a mix's file", () => {
  it.each(Object.entries(mixes))("the %s one, as it is printed", (_, mix) => {
    expect(Result.getOrThrow(parseMix("mix.yaml", JSON.stringify(mix, null, 2)))).toEqual(mix)
  })

  const refused = (mix: object): string => {
    const read = parseMix("mix.yaml", JSON.stringify(mix, null, 2))
    return Result.isFailure(read) ? read.failure.message : ""
  }

  it("a kind that there is not: named with its line", () => {
    expect(refused({ ...usual, trouble: { ...usual.trouble, crahs: 1 } })).toMatch(/^mix\.yaml:\d+: trouble\.crahs: /)
    expect(refused({ ...usual, sight: { blind: 1 } })).toMatch(/^mix\.yaml:\d+: sight\.blind: /)
    expect(refused({ ...usual, strikes: { ec2: { createTunk: 1 } } })).toMatch(/^mix\.yaml:\d+: strikes\.ec2\.createTunk: /)
    expect(refused({ ...usual, strikes: { kubernetes: { put: 1 } } })).toMatch(/^mix\.yaml:\d+: strikes\.kubernetes\.put: /)
  })

  it("sights and strikes may be left out, and may not be nothing", () => {
    const { sight: _, strikes: __, ...plain } = usual
    expect(refused(plain)).toBe("")
    for (const none of [{ sight: {} }, { sight: { lag: 0 } }]) expect(refused({ ...plain, ...none })).toMatch(/^mix\.yaml:\d+: sight: .*a weight above 0/)
    expect(refused({ ...plain, strikes: { ec2: {} } })).toMatch(/^mix\.yaml:\d+: strikes\.ec2: .*a weight above 0/)
    expect(refused({ ...plain, strikes: { kubernetes: { get: 0 } } })).toMatch(/^mix\.yaml:\d+: strikes\.kubernetes: .*a weight above 0/)
  })
})
