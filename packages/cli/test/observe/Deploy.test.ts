import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parser } from "@prometheus-io/lezer-promql"
import { describe, expect, it } from "vitest"
import { parse, parseAllDocuments } from "yaml"
import { kinds } from "../../src/cluster/Kinds.js"
import { conditionTypes } from "../../src/observe/Conditions.js"
import { endpointSlices } from "../../src/observe/Endpoints.js"
import { unwanted } from "../../src/observe/LookAt.js"
import { catalogue, type MetricDefinition } from "../../src/observe/Metrics.js"
import { allSeries } from "./Exposition.js"

const file = (name: string): string => readFileSync(fileURLToPath(new URL(`../../../../${name}`, import.meta.url)), "utf8")

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
const rulesFile: { readonly groups: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<Rule> }> } = parse(file("deploy/cli/observe/alerts.yaml"))
const alerts = rulesFile.groups.flatMap(({ rules }) => rules)

interface Panel {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: ReadonlyArray<{ readonly refId: string; readonly expr: string; readonly legendFormat: string }>
}
const dashboard: {
  readonly panels: ReadonlyArray<Panel>
  readonly annotations: { readonly list: ReadonlyArray<{ readonly expr: string; readonly titleFormat: string }> }
} = JSON.parse(file("deploy/cli/observe/dashboard.json"))
const queries = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr, legendFormat }) => ({ expr, legend: legendFormat }))),
  ...dashboard.annotations.list.map(({ expr, titleFormat }) => ({ expr, legend: titleFormat }))
]

/** What a query names: metrics, with the labels by which they are chosen. */
interface Selector {
  readonly metric: string
  readonly labels: ReadonlyArray<{ readonly label: string; readonly operator: string; readonly value: string }>
}

/** A query as Prometheus' own grammar reads it; the errors are what it could not read. Grafana's variable stands for a length of time. */
const read = (query: string): { readonly errors: number; readonly selectors: ReadonlyArray<Selector>; readonly grouped: ReadonlyArray<string> } => {
  const text = query.replaceAll("$__rate_interval", "5m")
  const selectors: Array<Selector> = []
  const grouped: Array<string> = []
  let errors = 0
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) errors++
      if (node.name === "GroupingLabels") grouped.push(...node.node.getChildren("LabelName").map(({ from, to }) => text.slice(from, to)))
      if (node.name !== "VectorSelector") return
      const name = node.node.getChild("Identifier")
      const matchers = node.node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []
      selectors.push({
        metric: name === null ? "" : text.slice(name.from, name.to),
        labels: matchers.map((matcher) => {
          const part = (kind: string): string => {
            const found = matcher.getChild(kind)
            return found === null ? "" : text.slice(found.from, found.to)
          }
          return { label: part("LabelName"), operator: part("MatchOp"), value: part("StringLiteral").slice(1, -1) }
        })
      })
    }
  })
  return { errors, selectors, grouped }
}

/** What of a query means nothing: a metric that is not exported, a label that it has not, a value that the label never has. */
const nonsense = (query: string): ReadonlyArray<string> => {
  const { errors, grouped, selectors } = read(query)
  const labelsOf = (metric: string): ReadonlyArray<string> => Object.keys(catalogue[metric as keyof typeof catalogue]?.labels ?? {})
  return [
    ...(errors > 0 ? ["cannot be read"] : []),
    ...(selectors.length === 0 ? ["names nothing"] : []),
    ...selectors.flatMap(({ labels, metric }) => {
      const series = allSeries.filter(({ name }) => name === metric)
      if (series.length === 0) return [`there is no metric ${metric}`]
      const chosen = series.filter((one) =>
        labels.every(({ label, operator, value }) => operator === "=" ? one.labels[label] === value : operator === "=~" && new RegExp(`^(?:${value})$`).test(one.labels[label] ?? "")))
      return chosen.length === 0 ? [`${metric} has no series with ${JSON.stringify(labels)}`] : []
    }),
    ...grouped.filter((label) => !selectors.some(({ metric }) => labelsOf(metric).includes(label))).map((label) => `nothing has the label ${label}`)
  ]
}

const used = (text: string, pattern: RegExp): ReadonlyArray<string> => Array.from(text.matchAll(pattern), ([, name = ""]) => name)
const anchors = (page: string): ReadonlySet<string> =>
  new Set(page.split("\n").filter((line) => line.startsWith("#")).map((line) => line.replace(/^#+ /, "").toLowerCase().replaceAll("`", "").replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-")))

describe("what is asked of Prometheus", () => {
  it("would be refused where it names what is not exported", () => {
    expect(nonsense("sum by (kind (rate(branchline_observe_looks_total[5m]))")).toContain("cannot be read")
    expect(nonsense("branchline_observe_nothing > 0")).toEqual(["there is no metric branchline_observe_nothing"])
    expect(nonsense(`branchline_observe_condition{condition="NoSuch"} == 1`)).toHaveLength(1)
    expect(nonsense(`branchline_observe_condition{kind="PodsAsk"} == 1`)).toHaveLength(1)
    expect(nonsense("sum by (node) (branchline_observe_differences)")).toEqual(["nothing has the label node"])
    expect(nonsense(`sum by (condition) (branchline_observe_condition{status=~"False|Unknown"})`)).toEqual([])
  })
})

describe("alerts.yaml", () => {
  it("is a rule file: groups of alerts with lengths of time, severities and words", () => {
    expect(Object.keys(rulesFile)).toEqual(["groups"])
    for (const group of rulesFile.groups) expect(Object.keys(group).toSorted()).toEqual(["name", "rules"])
    for (const alert of alerts) {
      expect(["alert", "expr", "for", "labels", "annotations"]).toEqual(expect.arrayContaining(Object.keys(alert)))
      expect(alert.alert).toMatch(/^Branchline[A-Z][A-Za-z]+$/)
      expect(alert.for ?? "1m").toMatch(/^\d+[smhd]$/)
      expect(Object.keys(alert.labels)).toEqual(["severity"])
      expect(["critical", "warning", "info"]).toContain(alert.labels["severity"])
      expect(Object.keys(alert.annotations)).toEqual(["summary", "description", "runbook"])
    }
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  })

  it.each(alerts)("$alert asks for what is exported, and tells of labels that it has", ({ annotations, expr }) => {
    expect(nonsense(expr)).toEqual([])
    const labels = read(expr).selectors.flatMap(({ metric }) => Object.keys((catalogue as Readonly<Record<string, MetricDefinition>>)[metric]?.labels ?? {}))
    for (const name of used(Object.values(annotations).join(" "), /\{\{ \$labels\.(\w+) \}\}/g)) expect(labels).toContain(name)
  })

  it("has one for each condition, and leads to where that is written down", () => {
    const conditions = alerts.flatMap(({ expr }) => used(expr, /condition="(\w+)",status="False"/g))
    expect([...conditions, "ClusterSeen"].toSorted()).toEqual([...conditionTypes].toSorted())
    const there = anchors(file("docs/cli/observe.md"))
    for (const { annotations } of alerts) expect(there).toContain(/^docs\/cli\/observe\.md#(.+)$/.exec(annotations["runbook"] ?? "")?.[1])
  })
})

describe("dashboard.json", () => {
  it.each(queries)("asks $expr", ({ expr, legend }) => {
    expect(nonsense(expr)).toEqual([])
    const { grouped, selectors } = read(expr)
    const labels = grouped.length > 0 ? grouped : selectors.flatMap(({ metric }) => Object.keys((catalogue as Readonly<Record<string, MetricDefinition>>)[metric]?.labels ?? {}))
    for (const name of used(legend, /\{\{(\w+)\}\}/g)) expect(labels).toContain(name)
  })

  it("has panels that lie beside one another, each with words", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = new Set<string>()
    for (const { description, gridPos: { h, w, x, y }, title } of dashboard.panels) {
      expect(title.length * description.length).toBeGreaterThan(0)
      expect(x + w).toBeLessThanOrEqual(24)
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          expect(cells.has(`${row} ${column}`)).toBe(false)
          cells.add(`${row} ${column}`)
        }
      }
    }
  })

  it("shows every metric but the version", () => {
    const shown = new Set(queries.flatMap(({ expr }) => read(expr).selectors.map(({ metric }) => metric)))
    expect(Object.keys(catalogue).filter((name) => !shown.has(name))).toEqual(["branchline_observe_build_info"])
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: ReadonlyArray<{ readonly apiGroups: ReadonlyArray<string>; readonly resources: ReadonlyArray<string>; readonly verbs: ReadonlyArray<string>; readonly resourceNames?: ReadonlyArray<string> }>
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: ReadonlyArray<{ readonly args: ReadonlyArray<string> }> } } }
}
const manifests = ["rbac.yaml", "deployment.yaml", "service.yaml"].flatMap((name) => parseAllDocuments(file(`deploy/cli/observe/${name}`)).map((document): Manifest => document.toJS()))

describe("the rights of deploy/cli/observe", () => {
  const rules = manifests.flatMap(({ rules: some }) => some ?? [])

  it("are to list, and nothing else", () => {
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["list"]))
  })

  it("are those that it takes to see all that is looked at", () => {
    const wanted = [
      ...Object.entries(kinds).flatMap(([name, { resource: { group, plural } }]) => (unwanted as ReadonlyArray<string>).includes(name) ? [] : [`${group}/${plural}`]),
      `${endpointSlices.group}/${endpointSlices.plural}`
    ]
    const granted = rules.flatMap(({ apiGroups, resources }) => apiGroups.flatMap((group) => resources.map((plural) => `${group}/${plural}`)))
    expect(granted.toSorted()).toEqual(wanted.toSorted())
  })
})
