import type { TrunkEvent } from "../allocation/TrunkEvent.js"

/** What a command came to: the event for the trunk, and when it makes sense to try again where it failed. */
export interface Outcome {
  readonly event: TrunkEvent
  /** Milliseconds since the epoch; undefined leaves it to the backoff. */
  readonly notBefore?: number | undefined
  /** It failed, and goes on failing until somebody mends something. */
  readonly needsMending?: boolean | undefined
  /** It failed for want of patience alone: whoever waits next waits in the right place, and a backoff would only come on top. */
  readonly atOnce?: boolean | undefined
}
