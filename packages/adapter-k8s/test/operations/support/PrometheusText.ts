/**
 * A reader of Prometheus' text format 0.0.4 that knows nothing of who writes it, and refuses what a scraper would.
 *
 * Source: Prometheus, "Exposition formats", "Text format details".
 */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const types = ["counter", "gauge", "histogram", "summary", "untyped"]

const fail = (line: number, why: string): never => {
  throw new Error(`line ${line}: ${why}`)
}

const valueOf = (text: string, line: number): number => {
  if (text === "+Inf") return Infinity
  if (text === "-Inf") return -Infinity
  if (text === "NaN") return NaN
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : fail(line, `${text} is no number`)
}

const labelsOf = (text: string, line: number): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== "") {
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/.exec(rest)
    if (found === null) return fail(line, `${rest} are no labels`)
    const [all, name = "", value = ""] = found
    if (name in labels) fail(line, `the label ${name} is there twice`)
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped))
    rest = rest.slice(all.length)
  }
  return labels
}

const belongsTo = (family: { readonly name: string; readonly type: string }, name: string): boolean => {
  const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : family.type === "summary" ? ["", "_sum", "_count"] : [""]
  return suffixes.some((suffix) => name === `${family.name}${suffix}`)
}

/** The families of a page, in their order. Throws with the line where it is none. */
export const parse = (page: string): ReadonlyMap<string, Family> => {
  if (page !== "" && !page.endsWith("\n")) throw new Error("the last line does not end")
  const families = new Map<string, Family & { readonly samples: Array<Sample> }>()
  const seen = new Set<string>()
  let help: { readonly name: string; readonly text: string } | undefined
  let current: (Family & { readonly samples: Array<Sample> }) | undefined
  for (const [index, text] of page.split("\n").slice(0, -1).entries()) {
    const line = index + 1
    if (text === "") continue
    if (text.startsWith("# HELP ")) {
      const [, , name = "", ...words] = text.split(" ")
      help = { name, text: words.join(" ") }
      current = undefined
      continue
    }
    if (text.startsWith("# TYPE ")) {
      const [, , name = "", type = "", ...more] = text.split(" ")
      if (!metricName.test(name)) fail(line, `${name} is no name of a metric`)
      if (!types.includes(type) || more.length > 0) fail(line, `${type} is no type`)
      if (families.has(name)) fail(line, `${name} is there twice`)
      current = { name, type, help: help?.name === name ? help.text : "", samples: [] }
      families.set(name, current)
      continue
    }
    if (text.startsWith("#")) continue
    const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(text)
    if (found === null) return fail(line, `${text} is no sample`)
    const [, name = "", labels = "", value = ""] = found
    if (current === undefined || !belongsTo(current, name)) return fail(line, `${name} stands outside of its family`)
    const sample = { name, labels: labelsOf(labels, line), value: valueOf(value, line) }
    const identity = `${name}${JSON.stringify(Object.entries(sample.labels).sort())}`
    if (seen.has(identity)) fail(line, `${identity} is there twice`)
    seen.add(identity)
    current.samples.push(sample)
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family)
  return families
}

const checkHistogram = (family: Family): void => {
  const series = new Map<string, Array<Sample>>()
  for (const sample of family.samples) {
    const { le: _, ...others } = sample.labels
    const key = JSON.stringify(Object.entries(others).sort())
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const [of, samples] of series) {
    const buckets = samples.filter(({ name }) => name.endsWith("_bucket")).map(({ labels, value }) => ({ bound: Number(labels["le"]!.replace("+Inf", "Infinity")), value }))
    const count = samples.find(({ name }) => name.endsWith("_count"))?.value
    const isAscending = buckets.every(({ bound, value }, index) => index === 0 || (bound > buckets[index - 1]!.bound && value >= buckets[index - 1]!.value))
    if (!isAscending || buckets.at(-1)?.bound !== Infinity || buckets.at(-1)?.value !== count) throw new Error(`${family.name}${of} is no histogram`)
  }
}

/** The one sample of a name whose labels are these; undefined where there is none. */
export const sampleOf = (families: ReadonlyMap<string, Family>, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined => {
  const wanted = JSON.stringify(Object.entries(labels).sort())
  for (const family of families.values()) {
    if (!belongsTo(family, name)) continue
    const sample = family.samples.find((one) => one.name === name && JSON.stringify(Object.entries(one.labels).sort()) === wanted)
    if (sample !== undefined) return sample.value
  }
  return undefined
}

/** Everything that may only grow: counters, and the counts of histograms and summaries, by identity. */
export const growing = (families: ReadonlyMap<string, Family>): ReadonlyMap<string, number> => {
  const values = new Map<string, number>()
  for (const { samples, type } of families.values()) {
    for (const { labels, name, value } of samples) {
      const grows = type === "counter" || ((type === "histogram" || type === "summary") && (name.endsWith("_count") || name.endsWith("_bucket")))
      if (grows) values.set(`${name}${JSON.stringify(Object.entries(labels).sort())}`, value)
    }
  }
  return values
}
