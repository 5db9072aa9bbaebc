import { Result } from "effect"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { Admission } from "../admission/Admission.js"
import type { Attributes } from "../admission/Attributes.js"
import type { Chance } from "../Chance.js"
import { type Document, nameOf, namespaceOf } from "../Document.js"
import type { Kind } from "../Kinds.js"
import { notFound, type Rejection } from "../Rejection.js"
import type { Store } from "../Store.js"
import type { User } from "../User.js"

/** What the write operations share. */
export interface Registry {
  /** The server's own clock, in milliseconds. */
  readonly now: () => number
  readonly store: Store
  readonly admission: Admission
  readonly uids: Chance
  readonly names: Chance
}

/** One write request: who, on which kind; the annotations of its audit event are filled on the way. */
export interface Call {
  readonly user: User
  readonly kind: Kind
  readonly annotations: Record<string, string>
}

export const keyOf = (document: Document): ObjectKey => ({ namespace: namespaceOf(document), name: nameOf(document) })

/** The stored object. */
export const existing = (registry: Registry, kind: Kind, key: ObjectKey): Result.Result<Document, Rejection> => {
  const document = registry.store.get(kind, key)
  return document === undefined ? Result.fail(notFound(kind, key.name)) : Result.succeed(document)
}

export const attributes = (
  call: Call,
  key: ObjectKey,
  request: Pick<Attributes, "operation"> & Partial<Pick<Attributes, "subresource" | "oldObject">>
): Attributes => ({
  kind: call.kind,
  subresource: request.subresource ?? "",
  operation: request.operation,
  name: key.name,
  namespace: key.namespace ?? "",
  user: call.user,
  oldObject: request.oldObject,
  annotations: call.annotations
})

/**
 * Puts a document (`undefined`: nothing) where the key says, in one step with the check that `before` is still what is there. Answers what
 * a watcher is shown, or undefined, with nothing done, where somebody else was quicker.
 */
export const replace = (
  registry: Registry,
  kind: Kind,
  key: ObjectKey,
  before: Document | undefined,
  after: Document | undefined
): Document | undefined =>
  registry.store.get(kind, key) === before ? registry.store.commit(kind, key, after, registry.now()) : undefined
