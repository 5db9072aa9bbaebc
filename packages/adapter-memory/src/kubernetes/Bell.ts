import { Effect } from "effect"

/** Wakes one fiber that waits. */
export interface Bell {
  /** Wakes who waits, in a turn of its own: it is rung inside a writer, who is to finish first. Where nobody waits, it is not heard. */
  readonly ring: () => void
  readonly heard: Effect.Effect<void>
}

export const make = (): Bell => {
  let wake: (() => void) | undefined
  return {
    ring: () => {
      const waiting = wake
      wake = undefined
      waiting?.()
    },
    heard: Effect.withFiber((fiber) =>
      Effect.callback<void>((resume) => {
        wake = () => fiber.currentDispatcher.scheduleTask(() => resume(Effect.void), 0)
        return Effect.sync(() => {
          wake = undefined
        })
      })
    )
  }
}
