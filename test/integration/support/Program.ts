import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process"
import { createServer } from "node:net"

/** A program that a test runs beside itself. */
export interface Program {
  readonly child: ChildProcess
  /** What it has printed so far, both streams. */
  readonly output: () => string
  readonly stdout: () => string
  readonly stderr: () => string
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Sends a signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals>
}

const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})

/** Those that run, and the last that ended: where a test waits in vain, they are asked why. */
const programs: Array<{ readonly child: ChildProcess; readonly output: () => string; readonly over: () => number | NodeJS.Signals | undefined }> = []
const keptPrograms = 12

export const start = (command: string, args: ReadonlyArray<string>, options: SpawnOptions = {}): Program => {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options })
  running.add(child)
  const out: Array<string> = []
  const err: Array<string> = []
  const both: Array<string> = []
  const keep = (lines: Array<string>) => (chunk: Buffer) => {
    lines.push(chunk.toString())
    both.push(chunk.toString())
  }
  child.stdout?.on("data", keep(out))
  child.stderr?.on("data", keep(err))
  let over: number | NodeJS.Signals | undefined
  const end = (how: number | NodeJS.Signals) => {
    running.delete(child)
    over = how
    return how
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("error", (error) => {
      both.push(error.message)
      resolve(end(-1))
    })
    child.on("close", (code, signal) => resolve(end(signal ?? code ?? -1)))
  })
  programs.push({ child, output: () => both.join(""), over: () => over })
  const oldestEnded = programs.findIndex((program) => program.over() !== undefined)
  if (programs.length > keptPrograms && oldestEnded !== -1) programs.splice(oldestEnded, 1)
  return {
    child,
    output: () => both.join(""),
    stdout: () => out.join(""),
    stderr: () => err.join(""),
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal)
      return ended
    }
  }
}

/** Runs a program to its end. */
export const run = async (command: string, args: ReadonlyArray<string>, options: SpawnOptions & { readonly input?: string } = {}) => {
  const { input, ...rest } = options
  const program = start(command, args, { ...rest, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] })
  if (input !== undefined) program.child.stdin?.end(input)
  const code = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

/** Below the ports that the kernel gives to whoever connects (32768 on Linux), which come and go between a look and a listen. */
const portsFrom = 10_000
/** Test files run beside one another, each in a process: each has ports of its own. */
const portsEach = 2_000
let nextPort = portsFrom + portsEach * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 10)
const lastPort = nextPort + portsEach
const firstPort = nextPort

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.on("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/** Ports on loopback that nobody listens on, and that this process has not named before for a long time. */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const ports: Array<number> = []
  for (let tried = 0; ports.length < count; tried++) {
    if (tried > portsEach) throw new Error(`no ${count} ports are free from ${firstPort} to ${lastPort}`)
    const port = nextPort++
    if (nextPort === lastPort) nextPort = firstPort
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

/** What has become of the programs of this process: how each ended, and the last that it said. */
const tellPrograms = (): void => {
  for (const { child, over, output } of programs) {
    const how = over() === undefined ? "still runs" : `ended with ${over()}`
    console.error(`${child.spawnfile} (${child.pid}) ${how}; it said last:\n${output().trimEnd().split("\n").slice(-12).join("\n")}`)
  }
}

/** Asks until the answer is defined, 10 times a second; fails with the last thing that was thrown, or with `what`. */
export const eventually = async <A>(what: string, ask: () => Promise<A | undefined> | A | undefined, within = 60_000): Promise<A> => {
  const until = performance.now() + within
  let problem: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      problem = undefined
    } catch (error) {
      problem = error
    }
    if (performance.now() > until) {
      tellPrograms()
      throw new Error(`not within ${within / 1000} s: ${what}`, { cause: problem })
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
