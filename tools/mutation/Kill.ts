import { join } from "node:path"
import { build } from "esbuild"
import { play } from "../../test/mutation/Run.js"
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
  const { isLate, stderr, stdout } = await play(code, patience, { args: [String(first), String(seeds)] })
  if (isLate) return { _tag: "hung" }
  try {
    const answer = JSON.parse(stdout) as { readonly after?: number; readonly rule?: string }
    return answer.after === undefined ? { _tag: "survived" } : { _tag: "killed", after: answer.after, rule: answer.rule ?? "" }
  } catch {
    return { _tag: "broken", why: stderr.split("\n").find((line) => /Error/.test(line)) ?? "no answer" }
  }
}
