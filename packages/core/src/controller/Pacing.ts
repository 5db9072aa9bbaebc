import { Clock, Effect } from "effect"
import { aroundEc2 } from "../ports/AroundEc2.js"
import type { Ec2 } from "../ports/Ec2.js"
import { ec2Actions } from "../ports/Ec2Actions.js"
import type { Ec2Error } from "../ports/Ec2Error.js"

/** A token bucket: so many calls at once, and so many a second in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Rates per EC2 action, for calls that change something and calls that describe. */
export interface Rates {
  readonly mutating: Rate
  readonly describing: Rate
}

/** What EC2 documents as its default, per action, account and Region (contract §6). */
export const documentedRates: Rates = {
  mutating: { burst: 50, perSecond: 5 },
  describing: { burst: 100, perSecond: 20 }
}

interface Bucket {
  readonly rate: Rate
  /** May be negative: those who wait have taken theirs already, so that the order in which they came is the order in which they go. */
  tokens: number
  /** Milliseconds since the epoch. */
  at: number
}

/** Takes a token and answers how long to wait for it, in milliseconds. */
const take = (bucket: Bucket, now: number): number => {
  bucket.tokens = Math.min(bucket.rate.burst, bucket.tokens + ((now - bucket.at) / 1000) * bucket.rate.perSecond)
  bucket.at = now
  bucket.tokens -= 1
  return bucket.tokens >= 0 ? 0 : Math.ceil((-bucket.tokens / bucket.rate.perSecond) * 1000)
}

/**
 * The port, slowed down to what EC2 grants: calls wait for a token of their action's bucket instead of being refused. Where EC2 throttles all
 * the same, because others call it too, the bucket is taken for empty.
 */
export const pace = (ec2: Ec2["Service"], rates: Rates): Ec2["Service"] => {
  const buckets = new Map<string, Bucket>()
  const bucketOf = (action: string, now: number): Bucket => {
    const known = buckets.get(action)
    if (known !== undefined) return known
    const rate = action.startsWith("Describe") ? rates.describing : rates.mutating
    const bucket = { rate, tokens: rate.burst, at: now }
    buckets.set(action, bucket)
    return bucket
  }
  const paced = <A>(method: keyof Ec2["Service"], call: Effect.Effect<A, Ec2Error>): Effect.Effect<A, Ec2Error> =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const bucket = bucketOf(ec2Actions[method], now)
      const wait = take(bucket, now)
      if (wait > 0) yield* Effect.sleep(wait)
      return yield* Effect.tapError(call, (error) =>
        Effect.sync(() => {
          if (error.reason._tag === "Throttled") bucket.tokens = Math.min(bucket.tokens, 0)
        }))
    })
  return aroundEc2(ec2, paced)
}
