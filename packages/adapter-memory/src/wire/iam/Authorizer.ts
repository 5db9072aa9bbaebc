import type { Refusal } from "../../ec2/Refusal.js"
import type { Authorize } from "../Dispatch.js"
import { keysOf, type Principal } from "../Principals.js"
import { type Decision, evaluate, type Question } from "./Evaluate.js"
import { encodeFailure } from "./FailureMessage.js"
import type { Policy } from "./Policy.js"

/** Policies by what they are put under: an access key, a role's ARN, or `*` for everybody without one of their own. */
export type Policies = ReadonlyMap<string, Policy>

/** A question that was answered with no. */
export interface Denial {
  readonly question: Question
  readonly decision: Decision
}

/** Asks a principal's policies; undefined where nothing is in the way. Without any policy everything is allowed. */
export const denialOf = (policies: Policies, principal: Principal, questions: ReadonlyArray<Question>): Denial | undefined => {
  const policy = policies.get(principal.policyOf) ?? policies.get("*")
  if (policy === undefined) return undefined
  for (const asked of questions) {
    const question = { ...asked, context: { ...asked.context, ...keysOf(principal) } }
    const decision = evaluate([policy], question)
    if (decision._tag !== "allowed") return { question, decision }
  }
  return undefined
}

/** Who may not do what, and by what kind of policy. Source: IAM User Guide, "Troubleshoot access denied error messages". */
export const sentenceOf = ({ arn }: Principal, { decision, question }: Denial, resource: string | undefined): string => {
  const why = decision._tag === "denied" ? "with an explicit deny in an identity-based policy" : `because no identity-based policy allows the ${question.action} action`
  return `User: ${arn} is not authorized to perform: ${question.action}${resource === undefined ? "" : ` on resource: ${resource}`} ${why}`
}

/** Asks a principal's policies about each thing that a call touches. */
export const authorizeBy = (policies: Policies, principal: Principal): Authorize => ({ action, resources }): Refusal | undefined => {
  const denial = denialOf(policies, principal, resources.map((asked) => ({ action: asked.action ?? action, arn: asked.arn, context: asked.context })))
  if (denial === undefined) return undefined
  const { decision, question } = denial
  return {
    code: "UnauthorizedOperation",
    reason: { _tag: "Unauthorized" },
    message: `You are not authorized to perform this operation. ${sentenceOf(principal, denial, question.arn)}. ` +
      `Encoded authorization failure message: ${encodeFailure(principal, question, decision)}`
  }
}
