import type { Definition } from "./Definition.js"
import { own } from "./Own.js"
import { upstream } from "./Upstream.js"

/** Every metric that there is. */
export const catalogue = { ...upstream, ...own } as const

export type MetricName = keyof typeof catalogue

type OfType<T extends Definition["type"]> = { readonly [Name in MetricName]: (typeof catalogue)[Name]["type"] extends T ? Name : never }[MetricName]
export type CounterName = OfType<"counter">
export type GaugeName = OfType<"gauge">
export type DistributionName = OfType<"histogram" | "summary">

/** A metric's definition. */
export const definitionOf = (name: MetricName): Definition => catalogue[name]

const rows = (names: Readonly<Record<string, Definition>>): ReadonlyArray<string> => [
  "| name | type | labels | what it tells |",
  "|---|---|---|---|",
  ...Object.entries(names).map(([name, { constant, help, labels = [], type }]) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help}${constant === undefined ? "" : `; always 0: ${constant}`} |`
  )
]

/** The catalogue as Markdown, for people. */
export const documentation = (): string =>
  [
    "# Metrics",
    "",
    "This page is made from `src/operations/metrics`; a test holds it to that.",
    "",
    "## Upstream's, for the dashboards that read them",
    "",
    ...rows(upstream),
    "",
    "## Branchline's own",
    "",
    ...rows(own),
    ""
  ].join("\n")
