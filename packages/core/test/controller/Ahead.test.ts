import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Ahead from "../../src/controller/Ahead.js"
import { TestClock } from "effect/testing"
import type { InstanceId } from "../../src/model/Ids.js"
import { instanceIdTag } from "../../src/model/Names.js"
import type { Ec2 } from "../../src/ports/Ec2.js"
import { ec2Error, instance, networkInterface, noEc2, together } from "./Fixtures.js"

const idOf = (number: number) => `i-${number.toString(16).padStart(8, "0")}` as InstanceId
const ids = (count: number) => Array.from({ length: count }, (_, index) => idOf(index))

describe("reading ahead", () => {
  it("cuts a cluster into pages, the first first", () => {
    const pages = Ahead.pagesOf(ids(1_700).map((instanceId) => ({ instanceId, interfaces: 11 })))
    assert.deepStrictEqual(pages.flat(), ids(1_700))
    // 81 times 11 interfaces fit on a page of 900.
    assert.strictEqual(pages.length, 21)
    assert.deepStrictEqual(Ahead.pagesOf(ids(250).map((instanceId) => ({ instanceId, interfaces: 1 }))).map(({ length }) => length), [100, 100, 50])
    assert.deepStrictEqual(Ahead.pagesOf([{ instanceId: idOf(1), interfaces: 2_000 }, { instanceId: idOf(2), interfaces: 1 }]), [[idOf(1)], [idOf(2)]])
  })

  const answering = (fails: { left: number }): { readonly calls: Array<string>; readonly ec2: Ec2["Service"] } => {
    const calls: Array<string> = []
    const trouble = Effect.suspend(() => (fails.left-- > 0 ? Effect.fail(ec2Error({ _tag: "Unavailable" })) : Effect.void))
    return {
      calls,
      ec2: {
        ...noEc2,
        describeInstances: (asked) => {
          calls.push(`instances ${asked.length}`)
          return Effect.as(trouble, asked.map((instanceId) => instance({ instanceId })))
        },
        describeInterfaces: ({ tags }) => {
          const asked = tags?.[instanceIdTag] ?? []
          calls.push(`interfaces ${asked.length}`)
          return Effect.as(trouble, asked.map((instanceId, index) => networkInterface(index, { tags: { [instanceIdTag]: instanceId } })))
        }
      }
    }
  }

  it.effect("asks twice a page, whatever the number of instances", () =>
    Effect.gen(function*() {
      const { calls, ec2 } = answering({ left: 0 })
      const ahead = Ahead.make(ec2, {})
      yield* ahead.read(ids(100).map((instanceId) => ({ instanceId, interfaces: 2 })))
      for (const instanceId of ids(100)) {
        assert.strictEqual((yield* ahead.instance(instanceId))?.instanceId, instanceId)
        assert.deepStrictEqual((yield* ahead.interfaces(instanceId)).map(({ tags }) => tags[instanceIdTag]), [instanceId])
      }
      assert.deepStrictEqual(calls, ["instances 100", "interfaces 100"])
    }))

  it.effect("answers those who come while it reads, and those who come much later from EC2", () =>
    Effect.gen(function*() {
      const { calls, ec2 } = answering({ left: 0 })
      const ahead = Ahead.make({ ...ec2, describeInstances: (asked) => Effect.delay(ec2.describeInstances(asked), "2 seconds") }, {})
      const reading = yield* Effect.forkChild(ahead.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
      const waiting = yield* Effect.forkChild(ahead.instance(idOf(1)), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(reading)
      assert.strictEqual((yield* Fiber.join(waiting))?.instanceId, idOf(1))
      yield* TestClock.adjust("6 minutes")
      yield* together(ahead.interfaces(idOf(1)))
      assert.deepStrictEqual(calls, ["instances 1", "interfaces 1", "interfaces 1"])
    }))

  it.effect("answers those who wait although what they wait for was forgotten, or grew old, while it was read", () =>
    Effect.gen(function*() {
      const late = { forgotten: "2 seconds", old: "6 minutes" } as const
      for (const how of ["forgotten", "old"] as const) {
        const { ec2 } = answering({ left: 0 })
        const ahead = Ahead.make({ ...ec2, describeInstances: (asked) => Effect.delay(ec2.describeInstances(asked), late[how]) }, {})
        yield* Effect.forkChild(ahead.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
        const waiting = yield* Effect.forkChild(ahead.instance(idOf(1)), { startImmediately: true })
        if (how === "forgotten") ahead.forget(idOf(1))
        else {
          yield* TestClock.adjust("301 seconds")
          yield* together(ahead.peek(idOf(1)))
        }
        yield* TestClock.adjust(late[how])
        assert.strictEqual((yield* Fiber.join(waiting))?.instanceId, idOf(1))
      }
    }))

  it.effect("survives a moment's trouble, and leaves to those who ask what it could not read", () =>
    Effect.gen(function*() {
      const short = answering({ left: 3 })
      const ahead = Ahead.make(short.ec2, {})
      const reading = yield* Effect.forkChild(ahead.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(reading)
      assert.strictEqual((yield* ahead.interfaces(idOf(1))).length, 1)

      const long = answering({ left: 1_000 })
      const other = Ahead.make(long.ec2, {})
      const failing = yield* Effect.forkChild(other.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
      const waiting = yield* Effect.forkChild(Effect.flip(other.interfaces(idOf(1))), { startImmediately: true })
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(failing)
      assert.strictEqual((yield* Fiber.join(waiting)).reason._tag, "Unavailable")
      assert.strictEqual((yield* together(Effect.flip(other.peek(idOf(1))))).reason._tag, "Unavailable", "it is not taken for empty")
      assert.isUndefined(yield* other.peek(idOf(2)))
    }))

  it.effect("what nobody came to while it was fresh is asked for anew by whoever looks: it is not taken for nothing", () =>
    Effect.gen(function*() {
      const ahead = Ahead.make(answering({ left: 0 }).ec2, {})
      const reading = yield* Effect.forkChild(ahead.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(reading)
      yield* TestClock.adjust("6 minutes")
      for (const look of ["first", "second"]) assert.strictEqual((yield* together(ahead.peek(idOf(1))))?.length, 1, look)
      yield* together(ahead.interfaces(idOf(1)))
      assert.isUndefined(yield* ahead.peek(idOf(1)))
    }))

  it.effect("what could not be read is there for whoever looks, until somebody has taken it", () =>
    Effect.gen(function*() {
      const fails = { left: 1_000 }
      const ahead = Ahead.make(answering(fails).ec2, {})
      const reading = yield* Effect.forkChild(ahead.read([{ instanceId: idOf(1), interfaces: 1 }]), { startImmediately: true })
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(reading)
      fails.left = 0
      for (const look of ["first", "second"]) assert.strictEqual((yield* together(ahead.peek(idOf(1))))?.length, 1, look)
      yield* together(ahead.interfaces(idOf(1)))
      assert.isUndefined(yield* ahead.peek(idOf(1)))
    }))
})
