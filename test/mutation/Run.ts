import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Why a test failed. */
export interface Report {
  /** Names of the error and of what caused it, the outermost first. */
  readonly names: ReadonlyArray<string>
  readonly message: string
  /** The seed of the run in which it happened; undefined where it was seen after all runs. */
  readonly seed?: number | undefined
}

/** What the process that plays a test says of it, in a line that begins with {@link answerMark}. */
export type Answer = Report | "passed" | "no such test"

export const answerMark = "answer: "

/** What came of a scenario. `broken`: the code did not come as far as to play it. */
export type Outcome =
  | { readonly _tag: "green" }
  | { readonly _tag: "red"; readonly report: Report }
  | { readonly _tag: "hung" }
  | { readonly _tag: "broken"; readonly message: string }

/** So long a scenario may take before it counts as one that hangs, milliseconds. */
const patience = 120_000

/** Errors of JavaScript itself: the code is wrong, not what it does. */
const ofTheLanguage = ["TypeError", "ReferenceError", "SyntaxError", "RangeError"]

const judge = (said: Answer): Outcome => {
  if (said === "passed") return { _tag: "green" }
  if (said === "no such test") return { _tag: "broken", message: said }
  return said.names.some((name) => ofTheLanguage.includes(name)) ? { _tag: "broken", message: `${said.names.join(": ")}: ${said.message}` } : { _tag: "red", report: said }
}

/** An outcome in a line. A defect that the controller survives is no answer of the scenario's. */
export const described = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "green":
      return "green: the scenario does not notice that the guard is out"
    case "hung":
      return "hung"
    case "broken":
      return `broken: what stands in the guard's place is no program, or no such test: ${outcome.message}`
    case "red":
      return outcome.report.names.includes("Defect") ? `a defect: ${outcome.report.message}` : `red: ${outcome.report.message.split("\n", 1)[0]!}`
  }
}

/** Plays one test of a bundled scenario in a process of its own; with a seed, that one only. */
export const run = (code: string, test: string, seed?: number): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module"], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, SCENARIO_TEST: test, ...(seed === undefined ? {} : { SCENARIO_SEED: String(seed) }) },
      stdio: ["pipe", "pipe", "pipe"]
    })
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill("SIGKILL")
    }, patience)
    child.on("close", () => {
      clearTimeout(timer)
      if (late) return resolve({ _tag: "hung" })
      const answer = Buffer.concat(out).toString().split("\n").find((line) => line.startsWith(answerMark))
      if (answer === undefined) return resolve({ _tag: "broken", message: Buffer.concat(err).toString() })
      return resolve(judge(JSON.parse(answer.slice(answerMark.length)) as Answer))
    })
    child.stdin.on("error", () => undefined)
    child.stdin.end(code)
  })
