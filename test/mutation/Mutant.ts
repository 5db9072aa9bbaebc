import { readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build, type Plugin } from "esbuild"
import type { Edit } from "./Guard.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const core = join(root, "packages/core/src")

/** The text of a file of the core. */
export const sourceOf = (file: string): Promise<string> => readFile(join(core, file), "utf8")

/** How often a text occurs in another. */
export const occurrences = (text: string, find: string): number => text.split(find).length - 1

const mutate = (edits: ReadonlyArray<Edit>): Plugin => ({
  name: "mutate",
  setup: ({ onLoad }) => {
    const files = [...new Set(edits.map(({ file }) => join(core, file)))]
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!files.includes(path)) return undefined
      const own = edits.filter(({ file }) => join(core, file) === path)
      const contents = own.reduce((text, { find, replace }) => text.replace(find, () => replace), await readFile(path, "utf8"))
      return { contents, loader: "ts" }
    })
  }
})

/** The scenarios say `vitest` and get `Stage.ts`, which is as much of it as they use, with the real one's `expect`. */
const stage: Plugin = {
  name: "stage",
  setup: ({ onResolve }) => {
    const path = join(root, "test/mutation/Stage.ts")
    onResolve({ filter: /^vitest$/ }, ({ importer }) => importer === path ? { path: "vitest", external: true } : { path })
  }
}

/** A scenario's file with the core as it is after the edits, as one module; fails where that is no TypeScript any more. */
export const bundle = async (scenario: string, edits: ReadonlyArray<Edit>): Promise<string> => {
  const entry = join(root, "packages/adapter-memory/test/scenarios", `${scenario}.test.ts`)
  const { outputFiles } = await build({
    entryPoints: [relative(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "esnext",
    conditions: ["@branchline/source"],
    external: ["effect", "effect/*"],
    plugins: [mutate(edits), stage],
    logLevel: "silent"
  })
  return outputFiles[0]!.text
}
