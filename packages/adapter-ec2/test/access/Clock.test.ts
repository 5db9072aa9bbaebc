import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { afterEach, vi } from "vitest"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { check } from "../../src/Preflight.js"
import { withCredentials } from "../support/Credentials.js"

withCredentials()

const region = "eu-west-1"
const minute = 60_000

afterEach(() => {
  vi.useRealTimers()
})

/** This machine's clock, and the SDK's with it; the time of the other side does not come from there. */
const setClock = (off: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: trueTime() + off, shouldAdvanceTime: true })
}

const trueTime = (): number => performance.timeOrigin + performance.now()

const trueNanos = (): bigint => BigInt(Math.round(trueTime() * 1e6))

const inTime: Clock.Clock = {
  currentTimeMillisUnsafe: trueTime,
  currentTimeMillis: Effect.sync(trueTime),
  currentTimeNanosUnsafe: trueNanos,
  currentTimeNanos: Effect.sync(trueNanos),
  monotonicTimeNanosUnsafe: trueNanos,
  monotonicTimeNanos: Effect.sync(trueNanos),
  sleep: () => Effect.void
}

const wire = Effect.provideService(Ec2Server.make({ region, throttle: "off" }), Clock.Clock, inTime)

describe.each([["ahead of", 20 * minute], ["behind", -20 * minute]])("a clock that is %s AWS's", (words, off) => {
  const mend = `set this machine's clock right (NTP): it is 20 minutes ${words} AWS's`

  it.live("the first call is refused, and says so; the next is signed by EC2's clock, and succeeds", () =>
    Effect.gen(function*() {
      const { url } = yield* wire
      setClock(off)
      const { clockOff, port } = yield* AwsEc2.make({ region, endpoint: url, account: "111122223333" })
      expect(yield* Effect.flip(port.describeInterfaces({}))).toMatchObject({ code: "RequestExpired", reason: { _tag: "Unauthenticated" }, isRetryable: true, mend })
      expect(yield* port.describeInterfaces({})).toEqual([])
      expect(Math.abs((yield* clockOff) + off)).toBeLessThan(2_000)
    }))

  it.live("make and preflight name the clock", () =>
    Effect.gen(function*() {
      const { url } = yield* wire
      setClock(off)
      const unknown = yield* Effect.flip(AwsEc2.make({ region, endpoint: url, stsEndpoint: url }))
      expect(unknown).toMatchObject({ reason: "clock", message: expect.stringContaining(mend) })
      const refused = yield* Effect.flip(Effect.flatMap(AwsEc2.make({ region, endpoint: url, account: "111122223333" }), check))
      expect(refused).toMatchObject({ reason: "clock", message: expect.stringContaining(mend) })
    }))
})

describe("a clock that is right", () => {
  it.live("is not blamed for what is wrong with the credentials", () =>
    Effect.gen(function*() {
      const { url } = yield* wire
      const { port } = yield* AwsEc2.make({ region: "eu-north-1", endpoint: url, account: "111122223333" })
      const { code, mend } = yield* Effect.flip(port.describeInterfaces({}))
      expect(code).toBe("AuthFailure")
      expect(mend).not.toContain("clock")
    }))
})
