import { Schema } from "effect"
import { field } from "./Fields.js"

const Kind = Schema.Struct({ group: field(Schema.String), version: field(Schema.String), kind: field(Schema.String) })
const Resource = Schema.Struct({ group: field(Schema.String), version: field(Schema.String), resource: field(Schema.String) })

const UserInfo = Schema.Struct({
  username: field(Schema.String),
  uid: field(Schema.String),
  groups: field(Schema.Array(Schema.String)),
  extra: field(Schema.Record(Schema.String, Schema.NullOr(Schema.Array(Schema.String))))
})

/**
 * `admission.k8s.io/v1` AdmissionReview with a request. `object` and `oldObject` stay undecoded: what they must be depends on the webhook,
 * and a node is compared whole. All else has its type, also what nobody reads: a review with one field of a wrong type was not written by an API
 * server, and the rest of it is not to be believed either.
 *
 * Source: Kubernetes, admission/v1 and authentication/v1 types.
 */
export const AdmissionReview = Schema.Struct({
  apiVersion: Schema.Literal("admission.k8s.io/v1"),
  kind: Schema.Literal("AdmissionReview"),
  request: Schema.Struct({
    uid: Schema.NonEmptyString,
    kind: field(Kind),
    resource: field(Resource),
    subResource: field(Schema.String),
    requestKind: field(Kind),
    requestResource: field(Resource),
    requestSubResource: field(Schema.String),
    name: field(Schema.String),
    namespace: field(Schema.String),
    operation: Schema.Literals(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    userInfo: field(UserInfo),
    object: Schema.optionalKey(Schema.Unknown),
    oldObject: Schema.optionalKey(Schema.Unknown),
    dryRun: field(Schema.Boolean),
    options: field(Schema.Record(Schema.String, Schema.Unknown))
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
