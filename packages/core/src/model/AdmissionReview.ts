import { Schema } from "effect"
import { field } from "./Fields.js"

/**
 * `admission.k8s.io/v1` AdmissionReview with a request. `object` and `oldObject` stay undecoded: what they must be depends on the webhook,
 * and a node is compared whole.
 */
export const AdmissionReview = Schema.Struct({
  apiVersion: Schema.Literal("admission.k8s.io/v1"),
  kind: Schema.Literal("AdmissionReview"),
  request: Schema.Struct({
    uid: Schema.NonEmptyString,
    kind: field(Schema.Struct({ group: field(Schema.String), version: field(Schema.String), kind: field(Schema.String) })),
    resource: field(Schema.Struct({ group: field(Schema.String), version: field(Schema.String), resource: field(Schema.String) })),
    subResource: field(Schema.String),
    name: field(Schema.String),
    namespace: field(Schema.String),
    operation: Schema.Literals(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    userInfo: field(Schema.Struct({ username: field(Schema.String) })),
    object: Schema.optionalKey(Schema.Unknown),
    oldObject: Schema.optionalKey(Schema.Unknown),
    dryRun: field(Schema.Boolean)
  })
})
export type AdmissionReview = typeof AdmissionReview.Type

/** The answer to a review. `patch` is base64 of a JSON Patch document. */
export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly patchType?: "JSONPatch"
  readonly patch?: string
  readonly status?: { readonly code: number; readonly message: string; readonly reason?: string }
  readonly warnings?: ReadonlyArray<string>
}

/** The review that goes back to the API server. */
export interface AdmissionReviewResponse {
  readonly apiVersion: "admission.k8s.io/v1"
  readonly kind: "AdmissionReview"
  readonly response: AdmissionResponse
}
