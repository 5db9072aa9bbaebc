import { type Clock, Duration, Effect } from "effect"
import * as Sleepers from "./Sleepers.js"

/** A clock that stands still until it is moved. */
export interface VirtualClock {
  readonly clock: typeof Clock.Clock.Service
  /** Microseconds since the start. */
  readonly elapsed: () => number
  /** Moves to the earliest time somebody sleeps until, and answers who wakes then; empty when nobody sleeps. */
  readonly advance: () => ReadonlyArray<Sleepers.Sleeper>
}

/** A clock that begins at `start`, in milliseconds since the Unix epoch. Its resolution is a microsecond. */
export const make = (start: number): VirtualClock => {
  const sleepers = Sleepers.make()
  let elapsed = 0

  const millis = (): number => start + Math.floor(elapsed / 1000)
  const monotonic = (): bigint => BigInt(elapsed) * 1000n
  const nanos = (): bigint => BigInt(start) * 1_000_000n + monotonic()

  return {
    clock: {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: monotonic,
      monotonicTimeNanos: Effect.sync(monotonic),
      sleep: (duration) => {
        const micros = Math.max(0, Math.ceil(Duration.toMillis(duration) * 1000))
        // Who sleeps for ever wakes nobody: not in the heap, so that a deadlock is seen.
        if (!Number.isFinite(micros)) return Effect.never
        return Effect.callback<void>((resume) => {
          const sleeper = { at: elapsed + micros, wake: () => resume(Effect.void), live: true }
          sleepers.add(sleeper)
          return Effect.sync(() => {
            sleeper.live = false
          })
        })
      }
    },
    elapsed: () => elapsed,
    advance: () => {
      const due = sleepers.takeEarliest()
      if (due.length > 0) elapsed = due[0]!.at
      return due
    }
  }
}
