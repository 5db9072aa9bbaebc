import { Result, Schema } from "effect"
import { isOperator, operatorNames } from "./Conditions.js"

const OneOrMore = Schema.Union([Schema.String, Schema.Array(Schema.String)])
const Values = Schema.Union([Schema.String, Schema.Boolean, Schema.Number, Schema.Array(Schema.Union([Schema.String, Schema.Boolean, Schema.Number]))])

const Statement = Schema.Struct({
  Sid: Schema.optionalKey(Schema.String),
  Effect: Schema.Literals(["Allow", "Deny"]),
  Action: Schema.optionalKey(OneOrMore),
  NotAction: Schema.optionalKey(OneOrMore),
  Resource: Schema.optionalKey(OneOrMore),
  NotResource: Schema.optionalKey(OneOrMore),
  Condition: Schema.optionalKey(Schema.Record(Schema.String, Schema.Record(Schema.String, Values)))
})
export type Statement = typeof Statement.Type

/** An identity-based policy. Source: IAM User Guide, "IAM JSON policy elements reference". */
export const Policy = Schema.Struct({
  /** Of the older version, which is the default, variables are plain text. */
  Version: Schema.optionalKey(Schema.Literals(["2012-10-17", "2008-10-17"])),
  Id: Schema.optionalKey(Schema.String),
  Statement: Schema.Union([Statement, Schema.Array(Statement)])
})
export type Policy = typeof Policy.Type

export const statementsOf = ({ Statement: statements }: Policy): ReadonlyArray<Statement> => "Effect" in statements ? [statements] : statements

/** One or many, as many. */
export const listOf = (value: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined =>
  value === undefined || typeof value !== "string" ? value : [value]

/** `ec2:Describe*`; a service cannot be left open but with all its actions. */
const actionForm = /^(\*|[a-z0-9-]+:[\w*?]+|\*:\*)$/i

const problemsOf = (statement: Statement, index: number): ReadonlyArray<string> => {
  const { Action, Condition = {}, NotAction, NotResource, Resource } = statement
  const place = `Statement ${statement.Sid ?? index + 1}`
  const actions = listOf(Action) ?? listOf(NotAction) ?? []
  const resources = listOf(Resource) ?? listOf(NotResource) ?? []
  return [
    ...((Action === undefined) === (NotAction === undefined) ? [`${place} needs either Action or NotAction`] : []),
    ...((Resource === undefined) === (NotResource === undefined) ? [`${place} needs either Resource or NotResource`] : []),
    ...actions.filter((action) => !actionForm.test(action)).map((action) => `${place}: "${action}" is no action such as ec2:CreateTags or ec2:Describe*`),
    ...resources.filter((resource) => resource !== "*" && !resource.startsWith("arn:")).map((resource) => `${place}: "${resource}" is no ARN, nor *`),
    ...Object.keys(Condition).filter((operator) => !isOperator(operator)).map((operator) =>
      `${place}: there is no operator "${operator}" here; there are ${operatorNames.join(", ")}, with ForAllValues:, ForAnyValue: and IfExists`)
  ]
}

const decode = Schema.decodeUnknownResult(Policy, { onExcessProperty: "error" })

/** Reads a policy document; or all that is wrong with it. What is for another kind of policy, as a Principal, is wrong, too. */
export const readPolicy = (document: unknown): Result.Result<Policy, string> =>
  Result.flatMap(Result.mapError(decode(document), ({ message }) => message), (policy) => {
    const problems = statementsOf(policy).flatMap(problemsOf)
    return problems.length === 0 ? Result.succeed(policy) : Result.fail(problems.join("; "))
  })
