import { describe, expect, it } from "vitest"
import { buildSync } from "esbuild"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { journalOf } from "./program.js"

const bundle = (): string =>
  buildSync({
    entryPoints: [fileURLToPath(new URL("./main.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@branchline/source"]
  }).outputFiles[0]!.text

const run = (program: string, seed: string): Buffer => {
  const child = spawnSync(process.execPath, ["--input-type=module", "-", seed], { input: program })
  expect(child.stderr.toString()).toBe("")
  expect(child.status).toBe(0)
  return child.stdout
}

describe("determinism", () => {
  it("the same seed gives the same journal, byte for byte, in two processes", () => {
    const program = bundle()
    const first = run(program, "17")
    const second = run(program, "17")
    expect(first.toString().split("\n").length).toBeGreaterThan(40)
    expect(first.toString()).toContain("AssociateTrunkInterface")
    expect(first.equals(second)).toBe(true)
    expect(first.toString()).toBe(journalOf("17"))
    expect(run(program, "18").equals(first)).toBe(false)
  }, 30_000)

  it("every seed gives a journal of its own", () => {
    const journals = new Set(Array.from({ length: 10 }, (_, seed) => journalOf(String(seed))))
    expect(journals.size).toBe(10)
  })
})
