import { Clock, Effect, Result } from "effect"
import type { Stopped } from "./Stopped.js"

/** What a look met. */
export interface Obstacle {
  readonly message: string
  /** Somebody answered: from the first answer on there is time anew. */
  readonly isAnswer: boolean
  /** How long to go on after it, milliseconds; 0 where waiting does not help. */
  readonly patience: number
  /** What it ends with when that is over. */
  readonly end: Stopped
}

/** So long those who wait at all wait for a permission: it may have been granted a moment ago. Milliseconds. */
export const forRights = 30_000

const between = 1_000
const sayAgainAfter = 15_000

/** Looks until nothing is in the way, saying now and then what is; fails with that when its patience is over. */
export const lookUntilWell = Effect.fnUntraced(function*<A, E, R>(
  who: string,
  look: Effect.Effect<A, E, R>,
  obstacleOf: (error: E) => Obstacle
): Effect.fn.Return<A, Stopped, R> {
  let since = yield* Clock.currentTimeMillis
  let hasAnswered = false
  let saidAt = -Infinity
  for (;;) {
    const outcome = yield* Effect.result(look)
    if (Result.isSuccess(outcome)) {
      if (saidAt > 0) yield* Effect.logInfo(`${who} answers`)
      return outcome.success
    }
    const { end, isAnswer, message, patience } = obstacleOf(outcome.failure)
    const now = yield* Clock.currentTimeMillis
    if (isAnswer !== hasAnswered) since = now
    hasAnswered = isAnswer
    const left = since + patience - now
    if (left <= 0) return yield* end
    if (now - saidAt >= sayAgainAfter) {
      yield* Effect.logWarning(`waiting for ${who}`, message)
      saidAt = now
    }
    yield* Effect.sleep(Math.min(between, left))
  }
})
