import { mkdirSync } from "node:fs"
import { basename, join, resolve } from "node:path"
import { build } from "esbuild"

const root = resolve(import.meta.dirname, "../../..")

/** A program of the tests as one file that Node runs, from the packages' sources as they are now; libraries stay where they are. */
export const built = async (entry: string): Promise<string> => {
  const folder = join(root, "node_modules", ".cache", "branchline")
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, `${basename(entry, ".ts")}-${process.pid}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: ["@branchline/source"],
    external: ["effect", "effect/*", "@effect/*", "selfsigned", "@kubernetes/*", "undici"],
    logLevel: "silent"
  })
  return outfile
}
