import { parseArgs } from "node:util"
import { type Figure, isMet, table } from "./Figure.js"
import { machine } from "./Machine.js"

export const say = (text: string): void => void process.stderr.write(`${text}\n`)

export const fail = (text: string): never => {
  say(text)
  process.exit(1)
}

/** What a command of the bench is called, and what it can measure. */
export interface BenchCommand<Measure> {
  /** As a person types it: `npm run bench`. */
  readonly command: string
  /** What has to be known before, if anything. */
  readonly about?: string
  readonly measures: ReadonlyArray<Measure>
}

/** What was asked for on the command line. A wrong one, and the wish for help, end the process. */
export const parse = <Measure extends { readonly name: string; readonly title: string }>(
  { about, command, measures }: BenchCommand<Measure>
): { readonly wanted: ReadonlyArray<Measure>; readonly json: boolean } => {
  const usage = `usage: ${command} -- [--only NAME]... [--json]
${about === undefined ? "" : `\n${about}\n`}
  --only NAME   one measure, or several of them:
${measures.map(({ name, title }) => `                  ${name.padEnd(10)} ${title}`).join("\n")}
  --json        figures as JSON
  --help        this text
`
  const values = () => {
    try {
      return parseArgs({
        options: { only: { type: "string", multiple: true }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } }
      }).values
    } catch (error) {
      return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    }
  }
  const { help, json = false, only } = values()
  if (help === true) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const unknown = (only ?? []).find((name) => !measures.some((measure) => measure.name === name))
  if (unknown !== undefined) fail(`there is no measure "${unknown}"\n\n${usage}`)
  return { wanted: only === undefined ? measures : measures.filter(({ name }) => only.includes(name)), json }
}

/** Prints the figures: a table for people, or JSON. */
export const print = (figures: ReadonlyArray<Figure>, json: boolean): void => {
  const report = { machine: machine(), figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })) }
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${report.machine}\n\n${table(figures)}\n`)
}
