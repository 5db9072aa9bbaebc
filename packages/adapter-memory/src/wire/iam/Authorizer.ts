import { Result, Schema } from "effect"
import { Base64Url } from "effect/encoding"
import type { Refusal } from "../../ec2/Refusal.js"
import type { Authorize } from "../Dispatch.js"
import type { Principal } from "../Principals.js"
import { type Decision, evaluate, type Question } from "./Evaluate.js"
import type { Policy } from "./Policy.js"

/** What an encoded authorization failure message says. Source: AWS STS API Reference, DecodeAuthorizationMessage. */
const Failure = Schema.fromJsonString(Schema.Struct({
  allowed: Schema.Boolean,
  explicitDeny: Schema.Boolean,
  context: Schema.Struct({
    principal: Schema.Struct({ arn: Schema.String }),
    action: Schema.String,
    resource: Schema.String,
    conditions: Schema.Record(Schema.String, Schema.Array(Schema.String))
  })
}))

const encodedMessage = (principal: Principal, { action, arn, context }: Question, decision: Decision): string =>
  Base64Url.encode(JSON.stringify({
    allowed: false,
    explicitDeny: decision._tag === "denied",
    context: { principal: { arn: principal.arn }, action, resource: arn, conditions: context }
  }))

/** The decoded text of such a message; undefined where it is none. */
export const decodeMessage = (encoded: string): string | undefined => {
  const text = Result.getOrUndefined(Base64Url.decodeString(encoded))
  return text !== undefined && Result.isSuccess(Schema.decodeUnknownResult(Failure)(text)) ? text : undefined
}

const denied = (principal: Principal, question: Question, decision: Decision): Refusal => {
  const why = decision._tag === "denied" ? "with an explicit deny in an identity-based policy" : `because no identity-based policy allows the ${question.action} action`
  return {
    code: "UnauthorizedOperation",
    reason: { _tag: "Unauthorized" },
    message: `You are not authorized to perform this operation. User: ${principal.arn} is not authorized to perform: ${question.action} on resource: ${question.arn} ${why}. ` +
      `Encoded authorization failure message: ${encodedMessage(principal, question, decision)}`
  }
}

/** Policies by what they are put under: an access key, a role's ARN, or `*` for everybody without one of their own. */
export type Policies = ReadonlyMap<string, Policy>

/** Asks a principal's policies about each thing that a call touches; without any policy everything is allowed. */
export const authorizeBy = (policies: Policies, principal: Principal): Authorize => ({ action, resources }) => {
  const policy = policies.get(principal.policyOf) ?? policies.get("*")
  if (policy === undefined) return undefined
  for (const { action: itsOwn = action, arn, context } of resources) {
    const question = { action: itsOwn, arn, context }
    const decision = evaluate([policy], question)
    if (decision._tag !== "allowed") return denied(principal, question, decision)
  }
  return undefined
}
