import type { Duration, Effect } from "effect"
import type { WatchEnd } from "@branchline/core/ports/Kubernetes"

/** Which open watches a control means; absent means all. */
export interface WatchFilter {
  readonly username?: string
  readonly plural?: string
}

/** What goes wrong with watches in real clusters, at a test's command (contract §9). */
export interface WatchControls {
  /** Ends the open watches, `Closed` unless another end is given. */
  readonly breakWatches: (end?: WatchEnd, filter?: WatchFilter) => Effect.Effect<void>
  /** The open watches never say anything again, not even that they ended; later ones do. */
  readonly silenceWatches: (filter?: WatchFilter) => Effect.Effect<void>
  /** From now on every watch tells each change this long after it happened; 0 ends it. */
  readonly lagWatches: (delay: Duration.Input) => Effect.Effect<void>
  /**
   * The open watches tell the last `changes` changes of their kind once more, in their old order, as a server does that lost its memory; of
   * those the newest `leaveOut` not (default 0), as one does that has not caught up.
   */
  readonly replayWatches: (changes: number, filter?: WatchFilter, leaveOut?: number) => Effect.Effect<void>
  /** Forgets the history: a watch from before now ends `Expired`. */
  readonly compact: Effect.Effect<void>
  /** How many watches are open. */
  readonly open: Effect.Effect<number>
}
