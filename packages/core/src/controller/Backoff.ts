import { Effect, Random } from "effect"
import type { KubernetesError } from "../ports/KubernetesError.js"

/** Bounds of a capped exponential backoff, milliseconds: no wait is shorter than `base` or longer than `cap`. */
export interface Backoff {
  readonly base: number
  readonly cap: number
}

/** 0.2 s to 60 s: the work queue's. */
export const workBackoff: Backoff = { base: 200, cap: 60_000 }

/** 0.2 s to 30 s: a broken watch's. */
export const watchBackoff: Backoff = { base: 200, cap: 30_000 }

/**
 * How long to wait after so many failures in a row (1 or more), in whole milliseconds: between `base` and twice that after the first, doubled
 * with each that follows, the upper half of it drawn (equal jitter), never above the cap.
 */
export const delayAfter = (failures: number, { base, cap }: Backoff): Effect.Effect<number> => {
  // 2^30 doublings of a millisecond are beyond any cap.
  const most = Math.min(cap, base * 2 ** Math.min(failures, 30))
  const least = Math.max(Math.min(base, cap), most / 2)
  return Effect.map(Random.next, (chance) => Math.round(least + (most - least) * chance))
}

/** As {@link delayAfter}, and not sooner than the API server asked for with a 429. */
export const delayAfterError = (error: KubernetesError, failures: number, backoff: Backoff): Effect.Effect<number> => {
  const { reason } = error
  const asked = reason._tag === "TooManyRequests" ? reason.retryAfter ?? 0 : 0
  return Effect.map(delayAfter(failures, backoff), (delay) => Math.max(delay, asked))
}
