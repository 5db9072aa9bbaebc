import { Context } from "effect"

/** How long a call that EC2 throttles, or does not answer, is held back, milliseconds; by then whoever asked is told. */
export const longestHold = 30_000

/**
 * How long a call of this fiber may be held back because EC2 throttles its action, or is not there, before it fails. Short for those who have
 * nobody told yet; what has been told waits in line, where it goes on as soon as EC2 grants again.
 */
export const Hold: Context.Reference<number> = Context.Reference<number>("@branchline/core/controller/pacing/Hold", { defaultValue: () => longestHold })
