import type { Rate } from "./Rates.js"

/**
 * What is believed of EC2's token bucket of one action. EC2 never tells what it grants: accounts have larger buckets than documented, or share
 * theirs with other clients. So the belief starts at what is documented and learns from answers:
 *
 * - Calls within the belief are `owed`. Where more wait, some go `beyond` it: one by one at first, and when a few were granted, for each that is one more
 *   at once, so that an EC2 that does not throttle is found out in a few round trips (TCP's slow start: RFC 5681, section 3.1). One that is refused ends
 *   that, and the next waits twice as long.
 * - A refusal says that EC2's bucket is empty. What was granted from one such moment to the next, over the time between, is what EC2 refills,
 *   whatever its bucket holds: the belief falls to that at once, and rises to it.
 * - A refusal of what was owed after a pause says that the bucket holds less than believed; it is taken for larger again bit by bit.
 *
 * Times are milliseconds.
 */
export interface Bucket {
  /** Believed refill, tokens per second. */
  readonly rate: number
  /** Believed size. */
  readonly burst: number
  readonly tokens: number
  readonly at: number
  /** So many calls may be under way beyond what is owed. */
  readonly allowance: number
  /** So many are. */
  readonly beyond: number
  /** So many in a row were granted. */
  readonly inRow: number
  /** Before this nothing goes beyond. */
  readonly beyondAt: number
  /** How long the next refusal keeps it from going beyond. */
  readonly patience: number
  /** A moment at which EC2 said that it is empty, and what it granted since; `paused` once nobody waited for a while. */
  readonly emptied: { readonly at: number; readonly granted: number; readonly paused: boolean } | undefined
  /** When it said so last. */
  readonly refusedAt: number
  /** So often in a row EC2 refused what was owed. */
  readonly refusals: number
}

/** How a call goes out. */
export type Grant = "owed" | "beyond"

/** Calls under way beyond the belief at most: as many as an adapter has connections. */
const mostBeyond = 256
const shortestPatience = 1_000
const longestPatience = 60_000
/** A call in five seconds finds out whether EC2 grants again. */
const slowest = 0.2
/** Calls overtake one another on their way, and a token is whole: what is counted may be off by so many. */
const blur = 2
/** One by one, a few that are granted beyond what is owed may have been in store; so many in a row, while what is owed goes on, show that there is more. */
const proof = 5
/** From then on so many go at once. */
const firstAllowance = 8
/** In less time a token is worth as much as all the rest. */
const shortestMeasure = 1_000
/** What EC2 grants may change: what was granted longer ago says nothing about that. */
const longestMeasure = 60_000
/** So many refusals in a row of what was owed are no misjudgement: EC2 refuses everything, or others take it all. */
const outage = 3
/** A bucket that is so full has not been waited for. */
const restful = 1.5

export const full = ({ burst, perSecond }: Rate, now: number): Bucket => ({
  rate: perSecond,
  burst,
  tokens: burst,
  at: now,
  allowance: 1,
  beyond: 0,
  inRow: 0,
  beyondAt: 0,
  patience: shortestPatience,
  emptied: undefined,
  refusedAt: -Infinity,
  refusals: 0
})

const refilled = (bucket: Bucket, now: number): Bucket => {
  if (now <= bucket.at) return bucket
  const tokens = Math.min(bucket.burst, bucket.tokens + ((now - bucket.at) / 1000) * bucket.rate)
  const paused = bucket.emptied !== undefined && tokens >= restful
  // After a rest it is found out anew: others may have stopped to call meanwhile.
  const rested = tokens === bucket.burst && bucket.tokens < bucket.burst ? { beyondAt: 0, patience: shortestPatience } : {}
  return { ...bucket, tokens, at: now, emptied: paused ? { ...bucket.emptied, paused } : bucket.emptied, ...rested }
}

/** Beyond goes what goes while the belief has hardly anything: else a token that EC2 had in store would pass for more than that. */
const mayGoBeyond = ({ allowance, beyond, beyondAt, refusals, tokens }: Bucket, now: number): boolean =>
  refusals === 0 && now >= beyondAt && beyond < allowance && (allowance > 1 || tokens < 0.25)

/** Lets a call go, where it may; else how long to wait before it is worth asking again. */
export const take = (before: Bucket, now: number): { readonly bucket: Bucket; readonly grant: Grant } | { readonly bucket: Bucket; readonly wait: number } => {
  const bucket = refilled(before, now)
  if (bucket.tokens >= 1) return { bucket: { ...bucket, tokens: bucket.tokens - 1 }, grant: "owed" }
  if (mayGoBeyond(bucket, now)) return { bucket: { ...bucket, beyond: bucket.beyond + 1 }, grant: "beyond" }
  return { bucket, wait: Math.max(1, Math.ceil(((1 - bucket.tokens) / bucket.rate) * 1000)) }
}

/** EC2 did what was asked, or refused it for another reason than its rates; `further` pages of the same describe came after the first. */
export const granted = (before: Bucket, grant: Grant, further: number, documented: Rate): Bucket => {
  const bucket = further === 0 ? before : { ...before, tokens: before.tokens - further }
  const emptied = bucket.emptied === undefined ? undefined : { ...bucket.emptied, granted: bucket.emptied.granted + 1 + further }
  if (grant === "owed") {
    // Bit by bit, a tenth for each bucketful that was granted.
    const burst = bucket.burst >= documented.burst ? bucket.burst : Math.min(documented.burst, bucket.burst + 0.1)
    // After an outage it may well grant all that has gathered meanwhile.
    const afterOutage = bucket.refusals >= outage ? { beyondAt: 0, patience: shortestPatience } : {}
    return { ...bucket, emptied, burst, refusals: 0, ...afterOutage }
  }
  const inRow = bucket.inRow + 1
  if (inRow < proof) return { ...bucket, emptied, inRow, beyond: bucket.beyond - 1 }
  const allowance = Math.min(mostBeyond, Math.max(firstAllowance, bucket.allowance + 1))
  return { ...bucket, emptied, inRow, allowance, beyond: bucket.beyond - 1, patience: shortestPatience }
}

/**
 * What EC2 refills, from what it granted between two moments at which its bucket held less than a token: that, give or take a few. The longer the
 * time between, the less is left open; so as long as the belief agrees, the same beginning is kept.
 */
const measured = (bucket: Bucket, now: number): Pick<Bucket, "rate" | "emptied"> => {
  const { emptied, rate } = bucket
  const afresh = { at: now, granted: 0, paused: false }
  if (emptied === undefined) return { rate, emptied: afresh }
  const lasted = now - emptied.at
  if (lasted < shortestMeasure) return { rate, emptied }
  const least = ((emptied.granted - blur) / lasted) * 1000
  const most = emptied.granted === 0 ? rate / 2 : ((emptied.granted + blur) / lasted) * 1000
  if (rate < least) return { rate: least, emptied: afresh }
  if (rate > most && !emptied.paused) return { rate: Math.max(slowest, most), emptied: afresh }
  return { rate, emptied: emptied.paused || lasted > longestMeasure ? afresh : emptied }
}

/** EC2 throttled a call that was sent at `sentAt`. */
export const throttled = (before: Bucket, grant: Grant, sentAt: number, now: number): Bucket => {
  const bucket = refilled(before, now)
  const beyond = grant === "beyond" ? bucket.beyond - 1 : bucket.beyond
  // One that was sent before EC2 last said so says nothing new.
  if (sentAt <= bucket.refusedAt) return { ...bucket, beyond }
  const surprised = grant === "owed"
  return {
    ...bucket,
    ...measured(bucket, now),
    // What was believed to be left was not there.
    burst: surprised ? Math.max(1, bucket.burst - Math.max(0, Math.floor(bucket.tokens))) : bucket.burst,
    // A refusal beyond what is owed is as it should be.
    tokens: surprised ? Math.min(0, bucket.tokens) : bucket.tokens,
    allowance: 1,
    beyond,
    inRow: 0,
    beyondAt: now + bucket.patience,
    patience: Math.min(longestPatience, bucket.patience * 2),
    refusedAt: now,
    refusals: surprised ? bucket.refusals + 1 : bucket.refusals
  }
}

/** Nobody knows what EC2 made of a call: it was interrupted, or its answer lost. */
export const abandoned = (bucket: Bucket, grant: Grant): Bucket => grant === "beyond" ? { ...bucket, beyond: bucket.beyond - 1 } : bucket
