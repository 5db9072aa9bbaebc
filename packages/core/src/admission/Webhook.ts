import { Effect, Result } from "effect"
import { mutatePodWebhook, validateNodeWebhook, validatePodWebhook } from "../model/Names.js"
import { type AdmissionWebhook, review } from "./Admission.js"
import type { AdmissionContext } from "./Facts.js"
import { readParts } from "./ReadParts.js"
import { parse, parsePart } from "./StrictJson.js"

/** What the API server posts. */
export interface WebhookRequest {
  /** Of the URL, without a query. */
  readonly path: string
  readonly body: string
}

/** What goes back: with status 200 a review as JSON, else a reason as plain text. */
export interface WebhookResponse {
  readonly status: 200 | 400 | 404 | 500
  readonly body: string
}

const webhooks: ReadonlyMap<string, AdmissionWebhook> = new Map<string, AdmissionWebhook>([
  [mutatePodWebhook.path, "mutatePod"],
  [validatePodWebhook.path, "validatePod"],
  [validateNodeWebhook.path, "validateNode"]
])

const documentOf = (webhook: AdmissionWebhook, body: string): Result.Result<unknown, string> =>
  webhook === "validateNode" ? parse(body) : parsePart(body, readParts[webhook])

const failed = (status: 400 | 404 | 500, body: string): Effect.Effect<WebhookResponse> => Effect.succeed({ status, body })

/**
 * The whole of a webhook call, text in and text out: what a server of any kind has to do with a request, and what an in-memory API server
 * calls instead of one. It does not fail. 200 carries an AdmissionReview, whose response may well be a refusal; the other three are for the
 * API server's `failurePolicy`: 400 no AdmissionReview, 404 no such webhook, 500 a service account that could not be read.
 *
 * Source: contract §2 (paths), §4.
 *
 * @example respond({ path: "/mutate-v1-pod", body }, context) // { status: 200, body: '{"apiVersion":"admission.k8s.io/v1",…}' }
 */
export const respond = ({ body, path }: WebhookRequest, context: AdmissionContext): Effect.Effect<WebhookResponse> => {
  const webhook = webhooks.get(path)
  if (webhook === undefined) return failed(404, `there is no webhook at ${path}`)
  const json = documentOf(webhook, body)
  if (Result.isFailure(json)) return failed(400, json.failure)
  const answered = Effect.mapEager(review(webhook, json.success, context), (answer): WebhookResponse => ({ status: 200, body: JSON.stringify(answer) }))
  return Effect.catchEager(answered, (problem) =>
    problem._tag === "NotAReview"
      ? failed(400, problem.reason)
      : failed(500, `the service account ${problem.namespace}/${problem.name} could not be read: ${problem.reason}`))
}
