import { EC2ServiceException } from "@aws-sdk/client-ec2"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { missingAction, readable } from "./errors/Authorization.js"
import { type About, classify } from "./errors/Classify.js"
import { lost } from "./errors/Lost.js"

/** Explains an `UnauthorizedOperation`, where that is permitted. */
export type Explain = (message: string) => Effect.Effect<string | undefined>

/** Answers of EC2's and of STS's, which assumed roles go through, look alike. */
const isAnswer = (error: unknown): error is EC2ServiceException =>
  error instanceof EC2ServiceException || (error instanceof Error && "$metadata" in error && "$fault" in error)

const toError = (action: string, about: About, explain: Explain) =>
  Effect.fnUntraced(function*(thrown: unknown): Effect.fn.Return<Ec2Error> {
    const isWrite = !action.startsWith("Describe")
    if (!isAnswer(thrown)) return new Ec2Error({ action, ...lost(thrown, isWrite) })
    const { $metadata, message, name: code } = thrown
    const { mend, reason } = classify({ code, message, status: $metadata.httpStatusCode ?? 0, isWrite, about })
    const requestId = $metadata.requestId
    if (reason._tag !== "Unauthorized") return new Ec2Error({ action, code, reason, message, mend, requestId })
    const why = yield* explain(message)
    return new Ec2Error({
      action,
      code,
      reason,
      message: why === undefined ? readable(message) : `${readable(message)} (${why})`,
      mend: code === "UnauthorizedOperation" ? `allow ${missingAction(message, action)} in the role's policy (deploy/iam)` : mend,
      requestId
    })
  })

/** One call; interrupting it aborts the request. Fails with the port's error. */
export const call = <A>(
  action: string,
  about: About,
  explain: Explain,
  send: (abortSignal: AbortSignal) => Promise<A>
): Effect.Effect<A, Ec2Error> =>
  Effect.catch(
    Effect.tryPromise({ try: send, catch: (thrown) => ({ thrown }) }),
    ({ thrown }) => Effect.flatMap(toError(action, about, explain)(thrown), Effect.fail)
  )
