import { Clock, Duration, Effect, Layer } from "effect"

/** A clock for programs that do one thing after the other: a sleep jumps to its end. */
export const layer = Layer.effect(
  Clock.Clock,
  Effect.sync(() => {
    let nanos = 0n
    const millis = (): number => Number(nanos / 1_000_000n)
    const clock: typeof Clock.Clock.Service = {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: () => nanos,
      currentTimeNanos: Effect.sync(() => nanos),
      monotonicTimeNanosUnsafe: () => nanos,
      monotonicTimeNanos: Effect.sync(() => nanos),
      sleep: (duration) =>
        Effect.andThen(
          Effect.sync(() => {
            nanos += BigInt(Math.round(Duration.toMillis(duration) * 1_000_000))
          }),
          Effect.yieldNow
        )
    }
    return clock
  })
)
