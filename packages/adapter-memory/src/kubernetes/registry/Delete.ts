import { Effect } from "effect"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { DeleteOptions } from "../ApiServer.js"
import { type Document, finalizersOf, objectAt, resourceVersionOf, textAt, uidOf, withMetadata } from "../Document.js"
import { type Kind, qualifiedName } from "../Kinds.js"
import { conflict, type Rejection } from "../Rejection.js"
import { parse, seconds } from "../Timestamps.js"
import { attributes, type Call, existing, type Registry, replace } from "./Registry.js"

const preconditions = (kind: Kind, document: Document, name: string, options: DeleteOptions): Rejection | undefined => {
  const mismatch = (what: string, wanted: string, found: string, why: string): Rejection =>
    conflict(kind.kind, name, `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`)
  if (options.uid !== undefined && options.uid !== uidOf(document)) {
    return mismatch("UID", options.uid, uidOf(document), "deleted and then recreated")
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersionOf(document)) {
    return mismatch("ResourceVersion", options.resourceVersion, resourceVersionOf(document), "modified")
  }
  return undefined
}

const wholeNumber = (value: unknown): number | undefined => typeof value === "number" ? value : undefined

/**
 * How long a pod may take to end, in seconds; a pod that no kubelet runs needs no time.
 *
 * Source: Kubernetes, `pkg/registry/core/pod/strategy.go`, CheckGracefulDelete.
 */
const podGrace = (pod: Document, asked: number | undefined): number => {
  const phase = textAt(pod, "status", "phase")
  if ((textAt(pod, "spec", "nodeName") ?? "") === "" || phase === "Succeeded" || phase === "Failed") return 0
  const grace = asked ?? wholeNumber(objectAt(pod, "spec")["terminationGracePeriodSeconds"]) ?? 0
  return grace < 0 ? 1 : grace
}

/** A deletion under way can only be made shorter; 0 is kubelet's word that the pod has ended. */
const shortened = (pod: Document, grace: number, now: number): Document => {
  const { deletionTimestamp, deletionGracePeriodSeconds } = objectAt(pod, "metadata")
  const began = typeof deletionTimestamp === "string" ? parse(deletionTimestamp) - 1000 * (wholeNumber(deletionGracePeriodSeconds) ?? 0) : now
  const ends = began + 1000 * grace
  return withMetadata(pod, {
    deletionTimestamp: seconds(Math.max(ends, now)),
    deletionGracePeriodSeconds: ends < now && grace !== 0 ? 1 : grace
  })
}

/**
 * The object as a deletion leaves it: marked, or, with neither grace nor finalizers, gone.
 *
 * Source: apiserver, `pkg/registry/rest`, BeforeDelete; generic registry, Delete.
 */
const afterDeletion = (kind: Kind, document: Document, asked: number | undefined, now: number): Document | undefined => {
  const { deletionTimestamp, deletionGracePeriodSeconds } = objectAt(document, "metadata")
  const left = wholeNumber(deletionGracePeriodSeconds) ?? 0
  const end = (marked: Document, grace: number) => grace === 0 && finalizersOf(document).length === 0 ? undefined : marked
  if (deletionTimestamp !== undefined) {
    if (left === 0) return end(document, 0)
    return asked === undefined || asked >= left ? document : end(shortened(document, asked, now), asked)
  }
  const grace = qualifiedName(kind) === "pods" ? podGrace(document, asked) : 0
  return end(
    withMetadata(document, { deletionTimestamp: seconds(now + 1000 * grace), deletionGracePeriodSeconds: grace }),
    grace
  )
}

/** Marks an object deleted, or removes it. */
export const remove = Effect.fnUntraced(function*(registry: Registry, call: Call, key: ObjectKey, options: DeleteOptions) {
  const { kind } = call
  for (;;) {
    const before = yield* Effect.fromResult(existing(registry, kind, key))
    const request = attributes(call, key, { operation: "DELETE", oldObject: before })
    yield* registry.admission.mutate(request, undefined)
    const rejection = preconditions(kind, before, key.name, options)
    if (rejection !== undefined) return yield* rejection
    yield* registry.admission.validate(request, undefined)
    const after = afterDeletion(kind, before, options.gracePeriodSeconds, registry.now())
    if (after === before) return
    if (replace(registry, kind, key, before, after) !== undefined) return
  }
})
