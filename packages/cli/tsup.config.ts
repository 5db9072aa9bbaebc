import { defineConfig } from "tsup"
import { plainKeys } from "../../scripts/bundle/plainKeys.js"

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
