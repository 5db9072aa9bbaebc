import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { replayOn, replayProgram } from "../../../packages/adapter-memory/test/simulation/life/Replay.js"
import { madeOnce, step } from "../support/Tools.js"

const manifest = fileURLToPath(new URL("./node22.json", import.meta.url))

/** Another version of Node than this one, from the registry. */
const otherNode = async (): Promise<string> => {
  const folder = await madeOnce("node22", [manifest], async (made) => {
    await copyFile(manifest, join(made, "package.json"))
    await step("npm", ["install", "--no-audit", "--no-fund"], { cwd: made })
  })
  return join(folder, "node_modules", "node", "bin", "node")
}

describe("a seed", () => {
  it("gives the same journal, byte for byte, on Node 22 and on this one", async () => {
    const other = await otherNode()
    const lineages = ["1", "2", "3.1", "4.2.1"]
    const program = replayProgram()
    const here = replayOn(process.execPath, program, lineages)
    expect(here.toString().split("\n").length).toBeGreaterThan(400)
    expect(replayOn(other, program, lineages).equals(here)).toBe(true)
  })
})
