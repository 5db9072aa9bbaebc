import type { PerLane } from "./Lanes.js"

/** How one lane is doing. Counts are since the start. */
export interface LaneFigures {
  /** In line now. */
  readonly waiting: number
  /** Calls that went out. */
  readonly sent: number
  /** Of those, answered with a 429. */
  readonly refused: number
  /** Calls that were interrupted in line, and never went out. */
  readonly left: number
  /** Until when a 429 holds the lane, milliseconds since the epoch; undefined while nothing does. */
  readonly pausedUntil: number | undefined
  /** How many of those sent had to wait, and for how long altogether, in milliseconds. */
  readonly waited: { readonly count: number; readonly millis: number }
}

/** How the calls to the API server flow. */
export interface FlowFigures {
  readonly lanes: PerLane<LaneFigures>
  /** What waits for nobody: lists, watches, and calls for leases. */
  readonly unheld: { readonly sent: number; readonly refused: number }
  /** Held calls that are on their way now. */
  readonly inFlight: number
}
