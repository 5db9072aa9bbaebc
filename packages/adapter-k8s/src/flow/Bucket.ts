/** A token bucket at a moment: so many calls at once, and so many a second in the long run. */
export interface Bucket {
  readonly perSecond: number
  readonly burst: number
  tokens: number
  /** When the tokens were counted, milliseconds. */
  at: number
}

/** A full bucket. A rate that is not above 0 is no rate: nothing is held back (so client-go reads a negative QPS). */
export const full = (perSecond: number, burst: number, now: number): Bucket => {
  const size = perSecond > 0 ? Math.max(1, Math.floor(burst)) : Infinity
  return { perSecond, burst: size, tokens: size, at: now }
}

/** Puts in what has come since; a clock that went back brings nothing. */
const refill = (bucket: Bucket, now: number): void => {
  if (bucket.perSecond > 0) {
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * bucket.perSecond)
  }
  bucket.at = now
}

/** A sum of fractions may fall short of the whole by its last digits. */
const rounding = 1e-6

/** Takes a token, and answers 0; or takes none, and answers after how many milliseconds there is one. */
export const take = (bucket: Bucket, now: number): number => {
  refill(bucket, now)
  if (bucket.tokens >= 1 - rounding) {
    bucket.tokens = Math.max(0, bucket.tokens - 1)
    return 0
  }
  return Math.max(1, Math.ceil(((1 - rounding - bucket.tokens) / bucket.perSecond) * 1000))
}

/** The server has had too many: what was saved up for a burst is gone. */
export const drain = (bucket: Bucket, now: number): void => {
  if (bucket.perSecond > 0) bucket.tokens = 0
  bucket.at = now
}
