import { countByAction } from "@branchline/adapter-memory/ec2/CallLog"
import { full, take } from "@branchline/adapter-memory/ec2/TokenBucket"
import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { account, whole } from "./fixtures.js"

const many = <A, E, R>(count: number, call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.forEach(Array.from({ length: count }), () => Effect.result(call)), (results) => ({
    done: results.filter(Result.isSuccess).length,
    errors: results.filter(Result.isFailure).map(({ failure }) => failure)
  }))

describe("TokenBucket", () => {
  it("starts full, refuses when empty, and refills with time up to its capacity", () => {
    const size = { capacity: 2, refill: 5 }
    let bucket = full(size, 0)
    const at = (now: number): boolean => {
      const taken = take(bucket, size, now)
      bucket = taken.bucket
      return taken.granted
    }
    expect([at(0), at(0), at(0), at(199), at(200), at(200), at(10_000), at(10_000), at(10_000)]).toEqual([
      true, true, false, false, true, false, true, true, false
    ])
  })

  it.prop(
    "in no stretch of time grants more than its capacity and the refill",
    {
      capacity: whole(1, 20),
      refill: whole(1, 30),
      waits: Arbitrary.array(whole(0, 400), { minLength: 1, maxLength: 200 })
    },
    ({ capacity, refill, waits }) => {
      const size = { capacity, refill }
      const grants: Array<number> = []
      let now = 0
      let bucket = full(size, now)
      for (const wait of waits) {
        now += wait
        const taken = take(bucket, size, now)
        bucket = taken.bucket
        if (taken.granted) grants.push(now)
      }
      grants.forEach((from, first) => {
        grants.forEach((to, last) => {
          if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(capacity + ((to - from) * refill) / 1_000)
        })
      })
    }
  )
})

describe("throttling", () => {
  it.effect("mutating calls: 50 at once, then 5 a second", () =>
    Effect.gen(function*() {
      const { calls, port, wanted } = yield* account()
      const create = Effect.suspend(() => port.createBranch(wanted()))
      const burst = yield* many(60, create)
      expect(burst.done).toBe(50)
      expect(burst.errors[0]).toMatchObject({
        action: "CreateNetworkInterface",
        code: "RequestLimitExceeded",
        reason: { _tag: "Throttled" },
        isRetryable: true
      })
      yield* TestClock.adjust("1 second")
      expect((yield* many(10, create)).done).toBe(5)
      expect(countByAction(yield* calls)).toEqual(new Map([["CreateNetworkInterface", 70]]))
    }))

  it.effect("describes: 100 at once, then 20 a second; each action has a bucket of its own", () =>
    Effect.gen(function*() {
      const { port, subnetId } = yield* account()
      expect((yield* many(110, port.describeSubnets([subnetId]))).done).toBe(100)
      expect((yield* many(110, port.describeInterfaces({}))).done).toBe(100)
      yield* TestClock.adjust("500 millis")
      expect((yield* many(20, port.describeSubnets([subnetId]))).done).toBe(10)
    }))

  it.effect("single actions have other sizes, and all of it can be switched off", () =>
    Effect.gen(function*() {
      const strict = yield* account({ throttle: { actions: { CreateTags: { capacity: 1, refill: 1 } } } })
      const eniId = yield* strict.branch()
      expect((yield* many(3, strict.port.tagInterface(eniId, { a: "b" }))).done).toBe(1)
      expect((yield* many(3, strict.port.permitAttachment(eniId))).done).toBe(3)
      const free = yield* account({ throttle: "off" })
      expect((yield* many(200, Effect.suspend(() => free.port.createBranch(free.wanted())))).done).toBe(200)
    }))

  it.effect("a throttled call does nothing", () =>
    Effect.gen(function*() {
      const { control, port, wanted } = yield* account({ throttle: { mutating: { capacity: 0, refill: 1 } } })
      const before = yield* control.snapshot
      yield* Effect.flip(port.createBranch(wanted()))
      expect(yield* control.snapshot).toEqual(before)
    }))
})
