import { holds } from "./Conditions.js"
import type { Context } from "./Context.js"
import { listOf, type Policy, type Statement, statementsOf } from "./Policy.js"
import { fill } from "./Variables.js"
import { like } from "./Wildcard.js"

/** One question to IAM: may this be done to that? */
export interface Question {
  /** `ec2:CreateTags`. */
  readonly action: string
  /** `*` where IAM knows no resource for the action. */
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

/** Without regard to case, as IAM compares actions. */
const namesAction = (patterns: ReadonlyArray<string>, action: string): boolean => patterns.some((pattern) => like(pattern.toLowerCase(), action))

const isAbout = (statement: Statement, { action, arn, context }: Question, hasVariables: boolean): boolean => {
  const namesResource = (patterns: ReadonlyArray<string>): boolean =>
    patterns.some((pattern) => {
      const filled = hasVariables ? fill(pattern, context, true) : pattern
      return filled !== undefined && like(filled, arn)
    })
  const [actions, notActions] = [listOf(statement.Action), listOf(statement.NotAction)]
  const [resources, notResources] = [listOf(statement.Resource), listOf(statement.NotResource)]
  const lower = action.toLowerCase()
  return (actions === undefined || namesAction(actions, lower)) &&
    (notActions === undefined || !namesAction(notActions, lower)) &&
    (resources === undefined || namesResource(resources)) &&
    (notResources === undefined || !namesResource(notResources)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, block]) =>
      Object.entries(block).every(([key, wanted]) => holds({ operator, key, wanted: [wanted].flat().map(String), hasVariables }, context)))
}

/** Source: IAM User Guide, "Policy evaluation logic": what is denied is denied, else what is allowed is allowed, else nothing is. */
export const evaluate = (policies: ReadonlyArray<Policy>, question: Question): Decision => {
  const about = policies.flatMap((policy) =>
    statementsOf(policy).filter((statement) => isAbout(statement, question, policy.Version === "2012-10-17")))
  const denying = about.find((statement) => statement.Effect === "Deny")
  if (denying !== undefined) return { _tag: "denied", by: denying }
  const allowing = about.find((statement) => statement.Effect === "Allow")
  return allowing === undefined ? { _tag: "not allowed" } : { _tag: "allowed", by: allowing }
}
