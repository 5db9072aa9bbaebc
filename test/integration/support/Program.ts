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
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("error", (error) => {
      running.delete(child)
      both.push(error.message)
      resolve(-1)
    })
    child.on("close", (code, signal) => {
      running.delete(child)
      resolve(signal ?? code ?? -1)
    })
  })
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

/** Ports on loopback that were free a moment ago. */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const servers = await Promise.all(Array.from({ length: count }, () =>
    new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
      const server = createServer()
      server.on("error", reject)
      server.listen(0, "127.0.0.1", () => resolve(server))
    })))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === "object" && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Asks until the answer is defined, 10 times a second; fails with the last thing that was thrown, or with `what`. */
export const eventually = async <A>(what: string, ask: () => Promise<A | undefined> | A | undefined, within = 60_000): Promise<A> => {
  const until = Date.now() + within
  let problem: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      problem = undefined
    } catch (error) {
      problem = error
    }
    if (Date.now() > until) throw new Error(`not within ${within / 1000} s: ${what}`, { cause: problem })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
