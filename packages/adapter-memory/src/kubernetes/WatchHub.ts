import { Array, type Clock, Duration, Effect, type Pull, type Scope } from "effect"
import type { WatchEnd } from "@branchline/core/ports/Kubernetes"
import type { DocumentEvent } from "./ApiServer.js"
import * as Bell from "./Bell.js"
import type { Chance } from "./Chance.js"
import type { Document } from "./Document.js"
import type { Kind } from "./Kinds.js"
import type { Change, Store } from "./Store.js"
import type { WatchControls, WatchFilter } from "./WatchControls.js"

/** One open watch. */
interface Watcher {
  readonly username: string
  readonly kind: Kind
  readonly matches: (document: Document) => boolean
  /** Number of the next change to tell; see {@link Store.journal}. */
  next: number
  /** The version that it began after. */
  readonly from: number
  /** Changes to tell once more, before anything else. */
  repeats: ReadonlyArray<Change>
  bookmarkDue: boolean
  silent: boolean
  end: WatchEnd | undefined
  /** Rung when there may be something to tell. */
  readonly bell: Bell.Bell
}

/** What a watch is opened with. */
export interface WatchRequest {
  readonly username: string
  readonly kind: Kind
  readonly matches: (document: Document) => boolean
  readonly resourceVersion: number
}

/** How watches behave when nobody troubles them; times in milliseconds. */
export interface WatchTimes {
  readonly timeout: { readonly min: number; readonly max: number }
  readonly bookmarkInterval: number
}

/** What a watcher is told next, as soon as there is something. */
type News = Pull.Pull<Array.NonEmptyReadonlyArray<DocumentEvent>, WatchEnd>

export interface WatchHub {
  /** Opens a watch for as long as the scope. */
  readonly watch: (request: WatchRequest) => Effect.Effect<News, never, Scope.Scope>
  readonly controls: WatchControls
}

/**
 * What a change is to a watcher: a selector turns a change that brings an object in or takes it out into an Added or a Deleted.
 *
 * Source: apiserver, `pkg/storage/cacher`, convertToWatchEvent.
 */
const eventOf = (change: Change, matches: (document: Document) => boolean): DocumentEvent | undefined => {
  const was = change.before !== undefined && matches(change.before)
  const is = change.after !== undefined && matches(change.after)
  if (is) return { _tag: was ? "Modified" : "Added", object: change.object }
  return was ? { _tag: "Deleted", object: change.object } : undefined
}

/** The first change after a version. Binary: a journal is long, and watches begin at its end. */
const firstAfter = (changes: ReadonlyArray<Change>, version: number): number => {
  let low = 0
  let high = changes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((changes[middle]?.version ?? Infinity) <= version) low = middle + 1
    else high = middle
  }
  return low
}

const isFor = (watcher: Watcher, filter: WatchFilter): boolean =>
  (filter.username ?? watcher.username) === watcher.username && (filter.plural ?? watcher.kind.plural) === watcher.kind.plural

export const make = (store: Store, times: WatchTimes, chance: Chance, clock: typeof Clock.Clock.Service): WatchHub => {
  const open = new Set<Watcher>()
  let lag = 0

  store.observe((change) => {
    const journal = store.journal(change.kind)
    const number = journal.forgotten + journal.changes.length - 1
    for (const watcher of open) {
      if (watcher.kind !== change.kind) continue
      // Most of a kubelet's pods are another kubelet's: a watcher that a change does not concern is moved past it, not woken.
      if (watcher.next === number && eventOf(change, watcher.matches) === undefined) watcher.next += 1
      else watcher.bell.ring()
    }
  })

  const latestOf = (watcher: Watcher): number => store.journal(watcher.kind).changes.at(-1)?.version ?? 0

  /** What the watcher can be told now. */
  const take = (watcher: Watcher, now: number): ReadonlyArray<DocumentEvent> => {
    const journal = store.journal(watcher.kind)
    const from = watcher.next - journal.forgotten
    let to = from
    while ((journal.changes[to]?.at ?? Infinity) + lag <= now) to++
    watcher.next += to - from
    const events: globalThis.Array<DocumentEvent> = []
    for (const change of [...watcher.repeats, ...journal.changes.slice(from, to)]) {
      const event = eventOf(change, watcher.matches)
      if (event !== undefined) events.push(event)
    }
    watcher.repeats = []
    // A bookmark says that everything up to it was told.
    if (watcher.bookmarkDue && to === journal.changes.length) {
      watcher.bookmarkDue = false
      const latest = latestOf(watcher)
      if (latest > watcher.from) events.push({ _tag: "Bookmark", resourceVersion: String(latest) })
    }
    return events
  }

  /** When the next change of a lagging watch falls due. */
  const dueIn = (watcher: Watcher, now: number): number | undefined => {
    const journal = store.journal(watcher.kind)
    const next = journal.changes[watcher.next - journal.forgotten]
    return next === undefined ? undefined : next.at + lag - now
  }

  const pull = (watcher: Watcher): News =>
    Effect.suspend(() => {
      if (watcher.silent) return Effect.never
      if (watcher.end !== undefined) return Effect.fail(watcher.end)
      if (watcher.next < store.journal(watcher.kind).forgotten) return Effect.fail<WatchEnd>({ _tag: "Expired" })
      const now = clock.currentTimeMillisUnsafe()
      const events = take(watcher, now)
      if (Array.isReadonlyArrayNonEmpty(events)) return Effect.succeed(events)
      const wait = dueIn(watcher, now)
      const news = wait === undefined ? watcher.bell.heard : Effect.raceFirst(watcher.bell.heard, Effect.sleep(wait))
      return Effect.flatMap(news, () => pull(watcher))
    })

  /** Bookmarks, and in the end the end. A watch of a kind in which nothing has happened since it began has no bookmarks. */
  const keepTime = Effect.fnUntraced(function*(watcher: Watcher, lifetime: number) {
    let left = lifetime
    for (; left > times.bookmarkInterval; left -= times.bookmarkInterval) {
      yield* Effect.sleep(times.bookmarkInterval)
      if (latestOf(watcher) <= watcher.from) continue
      watcher.bookmarkDue = true
      watcher.bell.ring()
    }
    yield* Effect.sleep(left)
    watcher.end ??= { _tag: "Closed" }
    watcher.bell.ring()
  })

  const ring = (watcher: Watcher, change: () => void) =>
    Effect.sync(() => {
      change()
      watcher.bell.ring()
    })

  const watch = Effect.fnUntraced(function*(request: WatchRequest) {
    if (!store.remembers(request.kind, request.resourceVersion)) return Effect.fail<WatchEnd>({ _tag: "Expired" })
    const watcher = yield* Effect.acquireRelease(
      Effect.sync((): Watcher => {
        const journal = store.journal(request.kind)
        const watcher: Watcher = {
          username: request.username,
          kind: request.kind,
          matches: request.matches,
          next: journal.forgotten + firstAfter(journal.changes, request.resourceVersion),
          from: request.resourceVersion,
          repeats: [],
          bookmarkDue: false,
          silent: false,
          end: undefined,
          bell: Bell.make()
        }
        open.add(watcher)
        return watcher
      }),
      (watcher) => Effect.sync(() => open.delete(watcher))
    )
    yield* Effect.forkScoped(keepTime(watcher, chance.between(times.timeout.min, times.timeout.max)))
    return pull(watcher)
  })

  const each = (filter: WatchFilter, change: (watcher: Watcher) => void) =>
    Effect.forEach([...open].filter((watcher) => isFor(watcher, filter)), (watcher) => ring(watcher, () => change(watcher)), {
      discard: true
    })

  const controls: WatchControls = {
    breakWatches: (end = { _tag: "Closed" }, filter = {}) =>
      Effect.suspend(() =>
        each(filter, (watcher) => {
          watcher.end = end
        })
      ),
    silenceWatches: (filter = {}) =>
      Effect.suspend(() =>
        each(filter, (watcher) => {
          watcher.silent = true
        })
      ),
    lagWatches: (delay) =>
      Effect.suspend(() => {
        lag = Duration.toMillis(Duration.fromInputUnsafe(delay))
        return each({}, () => {})
      }),
    replayWatches: (changes, filter = {}, leaveOut = 0) =>
      Effect.suspend(() =>
        each(filter, (watcher) => {
          const journal = store.journal(watcher.kind)
          const told = journal.changes.slice(0, Math.max(0, watcher.next - journal.forgotten))
          watcher.repeats = told.slice(Math.max(0, told.length - changes), Math.max(0, told.length - leaveOut))
        })
      ),
    compact: Effect.sync(() => store.compact()),
    open: Effect.sync(() => open.size)
  }
  return { watch, controls }
}
