import { Effect, Result } from "effect"
import { equals, isObject } from "@branchline/core/patch/Json"
import * as JsonPatch from "@branchline/core/patch/JsonPatch"
import type { Chance } from "../Chance.js"
import { defaulted } from "../Defaults.js"
import type { Document } from "../Document.js"
import { internal, type Rejection } from "../Rejection.js"
import type { Webhook } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"
import { isFor, type NamespaceOf } from "./Matching.js"
import type { Verdict } from "./Review.js"
import { annotate, call, failedClosed, refusal } from "./WebhookCall.js"

/** What the second round has to know of the first. */
export interface Rounds {
  round: 0 | 1
  /** A webhook changed the object: the in-tree plugins run again, and after them the webhooks that want to. */
  again: boolean
  /** Called, and to be called again if somebody mutates after them. */
  readonly called: Set<Webhook>
  /** To be called again. */
  readonly recalled: Set<Webhook>
  output: Document | undefined
}

export const rounds = (): Rounds => ({ round: 0, again: false, called: new Set(), recalled: new Set(), output: undefined })

const recallAll = (state: Rounds): void => {
  for (const webhook of state.called) state.recalled.add(webhook)
  state.called.clear()
}

const isDocument = (value: unknown): value is Document => isObject(value)

/** A patch that does not apply fails the request whatever the failure policy says, as in kube-apiserver. */
const patched = (webhook: Webhook, object: Document | undefined, { patch }: Verdict): Result.Result<Document | undefined, Rejection> => {
  if (patch.length === 0) return Result.succeed(object)
  if (object === undefined) {
    return Result.fail(
      internal(`admission webhook "${webhook.name}" attempted to modify the object, which is not supported for this operation`)
    )
  }
  const result = JsonPatch.apply(object, patch)
  if (Result.isFailure(result)) return Result.fail(internal(`${result.failure.path}: ${result.failure.reason}`))
  return isDocument(result.success) ? Result.succeed(result.success) : Result.fail(internal("the patched object is no object"))
}

/**
 * One round of the mutating webhooks, one after the other, each on what the one before it made.
 *
 * The index in the audit annotations counts every webhook of the cluster, also those that do not match. In round 1 a webhook is called
 * again when its policy is IfNeeded and somebody changed the object after it: another webhook, or an in-tree plugin in its own second run.
 *
 * Source: apiserver, `pkg/admission/plugin/webhook/mutating`, dispatcher and reinvocationcontext.
 */
export const run = Effect.fnUntraced(function*(
  webhooks: ReadonlyArray<Webhook>,
  request: Attributes,
  given: Document | undefined,
  state: Rounds,
  namespaceOf: NamespaceOf,
  chance: Chance
) {
  let object = given
  if (state.round === 1 && !equals(state.output, object)) recallAll(state)
  for (const [index, webhook] of webhooks.entries()) {
    if (!(yield* Effect.fromResult(isFor(webhook, request, object, namespaceOf)))) continue
    if (state.round === 1 && !state.recalled.has(webhook)) continue
    const note = (prefix: string, value: string): void => {
      request.annotations[`${prefix}mutation.webhook.admission.k8s.io/round_${state.round}_index_${index}`] = value
    }
    const named = { configuration: webhook.configuration, webhook: webhook.name }
    const outcome = yield* call(webhook, request, object, chance)
    const before = object
    let rejection: Rejection | undefined
    if (Result.isSuccess(outcome)) {
      const verdict = outcome.success
      annotate(webhook, request, verdict)
      const result = verdict.allowed ? patched(webhook, object, verdict) : Result.fail(refusal(webhook, verdict))
      if (Result.isFailure(result)) rejection = result.failure
      else {
        object = result.success
        if (verdict.patch.length > 0) {
          request.annotations[`patch.webhook.admission.k8s.io/round_${state.round}_index_${index}`] = JSON.stringify({
            ...named,
            patch: verdict.patch,
            patchType: "JSONPatch"
          })
        }
      }
    } else if (webhook.failurePolicy === "Ignore") note("failed-open.", webhook.name)
    else rejection = failedClosed(webhook, outcome.failure)

    const mutated = object !== before && !equals(object, before)
    note("", JSON.stringify({ ...named, mutated }))
    if (mutated) {
      recallAll(state)
      state.again = true
    }
    if (object !== before && object !== undefined && request.subresource !== "binding") object = defaulted(request.kind, object)
    if (webhook.reinvocationPolicy === "IfNeeded") state.called.add(webhook)
    if (rejection !== undefined) return yield* rejection
  }
  state.output = object
  return object
})
