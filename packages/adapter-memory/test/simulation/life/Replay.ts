import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

/** The program that prints the journals of the lives that its arguments name. */
export const replayProgram = (): string =>
  buildSync({
    entryPoints: [fileURLToPath(new URL("./Program.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@branchline/source"]
  }).outputFiles[0]!.text

/** Runs it on some Node; throws with what it said where it fails. */
export const replayOn = (node: string, program: string, lineages: ReadonlyArray<string>): Buffer => {
  const { status, stderr, stdout } = spawnSync(node, ["--input-type=module", "-", ...lineages], { input: program, maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`it ended with ${status}:\n${stderr.toString()}`)
  return stdout
}
