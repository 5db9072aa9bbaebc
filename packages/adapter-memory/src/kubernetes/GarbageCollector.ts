import { Clock, Effect, Queue } from "effect"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { Verbs } from "./ApiServer.js"
import { type Document, nameOf, namespaceOf, objectAt, objectsAt, textAt, uidOf } from "./Document.js"
import { type Kind, type Kinds, qualifiedName } from "./Kinds.js"
import type { Store } from "./Store.js"

/** Who the garbage collector is to the audit log. */
export const garbageCollectorUser = "system:serviceaccount:kube-system:generic-garbage-collector"

interface Suspect {
  readonly kind: Kind
  readonly key: ObjectKey
  /** When it is looked at, in milliseconds. */
  readonly due: number
}

const nobody: ReadonlyArray<Document> = []

const ownersOf = (document: Document | undefined): ReadonlyArray<Document> =>
  document === undefined || objectAt(document, "metadata")["ownerReferences"] === undefined
    ? nobody
    : objectsAt(document, "metadata", "ownerReferences")

/**
 * Deletes objects whose owners are all gone, and takes owners that are gone out of the others' lists. An owner is its UID: one of the same
 * name is another. Runs until interrupted.
 *
 * Source: Kubernetes, "Garbage Collection", "Owners and Dependents".
 */
export const run = Effect.fnUntraced(function*(store: Store, kinds: Kinds, verbs: Verbs, delay: number) {
  const suspects = yield* Queue.unbounded<Suspect>()
  /** By owner's UID. */
  const dependents = new Map<string, Map<string, Omit<Suspect, "due">>>()

  store.observe(({ kind, before, after, at, object }) => {
    const due = at + delay
    const [were, are] = [ownersOf(before), ownersOf(after)]
    if (were.length > 0 || are.length > 0) {
      const key: ObjectKey = { namespace: namespaceOf(object), name: nameOf(object) }
      const id = `${qualifiedName(kind)} ${key.namespace ?? ""}/${key.name}`
      for (const owner of were) dependents.get(textAt(owner, "uid") ?? "")?.delete(id)
      for (const owner of are) {
        const uid = textAt(owner, "uid") ?? ""
        const known = dependents.get(uid) ?? new Map()
        dependents.set(uid, known.set(id, { kind, key }))
      }
      if (are.length > 0) Queue.offerUnsafe(suspects, { kind, key, due })
    }
    if (after === undefined && before !== undefined) {
      for (const dependent of dependents.get(uidOf(before))?.values() ?? []) Queue.offerUnsafe(suspects, { ...dependent, due })
      dependents.delete(uidOf(before))
    }
  })

  /** An owner of a kind that the server does not know cannot be looked up, so it counts as there. */
  const isThere = (owner: Document, dependent: Document): boolean => {
    const kind = kinds.of(textAt(owner, "apiVersion") ?? "", textAt(owner, "kind") ?? "")
    if (kind === undefined) return true
    const namespace = kind.namespaced ? namespaceOf(dependent) : undefined
    const found = store.get(kind, { namespace, name: nameOf({ metadata: owner }) })
    return found !== undefined && uidOf(found) === textAt(owner, "uid")
  }

  const collect = Effect.fnUntraced(function*({ kind, key, due }: Suspect) {
    yield* Effect.sleep(Math.max(0, due - (yield* Clock.currentTimeMillis)))
    const document = store.get(kind, key)
    if (document === undefined) return
    const uid = uidOf(document)
    const owners = ownersOf(document)
    const there = owners.filter((owner) => isThere(owner, document))
    if (there.length === owners.length) return
    yield* there.length === 0
      ? verbs.delete(kind, key, { uid })
      : verbs.patch(kind, key, { _tag: "merge", patch: { metadata: { uid, ownerReferences: there } } })
  })

  return yield* Queue.take(suspects).pipe(Effect.flatMap((suspect) => Effect.ignore(collect(suspect))), Effect.forever)
})
