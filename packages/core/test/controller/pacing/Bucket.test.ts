import * as Bucket from "@branchline/core/controller/pacing/Bucket"
import { documentedRates, type Rate } from "@branchline/core/controller/pacing/Rates"
import { describe, expect, it } from "vitest"

const documented = documentedRates.mutating

/** EC2's side: a bucket that refuses when it is empty; a refusal costs nothing. */
const ec2Bucket = (capacity: number, granting: number) => {
  let refill = granting
  let tokens = capacity
  let at = 0
  return {
    ask: (now: number): boolean => {
      tokens = Math.min(capacity, tokens + ((now - at) / 1000) * refill)
      at = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    /** From now on so much is left by others. */
    leave: (perSecond: number) => {
      refill = perSecond
    }
  }
}

interface Run {
  /** When the last call was granted, milliseconds. */
  readonly millis: number
  readonly throttled: number
  readonly bucket: Bucket.Bucket
}

/** So many calls wait from the start; each takes a round trip, and what is throttled goes again. */
const run = (
  { calls, ec2, from = Bucket.full(documented, 0), roundTrip = 300, start = 0, meanwhile }: {
    readonly calls: number
    readonly ec2: ReturnType<typeof ec2Bucket>
    readonly from?: Bucket.Bucket
    readonly roundTrip?: number
    readonly start?: number
    readonly meanwhile?: (now: number) => void
  }
): Run => {
  let bucket = from
  let waiting = calls
  let throttled = 0
  let last = start
  let underWay: ReadonlyArray<{ readonly grant: Bucket.Grant; readonly sentAt: number; readonly due: number; readonly ok: boolean }> = []
  for (let now = start; waiting > 0 || underWay.length > 0; now += 10) {
    meanwhile?.(now)
    for (const { grant, ok, sentAt } of underWay.filter(({ due }) => due <= now)) {
      if (ok) {
        last = now
        bucket = Bucket.granted(bucket, grant, 0, documented)
      } else {
        throttled++
        waiting++
        bucket = Bucket.throttled(bucket, grant, sentAt, now)
      }
    }
    underWay = underWay.filter(({ due }) => due > now)
    while (waiting > 0) {
      const taken = Bucket.take(bucket, now)
      bucket = taken.bucket
      if ("wait" in taken) break
      waiting--
      underWay = [...underWay, { grant: taken.grant, sentAt: now, due: now + roundTrip, ok: ec2.ask(now + roundTrip / 2) }]
    }
    if (now > start + 3_600_000) throw new Error(`stuck with ${waiting} waiting: ${JSON.stringify(bucket)}`)
  }
  return { millis: last - start, throttled, bucket }
}

const boundOf = (calls: number, { burst, perSecond }: Rate): number => (Math.max(0, calls - burst) / perSecond) * 1000

describe("an EC2 that grants what is documented", () => {
  it("500 calls take what the bucket alone imposes, and hardly one in sixty is refused", () => {
    const { bucket, millis, throttled } = run({ calls: 500, ec2: ec2Bucket(50, 5) })
    expect(millis).toBeLessThan(boundOf(500, documented) * 1.02 + 300)
    expect(throttled).toBeLessThanOrEqual(8)
    expect(bucket.rate).toBeCloseTo(5, 0)
  })
  it.each([5, 50, 150, 1_000, 2_500])("whatever a call takes: %d ms", (roundTrip) => {
    const { millis, throttled } = run({ calls: 500, ec2: ec2Bucket(50, 5), roundTrip })
    expect(millis).toBeLessThan(boundOf(500, documented) * 1.02 + 2 * roundTrip)
    expect(throttled).toBeLessThanOrEqual(14)
  })
})

describe("an EC2 that grants more", () => {
  it("that does not throttle is found out in a few round trips", () => {
    const { millis, throttled } = run({ calls: 500, ec2: ec2Bucket(1e9, 1e9) })
    expect(millis).toBeLessThan(4_000)
    expect(throttled).toBe(0)
  })
  it("a quota of 200 and 20/s is learned: 2,000 calls take little more than it imposes", () => {
    const { bucket, millis } = run({ calls: 2_000, ec2: ec2Bucket(200, 20) })
    expect(millis).toBeLessThan(boundOf(2_000, { burst: 200, perSecond: 20 }) * 1.1)
    expect(bucket.rate).toBeGreaterThan(17)
    expect(bucket.rate).toBeLessThan(23)
  })
})

describe("an EC2 that grants less", () => {
  it("20 and 2/s: the belief falls at once, and few calls are refused after that", () => {
    const ec2 = ec2Bucket(20, 2)
    const first = run({ calls: 300, ec2 })
    expect(first.millis).toBeLessThan(boundOf(300, { burst: 20, perSecond: 2 }) * 1.1 + 5_000)
    expect(first.bucket.rate).toBeLessThan(2.6)
    expect(first.throttled).toBeLessThan(60)
  })
  it("recovers where others stop to call", () => {
    const ec2 = ec2Bucket(50, 5)
    // Another client takes four of five tokens.
    const busy = run({
      calls: 200,
      ec2,
      meanwhile: (now) => {
        if (now === 10_000) ec2.leave(1)
      }
    })
    expect(busy.bucket.rate).toBeLessThan(3)
    ec2.leave(5)
    const later = run({ calls: 300, ec2, from: busy.bucket, start: busy.millis + 60_000 })
    expect(later.millis).toBeLessThan(boundOf(300, documented) * 1.3)
  })
  it("everything refused for ten minutes: it asks every few seconds, and goes on within seconds of the end", () => {
    const ec2 = ec2Bucket(50, 0)
    for (let taken = 0; taken < 50; taken++) ec2.ask(0)
    const { millis, throttled } = run({
      calls: 20,
      ec2,
      meanwhile: (now) => {
        if (now === 600_000) ec2.leave(5)
      }
    })
    expect(throttled).toBeLessThan(250)
    expect(millis).toBeLessThan(600_000 + 12_000)
  })
})
