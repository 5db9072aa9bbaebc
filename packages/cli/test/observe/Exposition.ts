import { Clock, Effect } from "effect"
import { metricsText } from "../../src/observe/Metrics.js"
import { atStart, type State } from "../../src/observe/State.js"

/** One line of what is exported. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus' text format, as far as it is used here. Source: Prometheus, "Exposition formats". */
export const samplesOf = (text: string): ReadonlyArray<Sample> =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, name = "", inside = "", value = ""] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^}]*)\})? (\S+)(?: \d+)?$/.exec(line) ?? []
    return { name, labels: Object.fromEntries(Array.from(inside.matchAll(/(\w+)="([^"]*)"/g), ([, key, text]) => [key, text])), value: Number(value) }
  })

export const exported = (state: State): string => Effect.runSync(Effect.map(Clock.Clock, (clock) => metricsText(state, clock)))

/** What is exported before anything has been seen: every series that there will ever be. */
export const allSeries: ReadonlyArray<Sample> = samplesOf(exported(atStart(60_000, 0)))
