import { Clock, Context, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { version } from "../Version.js"
import { conditionTypes, observedKinds } from "./Conditions.js"
import type { State } from "./State.js"
import { isSeen, sources } from "./Sources.js"

/** A metric. Every label's values are known beforehand: how many series there are does not depend on the cluster. */
export interface MetricDefinition {
  readonly type: "counter" | "gauge"
  readonly help: string
  /** Labels and their values. */
  readonly labels: Readonly<Record<string, ReadonlyArray<string>>>
}

const statuses = ["True", "False", "Unknown"] as const

/** Everything that `/metrics` exports. */
export const catalogue = {
  branchline_observe_build_info: { type: "gauge", help: "Always 1; the version is a label", labels: { version: [version] } },
  branchline_observe_condition: { type: "gauge", help: "1 for the status that the condition has, else 0; True is well", labels: { condition: conditionTypes, status: statuses } },
  branchline_observe_condition_transition_timestamp_seconds: {
    type: "gauge",
    help: "When the condition's status became what it is; 0 before the first look",
    labels: { condition: conditionTypes }
  },
  branchline_observe_differences: { type: "gauge", help: "Differences between what is and what should be, by kind", labels: { kind: observedKinds } },
  branchline_observe_differences_appeared_total: { type: "counter", help: "Differences that have appeared since the start, by kind", labels: { kind: observedKinds } },
  branchline_observe_looks_total: { type: "counter", help: "Looks by what came of them", labels: { outcome: ["seen", "failed"] } },
  branchline_observe_look_duration_seconds: { type: "gauge", help: "How long the last look took", labels: {} },
  branchline_observe_last_look_timestamp_seconds: { type: "gauge", help: "When the last look that saw something was taken; 0 before it", labels: {} },
  branchline_observe_interval_seconds: { type: "gauge", help: "How often is looked", labels: {} },
  branchline_observe_source_seen: { type: "gauge", help: "1 where the last look saw all of the source, else 0", labels: { source: sources } },
  branchline_observe_pods: {
    type: "gauge",
    help: "Living pods that ask for a branch interface: served, waiting on a node, or without node",
    labels: { state: ["served", "waiting", "unbound"] }
  },
  branchline_observe_nodes: { type: "gauge", help: "Nodes that ask for a trunk, and others", labels: { state: ["asking", "other"] } },
  branchline_observe_slots: { type: "gauge", help: "Branch interfaces that the nodes offer to the scheduler", labels: {} }
} as const satisfies Readonly<Record<string, MetricDefinition>>
export type MetricName = keyof typeof catalogue

type Write = (name: MetricName, value: number, labels?: Readonly<Record<string, string>>) => void

const write = ({ every, extents, judgement, looks, lookTook, numbers }: State, put: Write): void => {
  const { conditions, memory } = judgement ?? { conditions: [], memory: undefined }
  const counts = new Map<string, number>()
  for (const { what } of memory?.standing.values() ?? []) counts.set(what._tag, (counts.get(what._tag) ?? 0) + 1)
  put("branchline_observe_build_info", 1, { version })
  for (const condition of conditionTypes) {
    const is = conditions.find(({ type }) => type === condition)
    for (const status of statuses) put("branchline_observe_condition", (is?.status ?? "Unknown") === status ? 1 : 0, { condition, status })
    put("branchline_observe_condition_transition_timestamp_seconds", (is?.lastTransitionTime ?? 0) / 1000, { condition })
  }
  for (const kind of observedKinds) {
    put("branchline_observe_differences", counts.get(kind) ?? 0, { kind })
    put("branchline_observe_differences_appeared_total", memory?.appeared.get(kind) ?? 0, { kind })
  }
  put("branchline_observe_looks_total", looks.seen, { outcome: "seen" })
  put("branchline_observe_looks_total", looks.failed, { outcome: "failed" })
  put("branchline_observe_look_duration_seconds", lookTook / 1000)
  put("branchline_observe_last_look_timestamp_seconds", (memory?.lastLook ?? 0) / 1000)
  put("branchline_observe_interval_seconds", every / 1000)
  for (const source of sources) put("branchline_observe_source_seen", extents !== undefined && isSeen(extents[source]) ? 1 : 0, { source })
  put("branchline_observe_pods", numbers.served, { state: "served" })
  put("branchline_observe_pods", numbers.waiting, { state: "waiting" })
  put("branchline_observe_pods", numbers.unbound, { state: "unbound" })
  put("branchline_observe_nodes", numbers.asking, { state: "asking" })
  put("branchline_observe_nodes", numbers.others, { state: "other" })
  put("branchline_observe_slots", numbers.slots)
}

/** The state in Prometheus' text format 0.0.4: a function of it, so that nothing stays behind in a registry. */
export const metricsText = (state: State, clock: Clock.Clock): string => {
  const registry = Context.make(Metric.MetricRegistry, new Map()).pipe(Context.add(Clock.Clock, clock)) as Context.Context<never>
  write(state, (name, value, labels = {}) => {
    const { help: description, type } = catalogue[name]
    const options = { description, attributes: labels }
    const metric: Metric.Metric<number, unknown> = type === "counter" ? Metric.counter(name, { ...options, incremental: true }) : Metric.gauge(name, options)
    metric.updateUnsafe(value, registry)
  })
  return PrometheusMetrics.formatUnsafe(registry)
}
