import { Cause, Exit, Result } from "effect"

/** What became of a call, in one word: `ok`, `interrupted`, `defect`, or the tag of the failure's reason. */
export const outcomeOf = (exit: Exit.Exit<unknown, { readonly reason: { readonly _tag: string } }>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  const failure = Cause.findError(exit.cause)
  if (Result.isSuccess(failure)) return failure.success.reason._tag
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "defect"
}
