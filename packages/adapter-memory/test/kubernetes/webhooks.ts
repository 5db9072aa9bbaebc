import { Effect, Schema } from "effect"
import { Base64 } from "effect/encoding"
import type { Document } from "../../src/kubernetes/Document.js"
import type { Webhook, WebhookAnswer } from "../../src/kubernetes/Webhook.js"

const Review = Schema.fromJsonString(Schema.Struct({
  request: Schema.Struct({ uid: Schema.String, operation: Schema.String, object: Schema.NullOr(Schema.JsonObject) })
}))
const decode = Schema.decodeUnknownSync(Review)

/** An answer of a webhook's server. */
export const answer = (response: Document): WebhookAnswer => ({
  status: 200,
  body: JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response })
})

export const allow = (uid: string): WebhookAnswer => answer({ uid, allowed: true })

export const patch = (uid: string, operations: unknown): WebhookAnswer =>
  answer({ uid, allowed: true, patchType: "JSONPatch", patch: Base64.encode(JSON.stringify(operations)) })

/** A handler from a function of the request. */
export const handler =
  (respond: (uid: string, object: Document) => WebhookAnswer): Webhook["handler"] => (body) =>
    Effect.sync(() => {
      const { request } = decode(body)
      return respond(request.uid, request.object ?? {})
    })

export const podRule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE" as const], resources: ["pods"] }

/** A mutating webhook for the creation of pods. */
export const mutating = (configuration: string, respond: Webhook["handler"], more: Partial<Webhook> = {}): Webhook => ({
  type: "mutating",
  configuration,
  name: `${configuration}.example.com`,
  rules: [podRule],
  handler: respond,
  ...more
})

export const validating = (configuration: string, respond: Webhook["handler"], more: Partial<Webhook> = {}): Webhook => ({
  ...mutating(configuration, respond),
  type: "validating",
  ...more
})

/** Gives a container without resources one of `vpc.amazonaws.com/pod-eni`, as the controller's own webhook does (contract §4). */
export const giveBranch = handler((uid, object) =>
  JSON.stringify(object).includes("\"vpc.amazonaws.com/pod-eni\":\"1\"") ? allow(uid) : patch(uid, [
    { op: "add", path: "/spec/containers/0/resources/limits", value: { "vpc.amazonaws.com/pod-eni": "1" } },
    { op: "add", path: "/spec/containers/0/resources/requests", value: { "vpc.amazonaws.com/pod-eni": "1" } }
  ])
)
