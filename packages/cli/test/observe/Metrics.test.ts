import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { catalogue, type MetricDefinition } from "../../src/observe/Metrics.js"
import { atStart } from "../../src/observe/State.js"
import { pod } from "../support/Documents.js"
import { played } from "../support/Live.js"
import { healthy, watching } from "./Beside.js"
import { allSeries, exported, type Sample, samplesOf } from "./Exposition.js"

const seriesOf = ({ labels, name }: Sample): string => `${name}${JSON.stringify(labels)}`
const valueOf = (samples: ReadonlyArray<Sample>, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  samples.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))?.value

/** A cluster in which many pods slipped past the webhook, observed for a while. */
const troubled = (count: number) =>
  played(Effect.gen(function*() {
    const { world } = yield* healthy({ nodes: 2 })
    yield* world.apply(pod("web-1"))
    yield* world.waitForPhase("web-1", "Running")
    const watch = yield* watching(world)
    yield* watch.rounds(2)
    yield* world.serveWebhooks(() => Effect.fail("away"))
    for (let at = 0; at < count; at++) yield* world.apply(pod(`slipped-${at}`))
    yield* watch.rounds(3)
    return yield* watch.observer.state
  }))

describe("metrics", () => {
  it("are of as many series before the first look as with many differences: names of pods are no labels", () => {
    const few = samplesOf(exported(troubled(1)))
    const many = samplesOf(exported(troubled(25)))
    expect(few.map(seriesOf)).toEqual(allSeries.map(seriesOf))
    expect(many.map(seriesOf)).toEqual(allSeries.map(seriesOf))
    expect(allSeries.length).toBeLessThan(200)
    expect(JSON.stringify(many)).not.toContain("slipped")
  })

  it("are named branchline_observe_…, have help, type and the labels of the catalogue, and no other", () => {
    const text = exported(atStart(60_000, 0))
    const names = [...new Set(allSeries.map(({ name }) => name))]
    expect(names.toSorted()).toEqual(Object.keys(catalogue).toSorted())
    for (const [name, { help, labels, type }] of Object.entries<MetricDefinition>(catalogue)) {
      expect(name).toMatch(type === "counter" ? /^branchline_observe_[a-z_]+_total$/ : /^branchline_observe_[a-z_]+(?<!_total)$/)
      expect(text).toContain(`# HELP ${name} ${help}`)
      expect(text).toContain(`# TYPE ${name} ${type}`)
      const mine = allSeries.filter((one) => one.name === name)
      expect(mine).toHaveLength(Object.values(labels).reduce((product, values) => product * values.length, 1))
      for (const one of mine) {
        expect(Object.keys(one.labels).toSorted()).toEqual(Object.keys(labels).toSorted())
        for (const [label, value] of Object.entries(one.labels)) expect(labels[label]).toContain(value)
      }
    }
  })

  it("tell conditions, differences, looks and numbers", () => {
    const samples = samplesOf(exported(troubled(3)))
    expect(valueOf(samples, "branchline_observe_condition", { condition: "PodsAsk", status: "False" })).toBe(1)
    expect(valueOf(samples, "branchline_observe_condition", { condition: "PodsAsk", status: "True" })).toBe(0)
    expect(valueOf(samples, "branchline_observe_condition", { condition: "CniNodesInPlace", status: "True" })).toBe(1)
    expect(valueOf(samples, "branchline_observe_differences", { kind: "RequestMissing" })).toBe(3)
    expect(valueOf(samples, "branchline_observe_differences_appeared_total", { kind: "RequestMissing" })).toBe(3)
    expect(valueOf(samples, "branchline_observe_looks_total", { outcome: "seen" })).toBe(5)
    expect(valueOf(samples, "branchline_observe_interval_seconds")).toBe(30)
    expect(valueOf(samples, "branchline_observe_pods", { state: "served" })).toBe(1)
    expect(valueOf(samples, "branchline_observe_nodes", { state: "asking" })).toBe(2)
    expect(valueOf(samples, "branchline_observe_slots")).toBe(18)
    expect(samples.filter(({ name, value }) => name === "branchline_observe_condition" && value === 1)).toHaveLength(15)
    const statuses = samples.filter(({ labels, name, value }) => name === "branchline_observe_condition" && labels["status"] === "False" && value === 1)
    expect(statuses.map(({ labels }) => labels["condition"])).toEqual(["PodsAsk"])
  })

  it("say Unknown before the first look", () => {
    expect(allSeries.filter(({ labels, name, value }) => name === "branchline_observe_condition" && value !== Number(labels["status"] === "Unknown"))).toEqual([])
  })
})
