import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import * as SubnetGate from "../../src/controller/SubnetGate.js"
import * as Subnets from "../../src/controller/Subnets.js"
import { ec2Error, noEc2, subnet } from "./Fixtures.js"

describe("subnets", () => {
  const counting = () => {
    let free = 100
    const asked: Array<string> = []
    const subnets = Subnets.make({
      ...noEc2,
      describeSubnets: ([subnetId]) =>
        Effect.sync(() => {
          asked.push(subnetId!)
          free--
          return subnetId === "subnet-none" ? [] : [{ ...subnet, subnetId: subnetId!, freeAddresses: free }]
        })
    })
    return { asked, subnets }
  }

  it.effect("are asked for once", () =>
    Effect.gen(function*() {
      const { asked, subnets } = counting()
      yield* subnets.get("subnet-1")
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* subnets.get("subnet-1")).cidr, subnet.cidr)
      yield* subnets.get("subnet-2")
      assert.deepStrictEqual(asked, ["subnet-1", "subnet-2"])
    }))

  it.effect("tell of free addresses that are at most half a minute old", () =>
    Effect.gen(function*() {
      const { asked, subnets } = counting()
      assert.strictEqual(yield* subnets.freeAddresses("subnet-1"), 99)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* subnets.freeAddresses("subnet-1"), 99)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* subnets.freeAddresses("subnet-1"), 98)
      assert.strictEqual(asked.length, 2)
    }))

  it.effect("that do not exist are an error, and are asked for again", () =>
    Effect.gen(function*() {
      const { asked, subnets } = counting()
      for (let look = 1; look <= 2; look++) {
        const { reason } = yield* Effect.flip(subnets.get("subnet-none"))
        assert.deepStrictEqual(reason, { _tag: "NotFound", thing: "subnet", id: "subnet-none" })
        assert.strictEqual(asked.length, look)
      }
    }))

  it.effect("that could not be read are asked for again", () =>
    Effect.gen(function*() {
      let fails = true
      const subnets = Subnets.make({
        ...noEc2,
        describeSubnets: () => Effect.suspend(() => (fails ? Effect.fail(ec2Error({ _tag: "Throttled" })) : Effect.succeed([subnet])))
      })
      assert.strictEqual((yield* Effect.flip(subnets.freeAddresses("subnet-1"))).reason._tag, "Throttled")
      fails = false
      assert.strictEqual(yield* subnets.freeAddresses("subnet-1"), subnet.freeAddresses)
    }))
})

describe("a subnet's gate", () => {
  const until = (gate: SubnetGate.SubnetGate, now: number) => gate.closedUntil("subnet-1", now)?.until

  it.effect("is open until the subnet is full, and for each subnet by itself", () =>
    Effect.gen(function*() {
      const gate = SubnetGate.make()
      assert.isUndefined(until(gate, 0))
      assert.isFalse(gate.open("subnet-1"))
      yield* gate.close("subnet-1", "no address left")
      assert.strictEqual(gate.closedUntil("subnet-1", 0)?.why, "no address left")
      assert.isUndefined(gate.closedUntil("subnet-2", 0))
      assert.isTrue(gate.open("subnet-1"))
      assert.isUndefined(until(gate, 0))
      assert.isFalse(gate.open("subnet-1"))
    }))

  it.effect("lets one find out when its time has come, and the next two seconds later", () =>
    Effect.gen(function*() {
      const gate = SubnetGate.make()
      yield* gate.close("subnet-1", "full")
      assert.isAtLeast(until(gate, 199)!, 200)
      yield* TestClock.adjust(1_000)
      assert.isUndefined(until(gate, 1_000))
      for (const now of [1_000, 1_001, 2_999]) assert.strictEqual(until(gate, now), 3_000)
      assert.isUndefined(until(gate, 3_000))
      assert.strictEqual(until(gate, 3_000), 5_000)
    }))

  it.effect("stays closed for longer each time that somebody found out in vain, up to a minute", () =>
    Effect.gen(function*() {
      const gate = SubnetGate.make()
      let now = 0
      for (let failures = 1; failures <= 15; failures++) {
        yield* TestClock.setTime(now)
        if (failures > 1) assert.isUndefined(until(gate, now))
        yield* gate.close("subnet-1", "full")
        const closed = until(gate, now)! - now
        assert.isAtLeast(closed, Math.min(30_000, 200 * 2 ** (failures - 1)))
        assert.isAtMost(closed, Math.min(60_000, 400 * 2 ** (failures - 1)))
        now += closed
      }
      yield* TestClock.setTime(now)
      assert.isTrue(gate.open("subnet-1"))
      yield* gate.close("subnet-1", "full")
      assert.isAtMost(until(gate, now)! - now, 400, "an open gate has forgotten its failures")
    }).pipe(Random.withSeed("gate")))

  it.effect("takes a burst of creates that all found the subnet full for one failure", () =>
    Effect.gen(function*() {
      const gate = SubnetGate.make()
      for (let create = 0; create < 64; create++) yield* gate.close("subnet-1", "full")
      assert.isAtMost(until(gate, 0)!, 400)
      yield* TestClock.setTime(500)
      assert.isUndefined(until(gate, 500))
      for (let create = 0; create < 64; create++) yield* gate.close("subnet-1", "full")
      assert.isAtLeast(until(gate, 500)!, 900)
      assert.isAtMost(until(gate, 500)!, 1_300)
    }).pipe(Random.withSeed("burst")))
})
