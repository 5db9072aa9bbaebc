import { format } from "node:util"
import { expect } from "vitest"
import { type Answer, answerMark, type Report } from "./Run.js"

export { expect }

// As much of vitest as the scenarios use, for a process that plays one test and says what came of it. Vitest itself takes seconds to begin.

const path: Array<string> = []
const tests: Array<{ readonly name: string; readonly play: () => unknown }> = []

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

const each = (register: (name: string, body: () => void) => void) => (rows: Rows) =>
  (name: string, body: (...row: ReadonlyArray<unknown>) => void): void => {
    const places = name.split("%s").length - 1
    for (const row of rows) register(format(name, ...row.slice(0, places)), () => body(...row))
  }

const group = (name: string, body: () => void): void => {
  path.push(name)
  body()
  path.pop()
}

const single = (name: string, play: () => unknown): void => {
  tests.push({ name: [...path, name].join(" > "), play })
}

export const describe = Object.assign(group, { each: each(group) })
export const it = Object.assign(single, { each: each(single) })

/** The error and what caused it, the outermost first. */
const chainOf = (error: unknown): ReadonlyArray<Error> => error instanceof Error ? [error, ...chainOf(error.cause)] : []

const report = (error: unknown): Report => {
  const chain = chainOf(error)
  const seed = chain.flatMap((one) => "seed" in one && typeof one.seed === "number" ? [one.seed] : [])[0]
  return { names: chain.map(({ name }) => name), message: chain.at(-1)?.message ?? String(error), seed }
}

setImmediate(() => {
  const wanted = ` > ${process.env["SCENARIO_TEST"]}`
  const [test, ...more] = tests.filter(({ name }) => ` > ${name}`.endsWith(wanted))
  const answer = (said: Answer): void => void process.stdout.write(`${answerMark}${JSON.stringify(said)}\n`)
  if (test === undefined || more.length > 0) return answer("no such test")
  try {
    test.play()
    answer("passed")
  } catch (error) {
    answer(report(error))
  }
})
