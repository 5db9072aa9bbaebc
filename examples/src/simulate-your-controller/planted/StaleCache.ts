import { isTerminal } from "@branchline/core/model/PodTraits"
import { pods } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Deferred, Effect, Stream } from "effect"
import { good } from "../controller/Habits.js"
import { tenantOf } from "../controller/Names.js"

/** The UIDs of living pods, from a list and then a watch, for ever. A watch that falls silent is never missed. */
const livingPods = Effect.gen(function*() {
  const kubernetes = yield* Kubernetes
  const living = new Set<string>()
  const synced = yield* Deferred.make<void>()
  const follow = Effect.gen(function*() {
    const { items, resourceVersion } = yield* kubernetes.list(pods)
    living.clear()
    for (const pod of items) if (!isTerminal(pod)) living.add(pod.metadata.uid)
    yield* Deferred.succeed(synced, undefined)
    yield* Stream.runForEach(kubernetes.watch(pods, { resourceVersion }), (event) =>
      Effect.sync(() => {
        if (event._tag === "Deleted" || (event._tag === "Modified" && isTerminal(event.object))) living.delete(event.object.metadata.uid)
        else if (event._tag === "Added" || event._tag === "Modified") living.add(event.object.metadata.uid)
      }))
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.ignore(follow), Effect.sleep("1 second"))))
  yield* Deferred.await(synced)
  return living
})

/** PLANTED: to spare the API server reads, it takes its cache's word that a pod is gone. A pod that the cache has not heard of yet loses its branch. */
export const staleCache = Effect.gen(function*() {
  const cache = yield* livingPods
  return { ...(yield* good), isOver: (branch: Parameters<typeof tenantOf>[0]) => Effect.succeed(!cache.has(tenantOf(branch).uid)) }
})
