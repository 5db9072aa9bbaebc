import { Effect, Result } from "effect"
import type { AdmissionReviewResponse } from "../model/AdmissionReview.js"
import type { ServiceAccountFacts } from "../selection/Selection.js"
import { broken, type Decision, untouched } from "./Decision.js"
import type { AdmissionContext, AdmissionFacts, ServiceAccountUnreadable } from "./Facts.js"
import * as MutatePod from "./MutatePod.js"
import { type AdmissionRequest, answer, type NotAReview, requestOf } from "./Review.js"
import * as ValidateNode from "./ValidateNode.js"
import * as ValidatePod from "./ValidatePod.js"

/** The three webhooks, `mpod`, `vpod` and `vnode` of contract §2. */
export type AdmissionWebhook = "mutatePod" | "validatePod" | "validateNode"

const serviceAccountOf = (
  pod: MutatePod.PodToMutate,
  facts: AdmissionFacts,
  context: AdmissionContext
): Effect.Effect<ServiceAccountFacts, ServiceAccountUnreadable> => {
  if (pod.mirror) return Effect.succeed({ _tag: "Mirror" })
  if (!MutatePod.asksServiceAccount(pod, facts)) return Effect.succeed({ _tag: "NotAsked" })
  return Effect.map(
    context.serviceAccount(pod.namespace, pod.serviceAccountName),
    (labels) => labels === undefined ? { _tag: "Absent" } : { _tag: "Present", labels }
  )
}

const mutatePod = (
  request: AdmissionRequest,
  facts: AdmissionFacts,
  context: AdmissionContext
): Effect.Effect<Decision, ServiceAccountUnreadable> => {
  if (!MutatePod.concerns(request)) return Effect.succeed(untouched)
  const pod = MutatePod.podOf(request)
  return Result.isFailure(pod)
    ? Effect.succeed(broken(pod.failure))
    : Effect.mapEager(serviceAccountOf(pod.success, facts, context), (account) => MutatePod.decide(pod.success, facts, account))
}

const decide = (
  webhook: AdmissionWebhook,
  request: AdmissionRequest,
  facts: AdmissionFacts,
  context: AdmissionContext
): Effect.Effect<Decision, ServiceAccountUnreadable> => {
  switch (webhook) {
    case "mutatePod":
      return mutatePod(request, facts, context)
    case "validatePod":
      return Effect.succeed(ValidatePod.decide(request, facts))
    case "validateNode":
      return Effect.succeed(ValidateNode.decide(request))
  }
}

/**
 * The answer to an AdmissionReview. An object that cannot be read is answered, with `allowed: false` and code 400; everything that is not
 * forbidden by contract §4 is allowed.
 *
 * Fails with `NotAReview` where there is no request to answer (not retryable), and with `ServiceAccountUnreadable` where a policy depends
 * on a service account that could not be read (retryable).
 *
 * @param body parsed JSON, whatever it is
 */
export const review = (
  webhook: AdmissionWebhook,
  body: unknown,
  context: AdmissionContext
): Effect.Effect<AdmissionReviewResponse, NotAReview | ServiceAccountUnreadable> => {
  const request = requestOf(body)
  if (Result.isFailure(request)) return Effect.fail(request.failure)
  // Eagerly: most decisions wait for nothing, and need no fiber's steps on their way.
  return Effect.flatMapEager(context.facts, (facts) =>
    Effect.mapEager(decide(webhook, request.success, facts, context), (decision) => answer(request.success.uid, decision)))
}
