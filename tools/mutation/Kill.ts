import { spawn } from "node:child_process"
import { join } from "node:path"
import { build } from "esbuild"
import type { Mutant } from "./Mutants.js"

/** What became of a mutant. */
export type Fate =
  | { readonly _tag: "killed"; readonly after: number; readonly rule: string }
  /** It lived longer than a sound one could need for all of it: it hangs, or works without end. */
  | { readonly _tag: "hung" }
  /** It is no program, or fails as it starts. */
  | { readonly _tag: "broken"; readonly why: string }
  | { readonly _tag: "survived" }

const root = join(import.meta.dirname, "../../..")
const core = join(root, "packages/core/src")

const bundle = async ({ texts }: Pick<Mutant, "texts">): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "tools/mutation/Hunt.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@branchline/source"],
    logLevel: "silent",
    plugins: [{
      name: "mutate",
      setup: ({ onLoad }) => {
        const contents = new Map([...texts].map(([file, text]) => [join(core, file), text]))
        onLoad({ filter: /\.ts$/ }, ({ path }) => contents.has(path) ? { contents: contents.get(path) ?? "", loader: "ts" } : undefined)
      }
    }]
  })
  return outputFiles[0]?.text ?? ""
}

/** Lives through so many seeds with the mutant, until one breaks a rule, at most `patience` milliseconds. */
export const kill = async (mutant: Pick<Mutant, "texts">, first: number, seeds: number, patience: number): Promise<Fate> => {
  const code = await bundle(mutant).catch((error: unknown) => error instanceof Error ? error : new Error(String(error)))
  if (code instanceof Error) return { _tag: "broken", why: code.message.split("\n")[0] ?? "" }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-", String(first), String(seeds)], { stdio: ["pipe", "pipe", "pipe"] })
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill("SIGKILL")
    }, patience)
    child.on("close", () => {
      clearTimeout(timer)
      if (late) return resolve({ _tag: "hung" })
      try {
        const answer = JSON.parse(Buffer.concat(out).toString()) as { readonly after?: number; readonly rule?: string }
        return resolve(answer.after === undefined ? { _tag: "survived" } : { _tag: "killed", after: answer.after, rule: answer.rule ?? "" })
      } catch {
        return resolve({ _tag: "broken", why: Buffer.concat(err).toString().split("\n").find((line) => /Error/.test(line)) ?? "no answer" })
      }
    })
    child.stdin.on("error", () => undefined)
    child.stdin.end(code)
  })
}
