import { Clock, Effect, Schedule, Stream } from "effect"
import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { Kubernetes, Scope, WatchEnd, WatchEvent } from "@branchline/core/ports/Kubernetes"

/** What is done when an object comes, changes or goes. A new object of an old name is a removal and an arrival. */
export interface Handler<A> {
  readonly upsert: (object: A, previous: A | undefined) => Effect.Effect<void>
  readonly remove: (object: A) => Effect.Effect<void>
}

// A watch that says nothing for longer than two bookmarks (1 minute each) is dead.
const silence = 150_000
const pause = "1 second"
const pauses = Schedule.spaced(pause)

const keyOf = (object: KubernetesObject): string => `${object.metadata.namespace ?? ""}/${object.metadata.name}`

/** Resource versions of one server can be compared as numbers; where one is no number, nothing is older than it. */
const isOld = (resourceVersion: string, last: string): boolean => Number(resourceVersion) <= Number(last)

/**
 * Keeps a handler told of all objects of a kind: lists, watches, and lists again when the watch expired or fell silent. It is what the
 * world's own inhabitants (scheduler, kubelet, node agent) use; a controller under test brings its own. Runs until interrupted.
 */
export const follow = Effect.fnUntraced(function*<A extends KubernetesObject>(
  port: Kubernetes["Service"],
  resource: Resource<A>,
  scope: Scope,
  handler: Handler<A>
) {
  const clock = yield* Clock.Clock
  const known = new Map<string, A>()
  let last = "0"
  let heardAt = 0

  const upsert = (object: A): Effect.Effect<void> => {
    const key = keyOf(object)
    const previous = known.get(key)
    known.set(key, object)
    if (previous === undefined) return handler.upsert(object, undefined)
    if (previous.metadata.uid !== object.metadata.uid) {
      return Effect.andThen(handler.remove(previous), Effect.suspend(() => handler.upsert(object, undefined)))
    }
    return previous.metadata.resourceVersion === object.metadata.resourceVersion ? Effect.void : handler.upsert(object, previous)
  }

  const remove = (object: A): Effect.Effect<void> => {
    const previous = known.get(keyOf(object))
    if (previous?.metadata.uid !== object.metadata.uid) return Effect.void
    known.delete(keyOf(object))
    return handler.remove(object)
  }

  const relist = Effect.gen(function*() {
    const listing = yield* port.list(resource, scope)
    last = listing.resourceVersion
    const present = new Set(listing.items.map(keyOf))
    const gone = [...known].filter(([key]) => !present.has(key))
    for (const [, object] of gone) yield* remove(object)
    for (const object of listing.items) yield* upsert(object)
  })

  const take = (event: WatchEvent<A>): Effect.Effect<void> => {
    heardAt = clock.currentTimeMillisUnsafe()
    const version = "resourceVersion" in event ? event.resourceVersion : event.object.metadata.resourceVersion
    // A server that lost its memory tells old news again.
    if (isOld(version, last)) return Effect.void
    last = version
    if (event._tag === "Added" || event._tag === "Modified") return upsert(event.object)
    return event._tag === "Deleted" ? remove(event.object) : Effect.void
  }

  const listen: Effect.Effect<void, WatchEnd> = Effect.suspend(() =>
    Stream.runForEach(port.watch(resource, { ...scope, resourceVersion: last }), take)
  )
  /** Returns when nothing was heard for too long. */
  const silent = Effect.gen(function*() {
    heardAt = clock.currentTimeMillisUnsafe()
    for (let left = silence; left > 0; left = heardAt + silence - clock.currentTimeMillisUnsafe()) yield* Effect.sleep(left)
  })

  /** Watches until the watch ends; answers whether the next one can go on from where this one ended. */
  const watch = Effect.raceFirst(silent, listen).pipe(
    Effect.as("list" as const),
    Effect.catch((end) =>
      end._tag === "Expired"
        ? Effect.succeed("list" as const)
        : Effect.as(end._tag === "Failed" ? Effect.sleep(pause) : Effect.void, "watch" as const)
    )
  )

  for (;;) {
    yield* Effect.retry(relist, { schedule: pauses })
    while ((yield* watch) === "watch");
  }
})
