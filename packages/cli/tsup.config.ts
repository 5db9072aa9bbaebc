import { readFile } from "node:fs/promises"
import { defineConfig, type Options } from "tsup"

/**
 * The AWS SDK's table of EC2's shapes names its keys by constants (`{ [_xN]: … }`). esbuild takes a computed key for a side effect and keeps every shape; with
 * the names written out it keeps those that are used. As in examples/tsup.config.ts.
 */
const plainKeys: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "plain-keys",
  setup: (build) => {
    build.onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8")
      const constants = new Map(Array.from(text.matchAll(/^const (\w+) = ("[^"]*");$/gm), ([, name, value]) => [name, value]))
      return { contents: text.replaceAll(/\[(_\w+)\]:/g, (key, name: string) => constants.has(name) ? `${constants.get(name)}:` : key), loader: "js" }
    })
  }
}

// Programs, each with all that it needs in it, so that `npx @branchline/cli` fetches one package and starts at once. What a command alone needs is imported late, and
// stays in a file of its own.
export default defineConfig({
  entry: ["src/main.ts", "src/kubectl-sgp.ts"],
  format: ["esm"],
  bundle: true,
  splitting: true,
  noExternal: [/./],
  dts: false,
  clean: true,
  sourcemap: false,
  target: "es2023",
  platform: "node",
  esbuildPlugins: [plainKeys],
  // CommonJS in the bundle asks for Node's own modules by this. The first line of an entry, `#!`, esbuild keeps in front of it.
  banner: { js: "import { createRequire as __createRequire } from \"node:module\"\nconst require = __createRequire(import.meta.url)" },
  esbuildOptions: (options) => {
    options.outbase = "src"
    options.mainFields = ["module", "main"]
    // Here the packages' sources are read; a dist beside them may be of yesterday.
    options.conditions = ["@branchline/source"]
    options.legalComments = "linked"
    options.chunkNames = "chunks/[name]-[hash]"
  }
})
