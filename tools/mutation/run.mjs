// Bundles the tool, so that it reads the repository's TypeScript as everything else does, and runs it.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
await build({ entryPoints: [here("main.ts")], outfile: here("dist/main.mjs"), bundle: true, format: "esm", platform: "node", packages: "external", conditions: ["@branchline/source"], logLevel: "error" })
const { status } = spawnSync(process.execPath, [here("dist/main.mjs"), ...process.argv.slice(2)], { stdio: "inherit" })
process.exitCode = status ?? 1
