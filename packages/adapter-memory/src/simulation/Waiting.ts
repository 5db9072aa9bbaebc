import { Clock, Data, Duration, Effect } from "effect"

/** What was waited for did not happen in time. */
export class NotInTime extends Data.TaggedError("NotInTime")<{
  readonly what: string
  /** How long was waited, in milliseconds of virtual time. */
  readonly waited: number
  readonly message: string
}> {}

/** How long to wait and how often to look. */
export interface WaitOptions {
  /** Default 5 minutes. */
  readonly within?: Duration.Input
  /** Default 50 ms. */
  readonly every?: Duration.Input
}

/** Lets virtual time pass; everybody else goes on meanwhile. */
export const advance = (duration: Duration.Input): Effect.Effect<void> => Effect.sleep(duration)

/**
 * Looks again and again until there is an answer, and gives it. Adds `NotInTime`, whose `what` says what was waited for.
 *
 * @example const node = yield* eventually("the node is there", findNode, { within: "30 seconds" })
 */
export const eventually = Effect.fnUntraced(function*<A, E, R>(
  what: string,
  look: Effect.Effect<A | undefined, E, R>,
  options: WaitOptions = {}
) {
  const within = Duration.toMillis(options.within ?? "5 minutes")
  const every = options.every ?? "50 millis"
  const begin = yield* Clock.currentTimeMillis
  for (;;) {
    const found = yield* look
    if (found !== undefined) return found
    const waited = (yield* Clock.currentTimeMillis) - begin
    if (waited >= within) return yield* new NotInTime({ what, waited, message: `not within ${within} ms: ${what}` })
    yield* Effect.sleep(every)
  }
})
