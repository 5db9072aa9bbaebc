import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"
import { admission } from "./Admission.js"
import { free, throttled } from "./Bursts.js"
import { type Figure, isMet, type Measure, table } from "./Figure.js"
import { machine } from "./Machine.js"
import { memory } from "./Memory.js"
import { selection } from "./Selection.js"
import { trunk } from "./TrunkSteps.js"

const measures: ReadonlyArray<Measure> = [selection, admission, trunk, memory, throttled, free]

const usage = `usage: npm run bench -- [--only NAME]... [--json]

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

interface Report {
  readonly machine: string
  readonly figures: ReadonlyArray<Figure & { readonly measure: string }>
}

const runHere = ({ name, run, title }: Measure): Report => {
  say(`${name}: ${title}`)
  const figures = run((text) => say(`  ${text} …`))
  return { machine: machine(), figures: figures.map((figure) => ({ measure: name, ...figure })) }
}

/** Each measure in a process of its own: one's heap and compiled code would colour the next one's figures. */
const runApart = ({ name }: Measure): Report => {
  const args = [...process.execArgv, import.meta.filename, "--only", name, "--json"]
  const { status, stdout } = spawnSync(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" })
  return status === 0 ? JSON.parse(stdout) : fail(`${name}: failed`)
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
  const wanted = only === undefined ? measures : measures.filter(({ name }) => only.includes(name))
  const figures = wanted.length === 1 ? runHere(wanted[0]!).figures : wanted.flatMap((measure) => runApart(measure).figures)
  const report = { machine: machine(), figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })) }
  process.stdout.write(json === true ? `${JSON.stringify(report, undefined, 2)}\n` : `${report.machine}\n\n${table(report.figures)}\n`)
}
