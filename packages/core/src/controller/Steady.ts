import { type Clock, Effect } from "effect"

type Service = typeof Clock.Clock.Service

interface Base {
  readonly wall: number
  readonly monotonic: bigint
}

/** By clock: what a process took for the time when it first asked. */
const bases = new WeakMap<Service, Base>()

/**
 * Milliseconds since the epoch, as they were when this clock was first asked, and since then by the clock that nobody sets: when the host's wall
 * clock is set, by NTP or by hand, no branch cools shorter and no work waits longer. Not to be compared with other hosts' times.
 */
export const steadyMillis = (clock: Service): number => {
  const monotonic = clock.monotonicTimeNanosUnsafe()
  const base = bases.get(clock) ?? { wall: clock.currentTimeMillisUnsafe(), monotonic }
  bases.set(clock, base)
  return base.wall + Number((monotonic - base.monotonic) / 1_000_000n)
}

/** {@link steadyMillis} of the present clock. */
export const steadyNow: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => steadyMillis(clock)))
