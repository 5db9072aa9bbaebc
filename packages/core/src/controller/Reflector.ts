import { Clock, Duration, Effect, Latch, type Scope as EffectScope, Stream } from "effect"
import type { KubernetesObject, Resource } from "../model/Resource.js"
import { isOlder } from "../model/ResourceVersion.js"
import { Kubernetes, type MalformedObject, type ObjectKey, type Scope, type WatchEnd, type WatchEvent } from "../ports/Kubernetes.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import type { Alarm } from "./Alarm.js"
import { delayAfter, delayAfterError, watchBackoff } from "./Backoff.js"

/** What became of an object, as its cache saw it. A name that came back with another UID is one object gone and another one there. */
export type Change<A> =
  | { readonly _tag: "Appeared"; readonly object: A }
  | { readonly _tag: "Changed"; readonly object: A; readonly before: A }
  /** `seen` is false where nobody saw it go: a new list did not have it any more. */
  | { readonly _tag: "Vanished"; readonly object: A; readonly seen: boolean }

const keyOf = ({ namespace, name }: ObjectKey): string => `${namespace ?? ""}/${name}`

/** A kind of object as the API server last told it. */
export interface Cache<A extends KubernetesObject> {
  readonly get: (key: ObjectKey) => A | undefined
  readonly values: () => Iterable<A>
  readonly size: () => number
  /** Returns when the first list is in, or it is known that the cluster does not have this kind. */
  readonly synced: Effect.Effect<void>
}

/** A cache that a reflector fills. */
export interface OwnCache<A extends KubernetesObject> extends Cache<A> {
  readonly objects: Map<string, A>
  readonly filled: Latch.Latch
}

/** A cache with nothing in it yet, for those who look into it before its reflector has listed. */
export const emptyCache = <A extends KubernetesObject>(): OwnCache<A> => {
  const objects = new Map<string, A>()
  const filled = Latch.makeUnsafe(false)
  return {
    objects,
    filled,
    get: (key) => objects.get(keyOf(key)),
    values: () => objects.values(),
    size: () => objects.size,
    synced: filled.await
  }
}

/** How a reflector watches. */
export interface ReflectorOptions<A extends KubernetesObject> {
  readonly scope?: Scope | undefined
  /** The cache to fill; a new one by default. */
  readonly cache?: OwnCache<A> | undefined
  /** Told every change, in order, after the cache has it; the next one waits for it. */
  readonly onChange: (change: Change<A>) => Effect.Effect<void>
  /** Told of an object that contradicts our schema; the cache keeps what it had, until the object is gone. */
  readonly onMalformed?: ((object: MalformedObject) => Effect.Effect<void>) | undefined
  /**
   * A watch without a word (bookmarks are words) for so long is taken for dead, and another one goes on. Default 2 minutes: API servers send a
   * bookmark a minute while something happens to the kind.
   */
  readonly silence?: Duration.Duration | undefined
  /**
   * Shared with the process' other reflectors: who took its watch for dead, and finds at once that it has missed something, raises it; who hears it begins a
   * new watch. What they do together they do by one time then, and not by what the pods are now and the nodes were two minutes ago.
   */
  readonly alarm?: Alarm | undefined
}

/** Milliseconds by the clock that nobody sets. */
const moment: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** How far a watch has come. */
interface Progress {
  /** What came up to here need not be told again. */
  version: string
  heardAt: number
  /** Something is being worked through. */
  hearing: boolean
}

/** What became of a watch. */
interface Followed {
  readonly end: WatchEnd
  readonly isSilent: boolean
  /** How far it came. */
  readonly version: string
  /** Milliseconds. */
  readonly lasted: number
}

/** What was missed comes so soon with the next watch, milliseconds. */
const promptly = 1_000

/** Watches in a row that ended at once and without news, after which the version may be one that the server cannot go on from. */
const barrenWatches = 3

const versionOf = <A extends KubernetesObject>(event: WatchEvent<A>): string =>
  event._tag === "Bookmark" || event._tag === "Malformed" ? event.resourceVersion : event.object.metadata.resourceVersion

/** Whether only a new list helps. A kind that is not there any more is `NotFound`. */
const needsList = (end: WatchEnd): boolean =>
  end._tag === "Expired" || (end._tag === "Failed" && (end.error.reason._tag === "Expired" || end.error.reason._tag === "NotFound"))

/**
 * Keeps a cache of a kind of object by list and watch, for as long as the scope lives.
 *
 * It lists, watches from there, goes on after an end in good order, lists again when the version expired, after a failure waits with a
 * jittered, capped backoff (0.2 s to 30 s), and takes a watch that has fallen silent for dead. Old news is dropped; a list counts as it is,
 * because after a restore of etcd old news is all there is. A defect of `onChange` or of the port is logged, and the kind listed anew.
 */
export const reflect = <A extends KubernetesObject>(
  resource: Resource<A>,
  options: ReflectorOptions<A>
): Effect.Effect<Cache<A>, never, Kubernetes | EffectScope.Scope> =>
  Effect.gen(function*() {
    const kubernetes = yield* Kubernetes
    const silence = Duration.toMillis(options.silence ?? Duration.minutes(2))
    const { cache = emptyCache<A>(), onChange } = options
    const { filled, objects } = cache
    const onMalformed = options.onMalformed ?? ((object) =>
      Effect.logWarning("an object is not what its kind should be and is left out", object.problem).pipe(
        Effect.annotateLogs({ resource: resource.plural, key: keyOf(object.key) })
      ))

    const vanish = (key: string, object: A, seen: boolean) => {
      objects.delete(key)
      return onChange({ _tag: "Vanished", object, seen })
    }

    const tell = (object: A): Effect.Effect<void> => {
      const key = keyOf(object.metadata)
      const before = objects.get(key)
      if (before === undefined) {
        objects.set(key, object)
        return onChange({ _tag: "Appeared", object })
      }
      if (before.metadata.uid !== object.metadata.uid) {
        return Effect.andThen(
          vanish(key, before, false),
          Effect.suspend(() => {
            objects.set(key, object)
            return onChange({ _tag: "Appeared", object })
          })
        )
      }
      objects.set(key, object)
      return before.metadata.resourceVersion === object.metadata.resourceVersion
        ? Effect.void
        : onChange({ _tag: "Changed", object, before })
    }

    const replace = Effect.fnUntraced(function*(items: ReadonlyArray<A>, malformed: ReadonlyArray<MalformedObject>) {
      const present = new Set([...items.map((item) => keyOf(item.metadata)), ...malformed.map(({ key }) => keyOf(key))])
      for (const [key, object] of objects) {
        if (!present.has(key)) yield* vanish(key, object, false)
      }
      for (const item of items) yield* tell(item)
      for (const object of malformed) yield* onMalformed(object)
    })

    const hear = (event: WatchEvent<A>, told: string, isNews: boolean): Effect.Effect<void> => {
      switch (event._tag) {
        case "Bookmark":
          return Effect.void
        case "Malformed": {
          if (!isNews) return Effect.void
          if (!event.deleted) return onMalformed(event.object)
          const key = keyOf(event.object.key)
          const cached = objects.get(key)
          return cached === undefined ? Effect.void : vanish(key, cached, true)
        }
        case "Added":
        case "Modified": {
          const cached = objects.get(keyOf(event.object.metadata))
          // Of an object that is not there old news tells what it was before it was deleted.
          const isOld = cached === undefined ? !isNews : isOlder(told, cached.metadata.resourceVersion)
          return isOld ? Effect.void : tell(event.object)
        }
        case "Deleted": {
          const key = keyOf(event.object.metadata)
          const cached = objects.get(key)
          if (cached === undefined || isOlder(told, cached.metadata.resourceVersion)) return Effect.void
          const isSeen = cached.metadata.uid === event.object.metadata.uid
          return vanish(key, isSeen ? event.object : cached, isSeen)
        }
      }
    }

    /**
     * Watches from a version until the watch ends or has fallen silent, or others have missed something: both count as an end in good order.
     *
     * @param wasSilent the watch before this one had fallen silent
     */
    const follow = Effect.fnUntraced(function*(from: string, wasSilent: boolean): Effect.fn.Return<Followed> {
      const startedAt = yield* moment
      const progress: Progress = { version: from, heardAt: startedAt, hearing: false }
      const { alarm } = options
      const alert = Effect.flatMap(moment, (now) => alarm !== undefined && now - startedAt < promptly ? alarm.raise : Effect.void)
      const listen: Effect.Effect<void, WatchEnd> = kubernetes.watch(resource, { ...options.scope, resourceVersion: from }).pipe(
        Stream.runForEach((event) => {
          progress.hearing = true
          const told = versionOf(event)
          const isNews = told !== progress.version && !isOlder(told, progress.version)
          if (isNews) progress.version = told
          const heard = hear(event, told, isNews)
          return Effect.flatMap(wasSilent && isNews && event._tag !== "Bookmark" ? Effect.andThen(alert, heard) : heard, () =>
            Effect.map(moment, (now) => {
              progress.heardAt = now
              progress.hearing = false
            }))
        })
      )
      // Only silence counts, not how long it takes to work through what was heard: that must not be cut off in the middle.
      const guard: Effect.Effect<void> = Effect.gen(function*() {
        for (;;) {
          const left = progress.hearing ? silence : silence - (yield* moment) + progress.heardAt
          if (left <= 0) return
          yield* Effect.sleep(left)
        }
      })
      const alarmed: Effect.Effect<void> = alarm === undefined
        ? Effect.never
        : Effect.repeat(alarm.raised, { while: () => progress.hearing })
      const given = Effect.raceFirst(Effect.as(alarmed, "alarmed" as const), Effect.as(guard, "silent" as const))
      const ended = yield* Effect.match(Effect.raceFirst(listen, given), {
        onFailure: (end) => ({ end, isSilent: false }),
        onSuccess: (why) => ({ end: { _tag: "Closed" } as WatchEnd, isSilent: why === "silent" })
      })
      return { ...ended, version: progress.version, lasted: (yield* moment) - startedAt }
    })

    const pause = (failures: number, error?: KubernetesError) =>
      Effect.flatMap(error === undefined ? delayAfter(failures, watchBackoff) : delayAfterError(error, failures, watchBackoff), Effect.sleep)

    const loop = Effect.gen(function*() {
      let from: string | undefined
      let failures = 0
      let barren = 0
      let last: Followed | undefined
      for (;;) {
        if (from === undefined) {
          const listing = yield* Effect.result(kubernetes.list(resource, options.scope))
          if (listing._tag === "Failure") {
            if (listing.failure.reason._tag === "NotFound") {
              // The cluster does not know this kind (a CRD that is not installed): there are none, until there are.
              yield* replace([], [])
              filled.openUnsafe()
            } else yield* Effect.logWarning("listing failed", listing.failure.message).pipe(Effect.annotateLogs({ resource: resource.plural }))
            yield* pause(++failures, listing.failure)
            continue
          }
          yield* replace(listing.success.items, listing.success.malformed)
          from = listing.success.resourceVersion
          barren = 0
          filled.openUnsafe()
        }
        last = yield* follow(from, last?.isSilent === true)
        const { end, lasted, version } = last
        // A quiet kind's watch is closed now and then, or falls silent: an API server sends bookmarks only when something has happened to the
        // kind. Only one that ends at once and without news is a failure.
        const isGood = version !== from || lasted >= watchBackoff.cap
        barren = isGood ? 0 : barren + 1
        failures = isGood ? 0 : failures + 1
        from = needsList(end) || barren >= barrenWatches ? undefined : version
        if (end._tag === "Failed") {
          // What goes away by itself is no news; a permission that is missing is.
          if (!end.error.isRetryable) yield* Effect.annotateLogs(Effect.logWarning("watching failed", end.error.message), { resource: resource.plural })
          yield* pause(Math.max(1, failures), end.error)
        } else if (failures > 0) yield* pause(failures)
      }
    })
    const persist = Effect.gen(function*() {
      for (let defects = 1;; defects++) {
        yield* Effect.catchDefect(loop, (defect) =>
          Effect.logError("a reflector failed unexpectedly and lists again", defect).pipe(Effect.annotateLogs({ resource: resource.plural })))
        yield* pause(defects)
      }
    })
    yield* Effect.forkScoped(persist)

    return cache
  })
