import type { BucketSize } from "./Settings.js"

/** A token bucket at one moment; tokens in thousandths, so that a refill of whole tokens per second needs no fractions. */
export interface TokenBucket {
  readonly tokens: number
  /** Clock milliseconds of the last look. */
  readonly at: number
}

/** A full bucket. */
export const full = (size: BucketSize, now: number): TokenBucket => ({ tokens: size.capacity * 1_000, at: now })

/** The bucket refilled up to `now`; it never holds more than its capacity. */
export const refill = (bucket: TokenBucket, size: BucketSize, now: number): TokenBucket => ({
  tokens: Math.min(size.capacity * 1_000, bucket.tokens + Math.max(0, now - bucket.at) * size.refill),
  at: Math.max(now, bucket.at)
})

/** Takes one token where there is one. A call that is refused costs nothing. */
export const take = (
  bucket: TokenBucket,
  size: BucketSize,
  now: number
): { readonly granted: boolean; readonly bucket: TokenBucket } => {
  const filled = refill(bucket, size, now)
  return filled.tokens >= 1_000
    ? { granted: true, bucket: { ...filled, tokens: filled.tokens - 1_000 } }
    : { granted: false, bucket: filled }
}
