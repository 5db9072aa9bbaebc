import { Data, Result, Schema, SchemaIssue } from "effect"
import { Base64 } from "effect/encoding"
import { AdmissionReview, type AdmissionResponse, type AdmissionReviewResponse } from "../model/AdmissionReview.js"
import type { Operation } from "../patch/JsonPatch.js"
import type { Decision } from "./Decision.js"

/** What the API server asks. */
export type AdmissionRequest = AdmissionReview["request"]

/** A body that is no AdmissionReview, so that there is nobody to answer. Not retryable: the same body stays what it is. */
export class NotAReview extends Data.TaggedError("NotAReview")<{
  /** Where in the body, and what is wrong there. */
  readonly reason: string
}> {}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first contradiction of a document, `spec.containers[0].name: Expected string`; `root` is what the document itself is called. */
const problem = (error: Schema.SchemaError, root: string): string => {
  const issue = format(error.issue).issues[0]
  const path = (issue?.path ?? []).reduce<string>((text, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`
  }, root)
  return `${path}: ${issue?.message ?? error.message}`
}

/** A decoder that tells its first failure in one line. */
export const decoder = <A>(schema: Schema.ConstraintDecoder<A>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (document: unknown, root: string): Result.Result<A, string> =>
    Result.mapError(decode(document), (error) => problem(error, root))
}

const decodeReview = decoder(AdmissionReview)

/** The request of a review that was parsed from JSON. */
export const requestOf = (body: unknown): Result.Result<AdmissionRequest, NotAReview> =>
  Result.mapBoth(decodeReview(body, "AdmissionReview"), {
    onSuccess: (review) => review.request,
    onFailure: (reason) => new NotAReview({ reason })
  })

/** The patch that was written last: pods of one kind come in a row, and most others get the same one too. */
let last = { json: "", base64: "" }

/** Base64 of UTF-8. */
const written = (patch: ReadonlyArray<Operation>): string => {
  const json = JSON.stringify(patch)
  if (json !== last.json) last = { json, base64: Base64.encode(json) }
  return last.base64
}

const response = (uid: string, decision: Decision): AdmissionResponse => {
  switch (decision._tag) {
    case "Allowed":
      return {
        uid,
        allowed: true,
        // The type of a patch may only be named where there is one.
        ...(decision.patch === undefined ? {} : { patchType: "JSONPatch", patch: written(decision.patch) }),
        ...(decision.warnings.length === 0 ? {} : { warnings: decision.warnings })
      }
    case "Forbidden":
      return { uid, allowed: false, status: { code: 403, reason: "Forbidden", message: decision.message } }
    case "Broken":
      return { uid, allowed: false, status: { code: 400, reason: "BadRequest", message: decision.message } }
  }
}

/** The review that carries a decision back to the API server. */
export const answer = (uid: string, decision: Decision): AdmissionReviewResponse => ({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  response: response(uid, decision)
})
