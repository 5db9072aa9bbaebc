import { Clock, Context, Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { catalogue, type CounterName, definitionOf, type DistributionName, type GaugeName, type MetricName } from "./Catalogue.js"
import type { Definition, Labels } from "./Definition.js"

/** One series that numbers are given to. Synchronous, and cheap enough for every call: 0.1 to 0.2 µs. */
export type Instrument = (value: number) => void

/** The metrics of one process part, in a registry of its own: two in one process do not mix. */
export interface Instruments {
  /** What is given is added. */
  readonly counter: (name: CounterName, labels?: Labels) => Instrument
  /** What is given is the total since some start; where it falls, the source has started anew. */
  readonly total: (name: CounterName, labels?: Labels) => Instrument
  readonly gauge: (name: GaugeName, labels?: Labels) => Instrument
  readonly distribution: (name: DistributionName, labels?: Labels) => Instrument
  /** Prometheus text format 0.0.4. */
  readonly text: Effect.Effect<string>
}

const describe = ({ constant, help }: Definition): string => (constant === undefined ? help : `${help}; always 0: ${constant}`)

const create = (name: MetricName, attributes: Labels): Metric.Metric<number, unknown> => {
  const definition = definitionOf(name)
  const options = { description: describe(definition), attributes }
  switch (definition.type) {
    case "counter":
      return Metric.counter(name, { ...options, incremental: true })
    case "gauge":
      return Metric.gauge(name, options)
    case "histogram":
      return Metric.histogram(name, { ...options, boundaries: definition.buckets ?? [] })
    case "summary": {
      const quantiles = definition.quantiles ?? []
      return Metric.summary(name, { ...options, quantiles, maxAge: "10 minutes", maxSize: quantiles.length === 0 ? 0 : 2_000 })
    }
  }
}

/** Metrics that start at 0; those without labels are there from the start, as Prometheus advises. */
export const make: Effect.Effect<Instruments> = Effect.map(Clock.Clock, (clock) => {
  const context = Context.make(Metric.MetricRegistry, new Map()).pipe(Context.add(Clock.Clock, clock)) as Context.Context<never>
  const series = new Map<string, Instrument>()
  const totals = new Map<string, number>()

  const keyOf = (name: MetricName, labels: Labels): string => `${name}\0${Object.values(labels).join("\0")}`
  const instrument = (name: MetricName, labels: Labels = {}): Instrument => {
    const key = keyOf(name, labels)
    const known = series.get(key)
    if (known !== undefined) return known
    const metric = create(name, labels)
    const update: Instrument = (value) => metric.updateUnsafe(value, context)
    series.set(key, update)
    return update
  }

  for (const name of Object.keys(catalogue) as ReadonlyArray<MetricName>) {
    const { labels, type } = definitionOf(name)
    if (labels === undefined && (type === "counter" || type === "gauge")) instrument(name)(0)
  }
  return {
    counter: instrument,
    total: (name, labels = {}) => {
      const key = keyOf(name, labels)
      const add = instrument(name, labels)
      return (value) => {
        const before = totals.get(key) ?? 0
        totals.set(key, value)
        add(value < before ? value : value - before)
      }
    },
    gauge: instrument,
    distribution: instrument,
    text: Effect.sync(() => PrometheusMetrics.formatUnsafe(context))
  }
})
