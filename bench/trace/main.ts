import { rmSync } from "node:fs"
import { parse, print, say } from "../CommandLine.js"
import type { Figure } from "../Figure.js"
import { parts } from "./Parts.js"
import { type Cost, run } from "./Program.js"
import { write, type Written, zipped } from "./Written.js"

/** As many as make two gigabytes. */
const records = 1_150_000

interface TraceMeasure {
  readonly name: string
  readonly title: string
  readonly run: (log: Written) => Promise<ReadonlyArray<Figure>>
}

const mega = 1e6

const costs = (name: string, bytes: number, { peak, processorSeconds, seconds }: Cost): ReadonlyArray<Figure> => [
  { name: `${name}: of one core's time`, value: bytes / mega / processorSeconds, unit: "MB/s", aim: { at: "least", value: 50 }, note: `${processorSeconds.toFixed(1)} s of processor for ${(bytes / 1e9).toFixed(2)} GB` },
  { name: `${name}: by the clock`, value: bytes / mega / seconds, unit: "MB/s" },
  { name: `${name}: peak memory`, value: peak / mega, unit: "MB", aim: { at: "most", value: 200 } }
]

interface WindowOutput {
  readonly pods: { readonly created: number; readonly annotated: number; readonly failedOpen: number }
  readonly foreign: { readonly count: number }
  readonly reading: { readonly lines: number; readonly parsed: number }
}

/** What the program found is what was generated, or its speed is worth nothing. */
const check = ({ truth }: Written, { foreign, pods, reading }: WindowOutput): void => {
  const found = [reading.lines, pods.created, pods.annotated, pods.failedOpen, foreign.count]
  const expected = [truth.records, truth.created, truth.annotated, truth.failedOpen, truth.foreign]
  if (found.join() !== expected.join()) throw new Error(`found ${found.join()} where ${expected.join()} was generated`)
}

const window = async (log: Written, path: string, name: string): Promise<ReadonlyArray<Figure>> => {
  const cost = await run(["trace", "window", "-o", "json", "-q", path])
  const output = JSON.parse(cost.output) as WindowOutput
  check(log, output)
  const { lines, parsed } = output.reading
  return [...costs(name, log.bytes, cost), { name: `${name}: records parsed`, value: 100 * parsed / lines, unit: "%", note: `${parsed} of ${lines}` }]
}

const measures: ReadonlyArray<TraceMeasure> = [
  { name: "window", title: "a whole window", run: (log) => window(log, log.path, "window") },
  {
    name: "gzip",
    title: "the same, gzipped",
    run: async (log) => {
      const path = await zipped(log.path)
      try {
        return await window(log, path, "window of a gzipped file")
      } finally {
        rmSync(path)
      }
    }
  },
  {
    name: "pod",
    title: "one pod's story",
    run: async (log) => costs("one pod", log.bytes, await run(["trace", "pod", "web-7d9f-00100", "-n", "team-16", "-o", "json", "-q", log.path]))
  },
  {
    name: "parts",
    title: "what the time goes to, in a process that is warm",
    run: async ({ bytes, path }) => {
      parts(path)
      return parts(path).map(([name, seconds]) => ({ name, value: bytes / mega / seconds, unit: "MB/s" }))
    }
  }
]

const { json, wanted } = parse<TraceMeasure>({
  command: "npm run bench:trace",
  about: `How fast branchline trace reads audit records, and in how much memory: ${records} generated ones, two gigabytes in the folder for temporary files.`,
  measures
})
const log = write(records, (text) => say(`  ${text} …`))
const figures: Array<Figure> = []
try {
  for (const measure of wanted) {
    say(`${measure.name}: ${measure.title}`)
    figures.push(...await measure.run(log))
  }
} finally {
  log.remove()
}
print(figures, json)
