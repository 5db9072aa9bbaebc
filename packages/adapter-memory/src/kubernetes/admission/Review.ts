import { Result, Schema } from "effect"
import { Base64 } from "effect/encoding"
import * as JsonPatch from "@branchline/core/patch/JsonPatch"
import type { Document } from "../Document.js"
import type { Webhook } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"

const optionsKinds = { CREATE: "CreateOptions", UPDATE: "PatchOptions", DELETE: "DeleteOptions" } as const

/**
 * The AdmissionReview that a webhook is sent, as text.
 *
 * Source: apiserver, `pkg/admission/plugin/webhook/request`, CreateV1AdmissionReview.
 */
export const requestBody = (uid: string, request: Attributes, object: Document | undefined): string => {
  const { group, version, plural } = request.kind
  const kind = { group, version, kind: request.subresource === "binding" ? "Binding" : request.kind.kind }
  const resource = { group, version, resource: plural }
  const subresource = request.subresource === "" ? undefined : request.subresource
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid,
      kind,
      resource,
      subResource: subresource,
      requestKind: kind,
      requestResource: resource,
      requestSubResource: subresource,
      name: request.name === "" ? undefined : request.name,
      namespace: request.namespace === "" ? undefined : request.namespace,
      operation: request.operation,
      userInfo: request.user,
      object: object ?? null,
      oldObject: request.oldObject ?? null,
      dryRun: false,
      options: { kind: optionsKinds[request.operation], apiVersion: "meta.k8s.io/v1" }
    }
  })
}

const text = Schema.optionalKey(Schema.NullOr(Schema.String))

const Response = Schema.Struct({
  apiVersion: Schema.String,
  kind: Schema.String,
  response: Schema.optionalKey(Schema.NullOr(Schema.Struct({
    uid: text,
    allowed: Schema.Boolean,
    patch: text,
    patchType: text,
    status: Schema.optionalKey(Schema.NullOr(Schema.Struct({
      code: Schema.optionalKey(Schema.NullOr(Schema.Int)),
      message: text,
      reason: text
    }))),
    auditAnnotations: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String)))
  })))
})

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Response))
const parseJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/** What a webhook said. */
export interface Verdict {
  readonly allowed: boolean
  /** Empty where it changes nothing. */
  readonly patch: ReadonlyArray<JsonPatch.Operation>
  readonly status: { readonly code: number; readonly reason: string; readonly message: string }
  readonly auditAnnotations: Readonly<Record<string, string>>
}

const read = (base64: string): Result.Result<ReadonlyArray<JsonPatch.Operation>, string> =>
  Base64.decodeString(base64).pipe(
    Result.mapError((error) => error.message),
    Result.flatMap((json) => Result.mapError(parseJson(json), (error) => error.message)),
    Result.flatMap(JsonPatch.fromJson),
    Result.mapError((why) => `received undecodable patch in webhook response: ${why}`)
  )

/** The patch that was read last: most pods get the same one. */
let last = { base64: "", patch: read("") }

const patchOf = (base64: string): typeof last.patch => {
  if (base64 !== last.base64) last = { base64, patch: read(base64) }
  return last.patch
}

const refuse = (why: string): Result.Result<never, string> => Result.fail(`received invalid webhook response: ${why}`)

/**
 * The verdict in a webhook's answer, or why it is none.
 *
 * Source: as above, VerifyAdmissionResponse.
 */
export const verdictIn = (body: string, uid: string, type: Webhook["type"]): Result.Result<Verdict, string> => {
  const decoded = decode(body)
  if (Result.isFailure(decoded)) return Result.fail(`failed to call webhook: the answer is no AdmissionReview: ${decoded.failure.message}`)
  const { apiVersion, kind, response } = decoded.success
  if (response === undefined || response === null) return refuse("webhook response was absent")
  if (response.uid !== uid) return refuse(`expected response.uid="${uid}", got "${response.uid ?? ""}"`)
  if (apiVersion !== "admission.k8s.io/v1" || kind !== "AdmissionReview") {
    return refuse(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`)
  }
  const patch = response.patch ?? ""
  const patchType = response.patchType ?? undefined
  if (type === "validating" && patch !== "") return refuse("validating webhook may not return response.patch")
  if (type === "validating" && patchType !== undefined) return refuse("validating webhook may not return response.patchType")
  if (patch !== "" && patchType === undefined) return refuse("webhook returned response.patch but not response.patchType")
  if (patch === "" && patchType !== undefined) return refuse("webhook returned response.patchType but not response.patch")
  if (patchType !== undefined && patchType !== "JSONPatch") return Result.fail(`unsupported patch type "${patchType}"`)
  const { code, message, reason } = response.status ?? {}
  return Result.map(patch === "" || !response.allowed ? Result.succeed([]) : patchOf(patch), (operations) => ({
    allowed: response.allowed,
    patch: operations,
    status: { code: code ?? 0, reason: reason ?? "", message: message ?? "" },
    auditAnnotations: response.auditAnnotations ?? {}
  }))
}
