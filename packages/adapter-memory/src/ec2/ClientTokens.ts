import type { AssociationId, InstanceId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import type { Parameters } from "./CallLog.js"
import { type Refusal, rejected, tokenSpent } from "./Refusal.js"

/** What a token was used for, and what came of it. */
interface Spent<A> {
  readonly parameters: string
  readonly answer: A
}

/** Tokens by action: EC2 tells them apart by action, account and Region. */
export interface ClientTokens {
  readonly launches: Map<string, Spent<ReadonlyArray<InstanceId>>>
  readonly creates: Map<string, Spent<NetworkInterface>>
  readonly associates: Map<string, Spent<AssociationId>>
  readonly disassociates: Map<string, Spent<void>>
}

export const makeClientTokens = (): ClientTokens => ({ launches: new Map(), creates: new Map(), associates: new Map(), disassociates: new Map() })

/**
 * Runs an operation once per token: the same token and parameters give the same answer again, whatever became of it since; the same
 * token with other parameters is `IdempotentParameterMismatch` (contract §6). A refusal spends no token.
 */
export const oncePerToken = <A>(
  spent: Map<string, Spent<A>>,
  token: string,
  parameters: Parameters,
  operation: () => Result.Result<A, Refusal>
): Result.Result<A, Refusal> => {
  // Up to 64 ASCII characters. Source: Amazon EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests".
  if (!/^[\x21-\x7e]{1,64}$/.test(token)) return Result.fail(rejected("A client token has 1 to 64 ASCII characters.", "InvalidClientToken"))
  const digest = JSON.stringify(parameters)
  const earlier = spent.get(token)
  if (earlier !== undefined) {
    return earlier.parameters === digest ? Result.succeed(earlier.answer) : Result.fail(tokenSpent(token))
  }
  return Result.map(operation(), (answer) => {
    spent.set(token, { parameters: digest, answer })
    return answer
  })
}
