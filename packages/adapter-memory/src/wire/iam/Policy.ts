import { Result, Schema } from "effect"

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
  Version: Schema.optionalKey(Schema.String),
  Statement: Schema.Union([Statement, Schema.Array(Statement)])
})
export type Policy = typeof Policy.Type

const decode = Schema.decodeUnknownResult(Policy)

/** Reads a policy document; or what is wrong with it. */
export const readPolicy = (document: unknown): Result.Result<Policy, string> => Result.mapError(decode(document), ({ message }) => message)

export const statementsOf = ({ Statement: statements }: Policy): ReadonlyArray<Statement> => "Effect" in statements ? [statements] : statements
