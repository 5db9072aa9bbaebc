import { start, run, type Program } from "../../support/Program.js"
import { awsEnvironment } from "../../support/Binaries.js"
import { main, noServers } from "../../cli/World.js"

/** What a process is told of AWS; undefined takes a variable away. */
export type Environment = Readonly<Record<string, string | undefined>>

/** An environment in which nobody has said anything of AWS but where EC2 is. */
const environment = (endpoint: string, more: Environment): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  NO_COLOR: "1",
  ...awsEnvironment(endpoint),
  ...more
})

const argumentsOf = (kubeconfig: string, flags: ReadonlyArray<string>): ReadonlyArray<string> => [
  main, "--backend", "aws", "--cluster-name", "seed", "--kubeconfig", kubeconfig, ...noServers, ...flags
]

export interface Setup {
  readonly kubeconfig: string
  readonly endpoint: string
  readonly env?: Environment
  readonly flags?: ReadonlyArray<string>
}

/** Runs the controller to its end. */
export const ended = ({ endpoint, env = {}, flags = [], kubeconfig }: Setup) =>
  run(process.execPath, argumentsOf(kubeconfig, flags), { env: environment(endpoint, env) })

/** Starts it. */
export const started = ({ endpoint, env = {}, flags = [], kubeconfig }: Setup): Program =>
  start(process.execPath, argumentsOf(kubeconfig, flags), { env: environment(endpoint, env) })

/** The lines that tell what is wrong. */
export const errorsOf = (stderr: string): ReadonlyArray<string> =>
  stderr.split("\n").filter((line) => line.startsWith("error: ")).map((line) => line.slice("error: ".length))

/** Options for Node on a machine whose clock is ahead. */
export const clockAhead = (milliseconds: number): string => {
  const code = `const Real = Date
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length === 0) super(Real.now() + ${milliseconds}); else super(...given) }
      static now() { return Real.now() + ${milliseconds} }
    }`
  return `--import=data:text/javascript,${encodeURIComponent(code)}`
}
