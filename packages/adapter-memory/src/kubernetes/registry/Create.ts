import { Effect, Result } from "effect"
import { apiVersionOf } from "@branchline/core/model/Resource"
import { defaulted } from "../Defaults.js"
import { type Document, nameOf, namespaceOf, objectAt, resourceVersionOf, textAt, without, withMetadata } from "../Document.js"
import { type Kind, namespaces, qualifiedName } from "../Kinds.js"
import { alreadyExists, badRequest, internal, invalid, notFound, type Rejection, stillDeleting } from "../Rejection.js"
import { seconds } from "../Timestamps.js"
import { createProblems } from "../Validation.js"
import { attributes, type Call, keyOf, type Registry, replace } from "./Registry.js"

/** How often a generated name that is taken is drawn anew. Source: apiserver, generic registry, Create. */
const nameAttempts = 8
/** A generated name's part before the five drawn characters is cut to this. Source: apiserver, `pkg/storage/names`. */
const basisLength = 58

const systemFields = {
  uid: undefined,
  creationTimestamp: undefined,
  deletionTimestamp: undefined,
  deletionGracePeriodSeconds: undefined,
  selfLink: undefined
}

/** The document as the handler takes it in: type and namespace filled in, what only the server may set taken out. */
const received = (call: Call, document: Document): Result.Result<Document, Rejection> => {
  const { kind } = call
  const apiVersion = apiVersionOf(kind)
  const namespace = namespaceOf(document)
  if ((textAt(document, "apiVersion") ?? apiVersion) !== apiVersion || (textAt(document, "kind") ?? kind.kind) !== kind.kind) {
    return Result.fail(badRequest(
      `the object provided is unrecognized: ${textAt(document, "apiVersion")}, Kind=${textAt(document, "kind")} does not match ${apiVersion}, Kind=${kind.kind}`
    ))
  }
  if (resourceVersionOf(document) !== "") return Result.fail(internal("resourceVersion should not be set on objects to be created"))
  return Result.succeed(withMetadata({ ...document, apiVersion, kind: kind.kind }, {
    ...systemFields,
    // kubectl's own choice where a manifest names no namespace.
    namespace: kind.namespaced ? namespace ?? "default" : undefined
  }))
}

/** A new object's status is the server's to say; a node brings its own. Source: Kubernetes, PrepareForCreate of each kind's strategy. */
const withInitialStatus = (kind: Kind, document: Document): Document => {
  switch (qualifiedName(kind)) {
    case "pods":
      return { ...document, status: { phase: "Pending" } }
    case "namespaces":
      return withMetadata({ ...document, status: { phase: "Active" } }, {
        labels: { ...objectAt(document, "metadata", "labels"), "kubernetes.io/metadata.name": nameOf(document) }
      })
    default:
      return kind.custom && kind.hasStatus ? without(document, "status") : document
  }
}

const taken = (registry: Registry, kind: Kind, object: Document): Rejection => {
  const there = registry.store.get(kind, keyOf(object))
  const isLeaving = there !== undefined && objectAt(there, "metadata")["deletionTimestamp"] !== undefined
  return isLeaving ? stillDeleting(kind, nameOf(object)) : alreadyExists(kind, nameOf(object))
}

/** Admits, names, validates and stores a new object. */
export const create = Effect.fnUntraced(function*(registry: Registry, call: Call, document: Document) {
  const { kind } = call
  const given = yield* Effect.fromResult(received(call, document))
  const namespace = namespaceOf(given)
  if (namespace !== undefined && registry.store.get(namespaces, { name: namespace }) === undefined) {
    return yield* notFound(namespaces, namespace)
  }
  const request = attributes(call, keyOf(given), { operation: "CREATE" })
  const admitted = (yield* registry.admission.mutate(request, defaulted(kind, given))) ?? given
  const basis = textAt(admitted, "metadata", "generateName") ?? ""
  const generated = nameOf(admitted) === "" && basis !== ""

  for (let attempt = 1;; attempt++) {
    const name = generated ? `${basis.slice(0, basisLength)}${registry.names.suffix()}` : nameOf(admitted)
    const object = withInitialStatus(kind, withMetadata(admitted, {
      name,
      uid: registry.uids.uuid(),
      creationTimestamp: seconds(registry.now())
    }))
    const problems = createProblems(kind, object)
    if (problems.length > 0) return yield* invalid(kind, name, problems)
    yield* registry.admission.validate({ ...request, name }, object)
    const stored = replace(registry, kind, keyOf(object), undefined, object)
    if (stored !== undefined) return stored
    if (!generated || attempt === nameAttempts) return yield* taken(registry, kind, object)
  }
})
