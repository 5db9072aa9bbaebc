import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"

/**
 * What an answer has to hold. Something else than EC2 may answer well-formed documents with a 200, and silence is no "there is none": it would make a
 * controller forget what there is.
 */
export const held = <A>(action: string, what: string, value: A | undefined): Effect.Effect<A, Ec2Error> =>
  value === undefined
    ? Effect.fail(
      new Ec2Error({
        action,
        code: "EmptyAnswer",
        reason: { _tag: action.startsWith("Describe") ? "Unavailable" : "UnknownOutcome" },
        message: `the answer holds no ${what}`,
        mend: "check the endpoint"
      })
    )
    : Effect.succeed(value)
