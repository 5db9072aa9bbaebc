import { Clock, Effect } from "effect"

/** The clock of the test, whose wall clock can be set besides; the monotonic one goes on as it did. */
export const settableClock = Effect.map(Clock.Clock, (real) => {
  let ahead = 0
  const millis = (): number => real.currentTimeMillisUnsafe() + ahead
  const nanos = (): bigint => real.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const clock: Clock.Clock = {
    ...real,
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos)
  }
  return {
    clock,
    /** By so many milliseconds. */
    setForward: (by: number) => Effect.sync(() => void (ahead += by))
  }
})
