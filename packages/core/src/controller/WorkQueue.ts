import { Clock, Effect, Latch, type Scope } from "effect"
import { priorities, Priority } from "../ports/Priority.js"
import { type Backoff, delayAfter, workBackoff } from "./Backoff.js"
import * as DueHeap from "./DueHeap.js"
import { steadyMillis } from "./Steady.js"

export { priorities, type Priority }

/** How a piece of work went. Times are milliseconds since the epoch. */
export type Verdict =
  | { readonly _tag: "Done" }
  /** Done for now; look again at that time. */
  | { readonly _tag: "LookAgain"; readonly at: number; readonly priority: Priority }
  /** It failed: again after the backoff, or not before `notBefore` where that is later. */
  | { readonly _tag: "Failed"; readonly notBefore?: number | undefined }

export const done: Verdict = { _tag: "Done" }
export const failed: Verdict = { _tag: "Failed" }

/** How a key is asked for. */
export interface Request {
  readonly priority: Priority
  /** Not before this time, milliseconds since the epoch; absent means now. */
  readonly at?: number | undefined
  /** Cuts a running backoff short: what the key is about has changed, so that the last failure says nothing about the next try. */
  readonly hasten?: boolean | undefined
}

/** How a queue is doing. */
export interface QueueState {
  readonly ready: Readonly<Record<Priority, number>>
  readonly delayed: number
  readonly running: number
}

/** A keyed work queue: a key that is asked for twice is worked on once, and never twice at the same time. */
export interface WorkQueue<Key extends string> {
  /** Asks for a key. While it runs, it is run once more afterwards; while it is in line, the earlier time and the higher priority count. */
  readonly add: (key: Key, request: Request) => Effect.Effect<void>
  /** Failures in a row of a key. */
  readonly failures: (key: Key) => number
  readonly state: Effect.Effect<QueueState>
  /** Begins no more work, and returns when none is running. What was in line stays there; there is no way back. */
  readonly drain: Effect.Effect<void>
}

interface Entry<Key> {
  readonly key: Key
  priority: Priority
  dueAt: number
  failures: number
  backingOff: boolean
  running: boolean
  again: Request | undefined
  /** Places in line that carry an older ticket are void. */
  ticket: number
}

interface Place<Key> {
  readonly entry: Entry<Key>
  readonly ticket: number
}

const urgency = (priority: Priority): number => priorities.indexOf(priority)
const moreUrgent = (a: Priority, b: Priority): Priority => (urgency(a) <= urgency(b) ? a : b)

/** First in, first out, without moving the rest at every take. */
class Line<Key> {
  private items: Array<Place<Key>> = []
  private head = 0
  push(place: Place<Key>): void {
    this.items.push(place)
  }
  take(): Entry<Key> | undefined {
    while (this.head < this.items.length) {
      const { entry, ticket } = this.items[this.head++]!
      if (this.head > 1024 && this.head * 2 > this.items.length) {
        this.items = this.items.slice(this.head)
        this.head = 0
      }
      if (entry.ticket === ticket) return entry
    }
    return undefined
  }
}

/**
 * A work queue whose workers live as long as the scope.
 *
 * A failed key is tried again after a jittered, capped backoff (0.2 s to 60 s unless told otherwise) for as long as it fails; only
 * `hasten` or success ends the backoff early. The more urgent goes first, but of eight workers or more one in eight stays free for each lower
 * priority, and two for new pods. A defect in `work` counts as a failure and is logged. The ports see a piece of work's priority as `ports/Priority`.
 *
 * @param concurrency how many keys are worked on at once, 1 or more
 */
export const make = <Key extends string, R>(
  options: { readonly concurrency: number; readonly backoff?: Backoff | undefined },
  work: (key: Key) => Effect.Effect<Verdict, never, R>
): Effect.Effect<WorkQueue<Key>, never, R | Scope.Scope> =>
  Effect.gen(function*() {
    const backoff = options.backoff ?? workBackoff
    const clock = yield* Clock.Clock
    const scope = yield* Effect.scope
    const wake = Latch.makeUnsafe(false)
    const idle = Latch.makeUnsafe(false)
    let draining = false
    const entries = new Map<Key, Entry<Key>>()
    const delayed = DueHeap.make<Place<Key>>()
    const ready: Readonly<Record<Priority, Line<Key>>> = { allocation: new Line(), release: new Line(), upkeep: new Line() }
    const running = { allocation: 0, release: 0, upkeep: 0 }
    const busy = (): number => running.allocation + running.release + running.upkeep
    // Workers that stay free for each: a storm of new pods must not stop releases, nor both the sweep; and upkeep that waits for EC2, as of all nodes at a
    // start, must not keep new pods waiting.
    const share = Math.floor(options.concurrency / 8)
    const kept = { allocation: 2 * share, release: share, upkeep: share }

    const enqueue = (entry: Entry<Key>, now: number): void => {
      entry.ticket++
      const place = { entry, ticket: entry.ticket }
      if (entry.dueAt <= now) ready[entry.priority].push(place)
      else delayed.push(entry.dueAt, place)
      wake.openUnsafe()
    }

    const merge = (a: Request | undefined, b: Request): Request =>
      a === undefined ? b : {
        priority: moreUrgent(a.priority, b.priority),
        at: a.at === undefined || b.at === undefined ? undefined : Math.min(a.at, b.at),
        hasten: a.hasten === true || b.hasten === true
      }

    const add = (key: Key, request: Request): void => {
      const now = steadyMillis(clock)
      const entry = entries.get(key)
      if (entry === undefined) {
        const fresh: Entry<Key> = {
          key,
          priority: request.priority,
          dueAt: request.at ?? now,
          failures: 0,
          backingOff: false,
          running: false,
          again: undefined,
          ticket: 0
        }
        entries.set(key, fresh)
        enqueue(fresh, now)
        return
      }
      if (entry.running) {
        entry.again = merge(entry.again, request)
        return
      }
      const priority = moreUrgent(entry.priority, request.priority)
      const held = entry.backingOff && request.hasten !== true
      const dueAt = held ? entry.dueAt : Math.min(entry.dueAt, request.at ?? now)
      if (priority === entry.priority && dueAt === entry.dueAt) return
      entry.priority = priority
      entry.dueAt = dueAt
      enqueue(entry, now)
    }

    const settle = (entry: Entry<Key>, verdict: Verdict, wait: number): void => {
      const now = steadyMillis(clock)
      const again = entry.again
      running[entry.priority]--
      entry.running = false
      if (draining && busy() === 0) idle.openUnsafe()
      entry.again = undefined
      if (verdict._tag === "Failed" && again?.hasten !== true) {
        entry.failures++
        entry.backingOff = true
        entry.dueAt = Math.max(now + wait, verdict.notBefore ?? 0)
        if (again !== undefined) entry.priority = moreUrgent(entry.priority, again.priority)
        enqueue(entry, now)
        return
      }
      entry.backingOff = false
      if (verdict._tag !== "Failed") entry.failures = 0
      const times = [
        ...(again === undefined ? [] : [again.at ?? now]),
        ...(verdict._tag === "LookAgain" ? [verdict.at] : [])
      ]
      if (times.length === 0) {
        entries.delete(entry.key)
        wake.openUnsafe()
        return
      }
      const asked = [...(again === undefined ? [] : [again.priority]), ...(verdict._tag === "LookAgain" ? [verdict.priority] : [])]
      entry.priority = asked.reduce(moreUrgent)
      entry.dueAt = Math.min(...times)
      enqueue(entry, now)
    }

    const run = (entry: Entry<Key>): Effect.Effect<void, never, R> =>
      // Suspended, so that a throw before there is an effect is this key's failure and not the dispatcher's end.
      Effect.suspend(() => Effect.provideService(work(entry.key), Priority, entry.priority)).pipe(
        Effect.catchCause((cause) =>
          Effect.logError("work on a key failed unexpectedly", cause).pipe(Effect.annotateLogs({ key: entry.key }), Effect.as(failed))
        ),
        Effect.flatMap((verdict) =>
          Effect.map(
            verdict._tag === "Failed" ? delayAfter(entry.failures + 1, backoff) : Effect.succeed(0),
            (wait) => settle(entry, verdict, wait)
          )
        )
      )

    const takeReady = (): Entry<Key> | undefined => {
      if (draining) return undefined
      const free = options.concurrency - busy()
      for (const priority of priorities) {
        const others = priorities.reduce((sum, other) => other === priority ? sum : sum + Math.max(0, kept[other] - running[other]), 0)
        const entry = free > others ? ready[priority].take() : undefined
        if (entry !== undefined) return entry
      }
      return undefined
    }

    /** When the next alarm rings, where one is set. */
    let alarmAt = Infinity
    /** Wakes the dispatcher at a time; what an earlier alarm will wake it for needs none of its own. */
    const setAlarm = (at: number): Effect.Effect<void> => {
      if (alarmAt <= at) return Effect.void
      alarmAt = at
      const ring = Effect.sync(() => {
        if (alarmAt === at) alarmAt = Infinity
        wake.openUnsafe()
      })
      const wait = Math.max(0, at - steadyMillis(clock))
      return Effect.asVoid(Effect.forkIn(Effect.andThen(Effect.sleep(wait), ring), scope, { startImmediately: true }))
    }

    const dispatch = Effect.gen(function*() {
      for (;;) {
        wake.closeUnsafe()
        const now = steadyMillis(clock)
        for (let place = delayed.popDue(now); place !== undefined; place = delayed.popDue(now)) {
          if (place.entry.ticket === place.ticket) ready[place.entry.priority].push(place)
        }
        for (let entry = takeReady(); entry !== undefined; entry = takeReady()) {
          entry.ticket++
          entry.running = true
          running[entry.priority]++
          yield* Effect.forkIn(run(entry), scope)
        }
        const next = delayed.next()
        if (next !== undefined) yield* setAlarm(next)
        yield* wake.await
      }
    })
    yield* Effect.forkScoped(dispatch)

    return {
      add: (key, request) => Effect.sync(() => add(key, request)),
      failures: (key) => entries.get(key)?.failures ?? 0,
      drain: Effect.suspend(() => {
        draining = true
        return busy() === 0 ? Effect.void : idle.await
      }),
      state: Effect.sync(() => {
        const now = steadyMillis(clock)
        // Counted by key: the lines hold void places too.
        const inLine = { allocation: 0, release: 0, upkeep: 0 }
        let later = 0
        for (const entry of entries.values()) {
          if (entry.running) continue
          if (entry.dueAt > now) later++
          else inLine[entry.priority]++
        }
        return { ready: inLine, delayed: later, running: busy() }
      })
    }
  })
