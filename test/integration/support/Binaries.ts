import { join } from "node:path"
import { connect, type RemoteControl } from "@branchline/adapter-memory/ec2-control"
import { Effect, type Scope } from "effect"
import { root } from "./ControlPlane.js"
import { eventually, freePorts, type Program, start } from "./Program.js"

const example = (...path: ReadonlyArray<string>): string => join(root, "examples", "dist", ...path)

/** The controller's program, as `npm start -- --backend kubernetes` runs it, with servers on free ports of loopback. */
export interface ControllerProgram extends Program {
  readonly pid: number
  readonly ports: { readonly metrics: number; readonly health: number; readonly introspection: number; readonly webhook: number | undefined }
  /** Waits until it says that it is ready. */
  readonly ready: () => Promise<void>
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>
}

export interface ControllerFlags {
  readonly kubeconfig: string
  readonly identity?: string
  /** Where the wire EC2 is; by default EC2 is in the controller's memory. */
  readonly ec2?: string
  /** Default: no webhooks are served. */
  readonly webhook?: boolean
  readonly flags?: ReadonlyArray<string>
  readonly env?: NodeJS.ProcessEnv
  /** Flags of Node's own. */
  readonly node?: ReadonlyArray<string>
}

export const startController = async (options: ControllerFlags): Promise<ControllerProgram> => {
  const [metrics = 0, health = 0, introspection = 0, webhook = 0] = await freePorts(4)
  const args = [
    ...(options.node ?? []),
    "--max-semi-space-size=4", "--heap-growing-percent=40", example("main.js"), "--backend", options.ec2 === undefined ? "kubernetes" : "aws", "--cluster-name", "seed", "--kubeconfig", options.kubeconfig,
    "--metrics-address", `127.0.0.1:${metrics}`, "--health-address", `127.0.0.1:${health}`, "--introspection-address", `127.0.0.1:${introspection}`,
    "--webhook-address", options.webhook === true ? `127.0.0.1:${webhook}` : "off",
    ...(options.identity === undefined ? [] : ["--identity", options.identity]),
    ...(options.flags ?? [])
  ]
  const program = start(process.execPath, args, { env: { ...process.env, MALLOC_ARENA_MAX: "1", ...(options.ec2 === undefined ? {} : awsEnvironment(options.ec2)), ...options.env } })
  let over: number | NodeJS.Signals | undefined
  void program.ended.then((code) => (over = code))
  return {
    ...program,
    pid: program.child.pid ?? 0,
    ports: { metrics, health, introspection, webhook: options.webhook === true ? webhook : undefined },
    ready: async () => {
      await eventually("the controller is ready", async () => {
        if (over !== undefined) return true
        const answer = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined)
        return answer?.status === 200 ? true : undefined
      })
      if (over !== undefined) throw new Error(`the controller ended with ${over}: ${program.output()}`)
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
  }
}

/** The Region of the wire EC2 in tests. */
export const region = "eu-west-1"

/** What a program needs to use the wire EC2: credentials, which are anybody's, and where it is. */
export const awsEnvironment = (endpoint: string): NodeJS.ProcessEnv => ({
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_REGION: region,
  AWS_ENDPOINT_URL: endpoint,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null"
})

/** `branchline-ec2` as a process of its own, and its control. */
export interface Ec2Program extends Program {
  readonly endpoint: string
  readonly control: RemoteControl
}

/** Starts it; it ends with the scope. */
export const startEc2 = (flags: ReadonlyArray<string> = []): Effect.Effect<Ec2Program, never, Scope.Scope> =>
  Effect.gen(function*() {
    const program = yield* Effect.acquireRelease(
      Effect.sync(() => start(process.execPath, [join(root, "packages", "adapter-memory", "dist", "ec2-server", "main.js"), "--any-group", "--region", region, ...flags])),
      ({ stop }) => Effect.promise(() => stop("SIGKILL"))
    )
    const endpoint = yield* Effect.promise(() =>
      eventually("EC2 says where it is", () => /http:\/\/127\.0\.0\.1:\d+/.exec(program.stdout())?.[0]))
    return { ...program, endpoint, control: connect(endpoint) }
  })
