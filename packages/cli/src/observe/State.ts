import type { Judgement } from "./Judge.js"
import type { Numbers } from "./Numbers.js"
import type { Extents } from "./Standing.js"

/** How things stand, for whoever asks. Times are milliseconds. */
export interface State {
  readonly every: number
  readonly looks: { readonly seen: number; readonly failed: number }
  readonly lookTook: number
  /** When a look last ended, whatever came of it; milliseconds since the epoch. */
  readonly lookedAt: number
  /** Undefined before the first look has ended. */
  readonly judgement: Judgement | undefined
  /** Of the last look that saw something. */
  readonly numbers: Numbers
  /** Of the last look; undefined where it failed. */
  readonly extents: Extents | undefined
}

export const atStart = (every: number, now: number): State => ({
  every,
  looks: { seen: 0, failed: 0 },
  lookTook: 0,
  lookedAt: now,
  judgement: undefined,
  numbers: { served: 0, waiting: 0, unbound: 0, asking: 0, others: 0, slots: 0 },
  extents: undefined
})
