import { buildSync } from "esbuild"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { journalOf } from "./determinism/story.js"

const program = (): string =>
  buildSync({
    entryPoints: [fileURLToPath(new URL("./determinism/main.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@branchline/source"]
  }).outputFiles[0]!.text

const run = (text: string, seed: string): string => {
  const child = spawnSync(process.execPath, ["--input-type=module", "-", seed], { input: text, maxBuffer: 64 * 1024 * 1024 })
  expect(child.stderr.toString()).toBe("")
  expect(child.status).toBe(0)
  return child.stdout.toString()
}

describe("Determinism", () => {
  // Guarded by: simulation/Simulation.ts, which owns scheduler, clock and chance, and every concern's own stream in simulation/Streams.ts.
  it("the same seed gives the same journal, byte for byte, in two processes", () => {
    const text = program()
    const first = run(text, "17")
    const second = run(text, "17")
    const lines = first.split("\n")
    for (const kind of ["step", "ec2", "event"]) {
      expect(lines.filter((line) => line.split(" ")[1] === kind).length, kind).toBeGreaterThan(50)
    }
    expect(lines.at(-2)).toMatch(/^ended after \d+ steps$/)
    expect(first === second).toBe(true)
    // And in this one, which has run other worlds before.
    expect(first === journalOf("17")).toBe(true)
    expect(run(text, "18") === first).toBe(false)
  })
})
