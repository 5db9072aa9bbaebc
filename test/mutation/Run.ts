import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

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

/** What a process that was given its program said, and whether it had to be killed. */
interface Played {
  readonly stdout: string
  readonly stderr: string
  readonly isLate: boolean
}

/** Plays a program in a process of its own, for so many milliseconds at most. */
export const play = (code: string, milliseconds: number, { args = [], env = {} }: { readonly args?: ReadonlyArray<string>; readonly env?: NodeJS.ProcessEnv } = {}): Promise<Played> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-", ...args], { cwd: root, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] })
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill("SIGKILL")
    }, milliseconds)
    child.on("close", () => {
      clearTimeout(timer)
      resolve({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), isLate })
    })
    child.stdin.on("error", () => undefined)
    child.stdin.end(code)
  })

/** Plays one test of a bundled scenario in a process of its own; with a seed, that one only. */
export const run = async (code: string, test: string, seed?: number): Promise<Outcome> => {
  const env = { SCENARIO_TEST: test, ...(seed === undefined ? {} : { SCENARIO_SEED: String(seed) }) }
  const { isLate, stderr, stdout } = await play(code, patience, { env })
  if (isLate) return { _tag: "hung" }
  const answer = stdout.split("\n").find((line) => line.startsWith(answerMark))
  return answer === undefined ? { _tag: "broken", message: stderr } : judge(JSON.parse(answer.slice(answerMark.length)) as Answer)
}
