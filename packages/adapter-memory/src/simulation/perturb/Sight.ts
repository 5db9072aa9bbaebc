import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { Kubernetes, Listing, Scope, WatchEvent } from "@branchline/core/ports/Kubernetes"
import { Clock, Effect, Stream } from "effect"
import { below, type Stream as Random } from "../Streams.js"
import { aroundKubernetes } from "./AroundKubernetes.js"

/** How a process sees the cluster; each can be changed while it looks. */
export interface Sight {
  /** Watches are told everything so much later, milliseconds. */
  lag: number
  /** Lists are answered with what was listed before, if it is not older than this, milliseconds: a second API server whose cache is behind. A `get` is never stale: kube-apiserver asks etcd's quorum. */
  stale: number
  /** What happens to one object within this time is told as one change, milliseconds, and what came and went in between not at all. */
  coalesce: number
  /** What happens to different objects within this time is told in a drawn order, milliseconds; of one object the order stays. */
  reorder: number
}

/** Everything at once and in order. */
export const clear = (): Sight => ({ lag: 0, stale: 0, coalesce: 0, reorder: 0 })

const isTrouble = ({ coalesce, lag, reorder }: Sight): boolean => lag > 0 || coalesce > 0 || reorder > 0

type Told<A> = ReadonlyArray<WatchEvent<A>>

const keyOf = <A extends KubernetesObject>(event: WatchEvent<A>): string => {
  if (event._tag === "Bookmark") return ""
  const { name, namespace } = event._tag === "Malformed" ? event.object.key : event.object.metadata
  return `${namespace ?? ""}/${name}`
}

/** Of each object only the last; what came and went within them is left out. An object made anew under its name keeps both its end and its beginning. */
export const coalesced = <A extends KubernetesObject>(events: Told<A>): Told<A> => {
  const first = new Map<string, WatchEvent<A>>()
  const last = new Map<string, WatchEvent<A>>()
  for (const event of events) {
    const key = keyOf(event)
    if (!first.has(key)) first.set(key, event)
    last.set(key, event)
  }
  return events.filter((event) => {
    const key = keyOf(event)
    if (event._tag === "Bookmark") return true
    if (last.get(key) !== event) return event._tag === "Deleted" && first.get(key)?._tag !== "Added"
    return !(event._tag === "Deleted" && first.get(key)?._tag === "Added")
  }).map((event): WatchEvent<A> => event._tag === "Modified" && first.get(keyOf(event))?._tag === "Added" ? { _tag: "Added", object: event.object } : event)
}

/** A drawn order of the objects' own sequences. Bookmarks promise everything before them, so they come last. */
export const reordered = <A extends KubernetesObject>(events: Told<A>, random: Random): Told<A> => {
  const queues = new Map<string, Array<WatchEvent<A>>>()
  const bookmarks: Array<WatchEvent<A>> = []
  for (const event of events) {
    if (event._tag === "Bookmark") bookmarks.push(event)
    else queues.set(keyOf(event), [...queues.get(keyOf(event)) ?? [], event])
  }
  const told: Array<WatchEvent<A>> = []
  const waiting = [...queues.values()]
  while (waiting.length > 0) {
    const index = below(random, waiting.length)
    const next = waiting[index]?.shift()
    if (next === undefined) waiting.splice(index, 1)
    else told.push(next)
  }
  return [...told, ...bookmarks]
}

/** All that was told in this while, which may come to nothing: then only how far it goes. */
const told = <A extends KubernetesObject>(events: Told<A>, sight: Sight, random: Random): readonly [WatchEvent<A>, ...Told<A>] => {
  const merged = sight.coalesce > 0 ? coalesced(events) : events
  const [first, ...rest] = sight.reorder > 0 ? reordered(merged, random) : merged
  if (first !== undefined) return [first, ...rest]
  const last = events.at(-1)
  const resourceVersion = last === undefined ? "0" : "resourceVersion" in last ? last.resourceVersion : last.object.metadata.resourceVersion
  return [{ _tag: "Bookmark", resourceVersion }]
}

interface Kept<A> {
  readonly at: number
  readonly listing: Listing<A>
}

/** What is kept under a resource was listed of it. */
const isOf = <A extends KubernetesObject>(_: Resource<A>, kept: unknown): kept is Map<string, Kept<A>> => kept instanceof Map

/** The port as somebody sees it who looks through `sight`. */
export const seenThrough = (port: Kubernetes["Service"], sight: Sight, random: Random): Kubernetes["Service"] => {
  const kept = new Map<object, unknown>()
  const keptOf = <A extends KubernetesObject>(resource: Resource<A>): Map<string, Kept<A>> => {
    const known = kept.get(resource)
    if (isOf(resource, known)) return known
    const fresh = new Map<string, Kept<A>>()
    kept.set(resource, fresh)
    return fresh
  }
  return {
    ...aroundKubernetes(port, {
      watch: (_resource, _options, stream) =>
        Stream.mapArrayEffect(stream, (events) =>
          Effect.suspend(() =>
            isTrouble(sight)
              ? Effect.map(Effect.sleep(Math.max(sight.lag, sight.coalesce, sight.reorder)), () => told(events, sight, random))
              : Effect.succeed(events)))
    }),
    list: Effect.fnUntraced(function*<A extends KubernetesObject>(resource: Resource<A>, scope?: Scope) {
      const listings = keptOf(resource)
      const key = `${scope?.namespace ?? ""} ${scope?.fieldSelector ?? ""}`
      const now = yield* Clock.currentTimeMillis
      const earlier = listings.get(key)
      if (sight.stale > 0 && earlier !== undefined && now - earlier.at <= sight.stale) return earlier.listing
      const listing = yield* port.list(resource, scope)
      listings.set(key, { at: now, listing })
      return listing
    })
  }
}
