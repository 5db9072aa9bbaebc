import { Effect, Latch } from "effect"

/** Between the watches of one process: connections to an API server die together, and are found dead one by one. */
export interface Alarm {
  /** A watch had fallen silent and missed something: the others may be as deaf. */
  readonly raise: Effect.Effect<void>
  /** Returns when it is raised the next time. */
  readonly raised: Effect.Effect<void>
}

export const make = (): Alarm => {
  let next = Latch.makeUnsafe(false)
  return {
    raise: Effect.suspend(() => {
      const now = next
      next = Latch.makeUnsafe(false)
      return now.open
    }),
    raised: Effect.suspend(() => next.await)
  }
}
