import { spawn } from "node:child_process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { connect } from "../../src/ec2/Client.js"

const main = fileURLToPath(new URL("../../dist/ec2/main.js", import.meta.url))

/** Starts the built program (`npm run build`), and gives it to a test with its address. */
const start = (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const seen = { stdout: "", stderr: "" }
  child.stderr.on("data", (chunk: Buffer) => (seen.stderr += chunk.toString()))
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)))
  const endpoint = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      seen.stdout += chunk.toString()
      const found = /^EC2 in memory: (http:\/\/127\.0\.0\.1:\d+)\n/.exec(seen.stdout)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then((code) => reject(new Error(`it ended with ${String(code)}: ${seen.stderr}`)))
  })
  // A test that wants it to end does not ask where it is.
  endpoint.catch(() => undefined)
  return { child, seen, endpoint, ended }
}

describe("EC2 in memory as a process", () => {
  it("says where it is, remembers what it is told, and ends with 0 when it is told to", async () => {
    const { child, ended, endpoint, seen } = start("--any-group")
    const address = await endpoint
    const found = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { control } = yield* connect(address)
      const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/24" })
      yield* control.launchInstance({ type: "m5.large", subnetId })
      const other = yield* connect(address)
      return yield* other.control.snapshot
    })))
    expect(found.instances).toHaveLength(1)
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
    expect(seen).toEqual({ stdout: `EC2 in memory: ${address}\n`, stderr: "" })
  })

  it("given a port in use: one line with the mend", async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address()
        resolve(typeof address === "object" && address !== null ? address.port : 0)
      })
    })
    const { ended, seen } = start("--port", String(port))
    expect(await ended).toBe(1)
    taken.close()
    expect(seen).toEqual({ stdout: "", stderr: `error: --port ${port}: port ${port} is in use; choose another, or 0 for any that is free\n` })
  })

  it("given a flag that it does not know: one line, and where help is", async () => {
    const { ended, seen } = start("--latencyy", "1s")
    expect(await ended).toBe(1)
    expect(seen.stderr).toMatch(/^error: Unrecognized flag: --latencyy[^]*--latency[^]*See --help\.\n$/)
  })
})
