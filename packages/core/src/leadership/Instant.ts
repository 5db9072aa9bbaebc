import { Clock, DateTime, Effect } from "effect"

/**
 * A moment by both clocks, in milliseconds. The monotonic one is never set and goes on while the process is stopped (SIGSTOP), but not while
 * the machine is suspended (clock_gettime(2), CLOCK_MONOTONIC); the wall clock goes on then, but may be set.
 */
export interface Instant {
  readonly monotonic: number
  readonly wall: number
}

const nanosPerMilli = 1_000_000n

/** The present by that clock. */
export const instantOf = (clock: Clock.Clock): Instant => ({
  monotonic: Number(clock.monotonicTimeNanosUnsafe() / nanosPerMilli),
  wall: clock.currentTimeMillisUnsafe()
})

export const now: Effect.Effect<Instant> = Effect.clockWith((clock) => Effect.sync(() => instantOf(clock)))

/** The longest that may have passed between two moments: a clock that stood still or was set back must not prolong a leadership. */
export const atMostPassed = (since: Instant, until: Instant): number =>
  Math.max(until.monotonic - since.monotonic, until.wall - since.wall)

/** The present as `metav1.MicroTime`: RFC 3339 with six digits, as a Lease has it. */
export const microTime: Effect.Effect<string> = Effect.map(Clock.currentTimeNanos, (nanos) => {
  const micros = nanos / 1000n
  const millis = DateTime.formatIso(DateTime.makeUnsafe(Number(micros / 1000n))).slice(0, 23)
  return `${millis}${String(micros % 1000n).padStart(3, "0")}Z`
})
