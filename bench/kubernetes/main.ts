import { parseArgs } from "node:util"
import { isMet, table } from "../Figure.js"
import { machine } from "../Machine.js"
import { latency } from "./Latency.js"
import type { LongMeasure } from "./LongMeasure.js"
import { restart } from "./Restart.js"
import { webhook } from "./Webhook.js"

const measures: ReadonlyArray<LongMeasure> = [webhook, latency, restart]

const usage = `usage: npm run bench:kubernetes -- [--only NAME]... [--json]

Measures against a real API server, which it starts itself: KUBEBUILDER_ASSETS names the folder with its programs.

  --only NAME   one measure, or several of them:
${measures.map(({ name, title }) => `                  ${name.padEnd(10)} ${title}`).join("\n")}
  --json        figures as JSON
  --help        this text
`

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const fail = (text: string): never => {
  say(text)
  process.exit(1)
}

const parse = () => {
  try {
    return parseArgs({
      options: { only: { type: "string", multiple: true }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } }
    }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

const { help, json, only } = parse()
if (help === true) {
  process.stdout.write(usage)
} else {
  const unknown = (only ?? []).find((name) => !measures.some((measure) => measure.name === name))
  if (unknown !== undefined) fail(`there is no measure "${unknown}"\n\n${usage}`)
  const figures = []
  for (const { name, run, title } of measures) {
    if (only !== undefined && !only.includes(name)) continue
    say(`${name}: ${title}`)
    let last = ""
    figures.push(...await run((text) => {
      if (text !== last) say(`  ${text} …`)
      last = text
    }))
  }
  const report = { machine: machine(), figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })) }
  process.stdout.write(json === true ? `${JSON.stringify(report, undefined, 2)}\n` : `${report.machine}\n\n${table(figures)}\n`)
}
