import { countByAction, formatCall } from "@branchline/adapter-memory/ec2/CallLog"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { account, vlan } from "./fixtures.js"

/** Some fibers that get in one another's way. */
const busy = (options: Ec2Options) =>
  Effect.gen(function*() {
    const { branch, calls, port, trunk } = yield* account(options)
    const trunkId = yield* trunk()
    const results = yield* Effect.forEach(Array.from({ length: 12 }, (_, index) => index), (index) =>
      Effect.result(Effect.gen(function*() {
        const branchId = yield* branch()
        yield* port.associateBranch({ trunkId, branchId, vlanId: vlan((index % 4) + 1), clientToken: `a-${index}` })
        yield* port.describeInterfaces({})
      })), { concurrency: "unbounded" })
    const lines = (yield* calls).map((call) => `${formatCall(call)} ${call.requestId}`)
    return { lines, winners: results.flatMap((result, index) => Result.isSuccess(result) ? [index] : []).join() }
  })

const slow: Ec2Options = { latency: { min: "100 millis", max: "500 millis" }, describeLag: { min: 0, max: "1 second" } }

const run = (options: Ec2Options, seed: number) => {
  const { duration, exit } = simulate(busy(options), { seed })
  return { duration, ...(exit._tag === "Success" ? exit.value : { lines: [String(exit.cause)], winners: "" }) }
}

describe("determinism", () => {
  it("the same seed gives the same calls, byte for byte; another seed gives others", () => {
    expect(run(slow, 1).lines.length).toBe(2 + 12 * 3 + 4)
    expect(run(slow, 1)).toEqual(run(slow, 1))
    expect(run(slow, 2).lines).not.toEqual(run(slow, 1).lines)
  })

  it("calls without latency interleave too: who gets a VLAN id depends on the seed", () => {
    const outcomes = new Set(Array.from({ length: 40 }, (_, seed) => run({}, seed).winners))
    expect(outcomes.size).toBeGreaterThan(10)
  })

  it("a seed of its own gives the same ids in every run", () => {
    const ids = (seed: number) => run({ seed: "fixed" }, seed).lines[0]?.match(/eni-\w+/)?.[0]
    expect(ids(1)).toBe(ids(2))
    expect(run({}, 1).lines[0]).not.toBe(run({}, 2).lines[0])
  })
})

describe("the call log", () => {
  it.effect("says when, what, with what, and what came of it", () =>
    Effect.gen(function*() {
      const { calls, port, subnetId, wanted } = yield* account()
      yield* TestClock.adjust("1250 millis")
      const { eniId } = yield* port.createTrunk(wanted({ tags: { b: "2", a: "1" } }))
      yield* port.deleteInterface(eniId)
      yield* Effect.flip(port.deleteInterface(eniId))
      const log = yield* calls
      const asked = `InterfaceType=trunk SubnetId=${subnetId} Groups= Description= TagSpecifications=a=1,b=2 ClientToken=token-0`
      expect(log.map((call) => formatCall(call))).toEqual([
        `  1.250s CreateNetworkInterface ${asked} → ${eniId}`,
        `  1.250s DeleteNetworkInterface NetworkInterfaceId=${eniId}`,
        `  1.250s DeleteNetworkInterface NetworkInterfaceId=${eniId} → refused: InvalidNetworkInterfaceID.NotFound`
      ])
      expect(formatCall(log[0]!, 1_000)).toMatch(/^ {2}0\.250s /)
      expect(log[0]?.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect(new Set(log.map(({ requestId }) => requestId)).size).toBe(3)
    }))

  it.effect("an error carries the request id of its call", () =>
    Effect.gen(function*() {
      const { calls, port } = yield* account()
      const error = yield* Effect.flip(port.describeSubnets(["subnet-0"]))
      expect(error.requestId).toBe((yield* calls)[0]?.requestId)
    }))

  it.effect("every thousand interfaces are a page, and every page is a call with a token of the bucket", () =>
    Effect.gen(function*() {
      const { calls, control, port, subnetId } = yield* account({
        throttle: { describing: { capacity: 5, refill: 1 } }
      }, "10.0.0.0/16")
      // With the instance's primary interface: 1,000, then 2,001.
      yield* Effect.forEach(Array.from({ length: 999 }), () => control.createForeignInterface({ subnetId }))
      expect(yield* port.describeInterfaces({})).toHaveLength(1_000)
      expect(countByAction(yield* calls)).toEqual(new Map([["DescribeNetworkInterfaces", 1]]))
      yield* Effect.forEach(Array.from({ length: 1_001 }), () => control.createForeignInterface({ subnetId }))
      expect(yield* port.describeInterfaces({})).toHaveLength(2_001)
      expect((yield* calls).slice(1).map(({ outcome }) => outcome)).toEqual([
        { _tag: "done", answer: "1000 of 2001" },
        { _tag: "done", answer: "1000 of 2001" },
        { _tag: "done", answer: "1 of 2001" }
      ])
      expect((yield* Effect.flip(port.describeInterfaces({}))).reason).toEqual({ _tag: "Throttled" })
      expect(countByAction(yield* calls)).toEqual(new Map([["DescribeNetworkInterfaces", 6]]))
    }))
})

describe("latency", () => {
  it.effect("a call takes its time, and its effect is somewhere in between", () =>
    Effect.gen(function*() {
      const { calls, control, port, wanted } = yield* account({ latency: "1 second" })
      const call = yield* Effect.forkChild(Effect.andThen(port.createBranch(wanted()), Clock.currentTimeMillis))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(call)).toBe(1_000)
      const at = (yield* calls)[0]?.at ?? 0
      expect(at).toBeGreaterThan(0)
      expect(at).toBeLessThan(1_000)
      expect((yield* control.snapshot).interfaces).toHaveLength(2)
    }))

  it.effect("who gives up on a call does not know whether it took effect", () =>
    Effect.gen(function*() {
      const { control, port, wanted } = yield* account({ latency: "1 second", throttle: "off" })
      const counts = new Set<number>()
      for (let attempt = 0; attempt < 40; attempt++) {
        const before = (yield* control.snapshot).interfaces.length
        const call = yield* Effect.forkChild(Effect.timeoutOption(port.createBranch(wanted()), "500 millis"))
        yield* TestClock.adjust("500 millis")
        yield* Fiber.join(call)
        yield* TestClock.adjust("1 second")
        counts.add((yield* control.snapshot).interfaces.length - before)
      }
      expect(counts).toEqual(new Set([0, 1]))
    }))
})
