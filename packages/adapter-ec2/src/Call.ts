import { EC2ServiceException } from "@aws-sdk/client-ec2"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { mendOf, readable, type Refused } from "./errors/Authorization.js"
import { type About, bare, classify } from "./errors/Classify.js"
import { lost } from "./errors/Lost.js"

/** Tells what is behind an `UnauthorizedOperation`. */
export type Explain = (action: string, message: string) => Effect.Effect<Refused>

/** Whose call it is. */
export interface Caller {
  readonly explain: Explain
  /** What the SDK adds to this machine's clock for signatures, milliseconds. */
  readonly clockOff: () => number
}

/** Answers of EC2's and of STS's, which assumed roles go through, look alike. */
const isAnswer = (error: unknown): error is EC2ServiceException =>
  error instanceof EC2ServiceException || (error instanceof Error && "$metadata" in error && "$fault" in error)

const toError = (action: string, about: About, { clockOff, explain }: Caller) =>
  Effect.fnUntraced(function*(thrown: unknown): Effect.fn.Return<Ec2Error> {
    const isWrite = !action.startsWith("Describe")
    if (!isAnswer(thrown)) return new Ec2Error({ action, ...lost(thrown, isWrite) })
    const { $metadata, message } = thrown
    const { requestId } = $metadata
    const code = bare(thrown.name)
    // @aws-sdk/core, AwsSdkSigV4Signer, says so from four minutes on, and signs by EC2's clock from then on.
    const isSkewed = Reflect.get($metadata, "clockSkewCorrected") === true
    const { mend, reason } = classify({ code, message, status: $metadata.httpStatusCode ?? 0, isWrite, about, clockOff: isSkewed ? clockOff() : undefined })
    if (code !== "UnauthorizedOperation") return new Ec2Error({ action, code, reason, message, mend, requestId })
    const refused = yield* explain(action, message)
    const words = readable(message)
    return new Ec2Error({
      action,
      code,
      reason,
      message: refused.essence === undefined ? words : `${words} (${refused.essence})`,
      mend: mendOf(refused),
      requestId
    })
  })

/** One call; interrupting it aborts the request. Fails with the port's error. */
export const call = <A>(
  action: string,
  about: About,
  caller: Caller,
  send: (abortSignal: AbortSignal) => Promise<A>
): Effect.Effect<A, Ec2Error> =>
  Effect.catch(
    Effect.tryPromise({ try: send, catch: (thrown) => ({ thrown }) }),
    ({ thrown }) => Effect.flatMap(toError(action, about, caller)(thrown), Effect.fail)
  )
