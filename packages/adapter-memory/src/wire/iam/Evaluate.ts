import { type Context, holds } from "./Conditions.js"
import { type Policy, type Statement, statementsOf } from "./Policy.js"
import { wildcard } from "./Wildcard.js"

/** One question to IAM: may this be done to that? */
export interface Question {
  /** `ec2:CreateTags`. */
  readonly action: string
  readonly arn: string
  readonly context: Context
}

/** What came of it, and by which statement. */
export type Decision =
  | { readonly _tag: "allowed"; readonly by: Statement }
  /** A statement forbids it: no other helps. */
  | { readonly _tag: "denied"; readonly by: Statement }
  /** No statement allows it. */
  | { readonly _tag: "not allowed" }

const listOf = (value: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined =>
  value === undefined ? undefined : typeof value === "string" ? [value] : value

const isAbout = (statement: Statement, { action, arn, context }: Question): boolean => {
  const lower = action.toLowerCase()
  const named = (patterns: ReadonlyArray<string>, text: string): boolean => patterns.some((pattern) => wildcard(pattern)(text))
  const [actions, notActions] = [listOf(statement.Action), listOf(statement.NotAction)]
  const [resources, notResources] = [listOf(statement.Resource), listOf(statement.NotResource)]
  const lowered = (patterns: ReadonlyArray<string>) => patterns.map((pattern) => pattern.toLowerCase())
  if (actions !== undefined && !named(lowered(actions), lower)) return false
  if (notActions !== undefined && named(lowered(notActions), lower)) return false
  if (resources !== undefined && !(arn === "*" ? resources.includes("*") : named(resources, arn))) return false
  if (notResources !== undefined && named(notResources, arn)) return false
  return Object.entries(statement.Condition ?? {}).every(([operator, block]) =>
    Object.entries(block).every(([key, wanted]) => holds(operator, key, [wanted].flat().map(String), context)))
}

/** Source: IAM User Guide, "Policy evaluation logic": what is denied is denied, else what is allowed is allowed, else nothing is. */
export const evaluate = (policies: ReadonlyArray<Policy>, question: Question): Decision => {
  const about = policies.flatMap(statementsOf).filter((statement) => isAbout(statement, question))
  const denying = about.find((statement) => statement.Effect === "Deny")
  if (denying !== undefined) return { _tag: "denied", by: denying }
  const allowing = about.find((statement) => statement.Effect === "Allow")
  return allowing === undefined ? { _tag: "not allowed" } : { _tag: "allowed", by: allowing }
}
