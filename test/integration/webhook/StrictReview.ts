import { type Json, readJson } from "./StrictJson.js"

/**
 * What a body posted to `/mutate-v1-pod` is, by the types of admission/v1, authentication/v1 and of those fields of core/v1 that contract §4
 * names; and what has to come of it. Written by hand from the API's documentation, apart from the Schemas under test.
 */
export type Verdict =
  /** Nobody to answer. */
  | { readonly _tag: "NoReview" }
  /** A review whose pod is none. */
  | { readonly _tag: "BrokenObject"; readonly uid: string }
  | { readonly _tag: "Valid"; readonly uid: string; readonly patch: ReadonlyArray<object> | undefined }

type Check = (value: Json | undefined) => boolean

const text: Check = (value) => typeof value === "string"
const optional = (check: Check): Check => (value) => value === undefined || value === null || check(value)
const map = (check: Check): Check => (value) => value instanceof Map && [...value.values()].every(check)
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check)
const struct = (fields: Readonly<Record<string, Check>>): Check => (value) =>
  value instanceof Map && Object.entries(fields).every(([name, check]) => check(value.get(name)))

const kind = struct({ group: optional(text), version: optional(text), kind: optional(text) })
const gvr = struct({ group: optional(text), version: optional(text), resource: optional(text) })
const operations = ["CREATE", "UPDATE", "DELETE", "CONNECT"]

const review = struct({
  apiVersion: (value) => value === "admission.k8s.io/v1",
  kind: (value) => value === "AdmissionReview",
  request: struct({
    uid: (value) => typeof value === "string" && value !== "",
    kind: optional(kind),
    resource: optional(gvr),
    subResource: optional(text),
    requestKind: optional(kind),
    requestResource: optional(gvr),
    requestSubResource: optional(text),
    name: optional(text),
    namespace: optional(text),
    operation: (value) => typeof value === "string" && operations.includes(value),
    userInfo: optional(struct({ username: optional(text), uid: optional(text), groups: optional(list(text)), extra: optional(map(optional(list(text)))) })),
    dryRun: optional((value) => typeof value === "boolean"),
    options: optional((value) => value instanceof Map)
  })
})

const resources = struct({ limits: optional(map(text)), requests: optional(map(text)) })
const pod = struct({
  metadata: optional(struct({
    name: optional(text),
    generateName: optional(text),
    namespace: optional(text),
    labels: optional(map(text)),
    annotations: optional(map(text))
  })),
  spec: struct({
    nodeName: optional(text),
    hostNetwork: optional((value) => typeof value === "boolean"),
    serviceAccountName: optional(text),
    nodeSelector: optional(map(text)),
    containers: list(struct({ name: text, resources: optional(resources) }))
  })
})

const at = (value: Json | undefined, ...path: ReadonlyArray<string | number>): Json | undefined =>
  path.reduce<Json | undefined>((inner, key) => {
    if (inner instanceof Map && typeof key === "string") return inner.get(key)
    return Array.isArray(inner) && typeof key === "number" ? inner[key] as Json | undefined : undefined
  }, value)

const key = "vpc.amazonaws.com/pod-eni"
const one = { [key]: "1" }

/** The patch of contract §4 for one of the two maps of container 0. */
const forMap = (found: Json | undefined, name: "limits" | "requests"): ReadonlyArray<object> => {
  const path = `/spec/containers/0/resources/${name}`
  if (!(found instanceof Map)) return [{ op: "add", path, value: one }]
  const value = found.get(key)
  if (value === "1") return []
  return [{ op: value === undefined ? "add" : "replace", path: `${path}/vpc.amazonaws.com~1pod-eni`, value: "1" }]
}

/** The policy under which the server runs: pods of `default` with `role: demo-sg`, as in the seed. */
const patchFor = (request: Json | undefined): ReadonlyArray<object> | undefined => {
  const object = at(request, "object")
  const namespace = at(object, "metadata", "namespace") || at(request, "namespace")
  const selector = at(object, "spec", "nodeSelector")
  const isWindows = ["kubernetes.io/os", "beta.kubernetes.io/os"].some((label) => at(selector, label) === "windows")
  if (at(object, "spec", "hostNetwork") === true || isWindows) return undefined
  if (namespace !== "default" || at(object, "metadata", "labels", "role") !== "demo-sg") return undefined
  const container = at(object, "spec", "containers", 0)
  if (container === undefined) return undefined
  const found = at(container, "resources")
  if (!(found instanceof Map)) return [{ op: "add", path: "/spec/containers/0/resources", value: { limits: one, requests: one } }]
  const patch = [...forMap(found.get("limits"), "limits"), ...forMap(found.get("requests"), "requests")]
  return patch.length === 0 ? undefined : patch
}

export const judge = (body: Buffer): Verdict => {
  const document = readJson(body)
  if (document === undefined || !review(document)) return { _tag: "NoReview" }
  const request = at(document, "request")
  const uid = String(at(request, "uid"))
  const kindName = at(request, "kind", "kind") ?? "Pod"
  const isCreation = at(request, "operation") === "CREATE" && (at(request, "subResource") || "") === "" && kindName === "Pod"
  if (!isCreation) return { _tag: "Valid", uid, patch: undefined }
  return pod(at(request, "object")) ? { _tag: "Valid", uid, patch: patchFor(request) } : { _tag: "BrokenObject", uid }
}
