import { Result, Schema } from "effect"
import { Base64Url } from "effect/encoding"
import type { Principal } from "../Principals.js"
import type { Decision, Question } from "./Evaluate.js"

const Items = <A extends Schema.Top>(item: A) => Schema.Struct({ items: Schema.Array(item) })

/**
 * What an encoded authorization failure message says: whether a statement forbade it, who asked for what, and the request's condition keys. Source: AWS STS API
 * Reference, DecodeAuthorizationMessage.
 */
const Failure = Schema.fromJsonString(Schema.Struct({
  allowed: Schema.Boolean,
  explicitDeny: Schema.Boolean,
  matchedStatements: Items(Schema.Struct({ statementId: Schema.String, effect: Schema.String })),
  failures: Items(Schema.Never),
  context: Schema.Struct({
    principal: Schema.Struct({ id: Schema.String, arn: Schema.String }),
    action: Schema.String,
    resource: Schema.String,
    conditions: Items(Schema.Struct({ key: Schema.String, values: Items(Schema.Struct({ value: Schema.String })) }))
  })
}))

export const encodeFailure = ({ arn: who, userId }: Principal, { action, arn, context }: Question, decision: Decision): string => {
  const items = <A>(list: ReadonlyArray<A>) => ({ items: list })
  const failure: typeof Failure.Type = {
    allowed: false,
    explicitDeny: decision._tag === "denied",
    matchedStatements: items(decision._tag === "denied" ? [{ statementId: decision.by.Sid ?? "", effect: "DENY" }] : []),
    failures: items([]),
    context: {
      principal: { id: userId, arn: who },
      action,
      resource: arn,
      conditions: items(Object.entries(context).map(([key, values]) => ({ key, values: items(values.map((value) => ({ value }))) })))
    }
  }
  return Base64Url.encode(JSON.stringify(failure))
}

const decode = Schema.decodeUnknownResult(Failure)

/** The decoded text of such a message; undefined where it is none. */
export const decodeFailure = (encoded: string): string | undefined => {
  const text = Result.getOrUndefined(Base64Url.decodeString(encoded))
  return text !== undefined && Result.isSuccess(decode(text)) ? text : undefined
}
