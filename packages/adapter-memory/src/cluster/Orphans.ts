import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import { Clock, Effect, Queue, type Scope } from "effect"
import { nameOf, namespaceOf, textAt, uidOf } from "../kubernetes/Document.js"
import type { MemoryKubernetes } from "../kubernetes/MemoryKubernetes.js"

/** So long a node has to be missing before its pods are orphans, milliseconds. Source: kubernetes `pkg/controller/podgc`, `quarantineTime`. */
const quarantine = 40_000

export interface OrphansOptions {
  readonly kubernetes: MemoryKubernetes
  readonly isThere: (nodeName: string) => boolean
  readonly remove: (key: ObjectKey, uid: string) => Effect.Effect<unknown, unknown>
}

/** The pod garbage collector, for pods that a scheduler whose watch is late binds to a node after that is gone. */
export const collectOrphans = Effect.fnUntraced(function*({ isThere, kubernetes, remove }: OrphansOptions): Effect.fn.Return<void, never, Scope.Scope> {
  const bound = yield* Queue.unbounded<{ readonly nodeName: string; readonly key: ObjectKey; readonly uid: string; readonly due: number }>()
  kubernetes.observe(({ after, at, before, kind }) => {
    if (kind.plural !== "pods" || after === undefined || before === undefined || textAt(before, "spec", "nodeName") !== undefined) return
    const nodeName = textAt(after, "spec", "nodeName")
    if (nodeName === undefined || isThere(nodeName)) return
    Queue.offerUnsafe(bound, { nodeName, key: { namespace: namespaceOf(after), name: nameOf(after) }, uid: uidOf(after), due: at + quarantine })
  })
  const collect = Effect.fnUntraced(function*() {
    const { due, key, nodeName, uid } = yield* Queue.take(bound)
    yield* Effect.sleep(Math.max(0, due - (yield* Clock.currentTimeMillis)))
    if (!isThere(nodeName)) yield* Effect.ignore(remove(key, uid))
  })
  yield* Effect.forkScoped(Effect.forever(collect()))
})
