import { Cause, Effect, Result } from "effect"
import type { Chance } from "../Chance.js"
import type { Document } from "../Document.js"
import { denied, internal, type Rejection } from "../Rejection.js"
import type { Webhook } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"
import { requestBody, type Verdict, verdictIn } from "./Review.js"

/** What came of calling a webhook: its verdict, or why there is none. */
export type Outcome = Result.Result<Verdict, string>

const failed = (why: string): Result.Result<never, string> => Result.fail(`failed to call webhook: ${why}`)

/** Calls a webhook; whatever goes wrong with it is an outcome, never a failure of the request by itself. */
export const call = (webhook: Webhook, request: Attributes, object: Document | undefined, chance: Chance): Effect.Effect<Outcome> => {
  const uid = chance.uuid()
  return Effect.suspend(() => webhook.handler(requestBody(uid, request, object))).pipe(
    Effect.map((answer): Outcome =>
      answer.status === 200
        ? verdictIn(answer.body, uid, webhook.type)
        : failed(`the server answered HTTP ${answer.status}: ${answer.body}`)
    ),
    Effect.timeoutOrElse({
      duration: webhook.timeout ?? "10 seconds",
      orElse: () => Effect.succeed<Outcome>(failed("context deadline exceeded"))
    }),
    Effect.catchCause((cause) => Effect.succeed<Outcome>(failed(Cause.pretty(cause).split("\n", 1).join(""))))
  )
}

/** The request's failure where a webhook with `failurePolicy: Fail` could not be asked. */
export const failedClosed = (webhook: Webhook, why: string): Rejection => internal(`failed calling webhook "${webhook.name}": ${why}`)

/**
 * The request's failure where a webhook said no. A code below 400 becomes 400.
 *
 * Source: apiserver, `pkg/admission/plugin/webhook/errors`, ToStatusErr.
 */
export const refusal = (webhook: Webhook, { status }: Verdict): Rejection => {
  const why = status.message !== "" ? `: ${status.message}` : status.reason !== "" ? `: ${status.reason}` : " without explanation"
  return denied(Math.max(status.code, 400), status.reason, `admission webhook "${webhook.name}" denied the request${why}`)
}

/** Puts a webhook's own audit annotations under its name. */
export const annotate = (webhook: Webhook, request: Attributes, verdict: Verdict): void => {
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) request.annotations[`${webhook.name}/${key}`] = value
}
