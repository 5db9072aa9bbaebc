import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Policy, Statement } from "@branchline/adapter-memory/wire/iam/Policy"

export const folder = join(import.meta.dirname, "..", "..", "deploy", "iam")

export const textOf = (file: string): string => readFileSync(join(folder, file), "utf8")

/** What a port's operation needs, as deploy/iam/operations.json has it. */
export interface Operation {
  readonly operation: string
  readonly action: string
  readonly identity: "own" | "cluster role"
  /** `<Sid> <action>` */
  readonly needs: ReadonlyArray<string>
  readonly when: string
  readonly without: string
}

export const operations = JSON.parse(textOf("operations.json")) as ReadonlyArray<Operation>

/** Runs deploy/iam/render.mjs. */
export const render = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(folder, "render.mjs"), ...args], { encoding: "utf8" })
  return { status, stderr, stdout }
}

export const account = "123456789012"

export const policy = (name: string, cluster = "seed"): Policy & { readonly Statement: ReadonlyArray<Statement> } => {
  const { status, stderr, stdout } = render(name, "--cluster", cluster, "--account", account, "--cluster-role", "cluster")
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

export const actionsOf = ({ Action = [] }: Statement): ReadonlyArray<string> => typeof Action === "string" ? [Action] : Action

/** Each statement with each of its actions. */
export const grants = (statements: ReadonlyArray<Statement>): ReadonlyArray<string> => statements.flatMap((one) => actionsOf(one).map((action) => `${one.Sid} ${action}`))

/** The policy without one action of one statement. */
export const without = (all: ReturnType<typeof policy>, grant: string): Policy => ({
  ...all,
  Statement: all.Statement.flatMap((one) => {
    const left = actionsOf(one).filter((action) => `${one.Sid} ${action}` !== grant)
    return left.length === 0 ? [] : [{ ...one, Action: left }]
  })
})

/** The table of deploy/iam/README.md. */
export const table = (): string =>
  [
    "| operation | EC2's action | by | needs | when it is called | without it |",
    "|---|---|---|---|---|---|",
    ...operations.map(({ action, identity, needs, operation, when, without }) =>
      `| ${operation} | \`${action}\` | ${identity} | ${needs.map((need) => `\`${need}\``).join(", ")} | ${when} | ${without} |`)
  ].join("\n")
