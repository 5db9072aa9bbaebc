import { Effect, Result } from "effect"
import type { Chance } from "../Chance.js"
import type { Document } from "../Document.js"
import type { Rejection } from "../Rejection.js"
import type { Webhook } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"
import { isFor, type NamespaceOf } from "./Matching.js"
import { annotate, call, failedClosed, refusal } from "./WebhookCall.js"

/**
 * The validating webhooks, all at once; the first in order that refuses is the one whose words are told. The index in the audit
 * annotation counts those that match.
 *
 * Source: apiserver, `pkg/admission/plugin/webhook/validating`, dispatcher.
 */
export const run = Effect.fnUntraced(function*(
  webhooks: ReadonlyArray<Webhook>,
  request: Attributes,
  object: Document | undefined,
  namespaceOf: NamespaceOf,
  chance: Chance
) {
  const matching: Array<Webhook> = []
  for (const webhook of webhooks) {
    if (yield* Effect.fromResult(isFor(webhook, request, object, namespaceOf))) matching.push(webhook)
  }
  const rejections = yield* Effect.forEach(matching, (webhook, index) =>
    Effect.map(call(webhook, request, object, chance), (outcome): Rejection | undefined => {
      if (Result.isFailure(outcome)) {
        if (webhook.failurePolicy !== "Ignore") return failedClosed(webhook, outcome.failure)
        request.annotations[`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`] = webhook.name
        return undefined
      }
      annotate(webhook, request, outcome.success)
      return outcome.success.allowed ? undefined : refusal(webhook, outcome.success)
    }), { concurrency: "unbounded" })
  const first = rejections.find((rejection) => rejection !== undefined)
  if (first !== undefined) return yield* first
})
