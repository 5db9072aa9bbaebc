import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ensureTrunk, freeDeviceIndex, trunkAttachment, type TrunkWish } from "../../src/controller/TrunkSetup.js"
import { deviceIndexes } from "../../src/limits/InstanceLimits.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import { clusterTag, clusterTagValue, instanceIdTag, ownerTag, ownerTagValue, trunkDescription } from "../../src/model/Names.js"
import type { Attachment, Ec2, Instance, NewInterface, NetworkInterface } from "../../src/ports/Ec2.js"
import type { Ec2Error } from "../../src/ports/Ec2Error.js"
import { eni, group, instanceId, subnetId } from "../allocation/Fixtures.js"
import { clusterName, ec2Error, instance, networkInterface, noEc2, parts } from "./Fixtures.js"

const large = publishedLimits.get("m5.large")!
const attachment = (number: number, facts: Partial<Attachment> = {}): Attachment => ({
  eniId: eni(number),
  attachmentId: `attach-${number}`,
  type: "interface",
  deviceIndex: 0,
  networkCard: 0,
  status: "attached",
  deleteOnTermination: true,
  ...facts
})
const primary = attachment(0x100)

describe("the trunk of an instance", () => {
  it("is its attached interface of that type", () => {
    const trunk = attachment(1, { type: "trunk", deviceIndex: 2 })
    assert.strictEqual(trunkAttachment(instance({ attachments: [primary, trunk] })), trunk)
    assert.isUndefined(trunkAttachment(instance({ attachments: [primary] })))
    assert.isUndefined(trunkAttachment(instance({ attachments: [{ ...trunk, status: "detaching" }] })))
  })
})

describe("the free device index", () => {
  const free = (attachments: ReadonlyArray<Attachment>, type = "m5.large") =>
    freeDeviceIndex(instance({ attachments }), publishedLimits.get(type)!)
  const at = (deviceIndex: number, facts: Partial<Attachment> = {}) => attachment(deviceIndex, { deviceIndex, ...facts })

  it("is the highest: aws-node takes them from the bottom", () => {
    assert.strictEqual(free([primary]), 2)
    assert.strictEqual(free([primary, at(1)]), 2)
    assert.strictEqual(free([primary, at(2)]), 1)
  })
  it("is none where all are taken, an interface on its way out among them", () => {
    assert.isUndefined(free([primary, at(1), at(2)]))
    assert.isUndefined(free([primary, at(1), at(2, { status: "detaching" })]))
  })
  it("is never 0, which is the primary interface's", () => {
    assert.isUndefined(free([at(1), at(2)]))
  })
  it("is of network card 0, whatever the other cards hold", () => {
    assert.strictEqual(deviceIndexes(publishedLimits.get("p4d.24xlarge")!), 15)
    assert.strictEqual(free([primary], "p4d.24xlarge"), 14)
    assert.strictEqual(free([primary, at(14, { networkCard: 1 })], "p4d.24xlarge"), 14)
    assert.strictEqual(free([primary, at(14)], "p4d.24xlarge"), 13)
  })
})

/** EC2 with one instance, as far as trunks need it. */
const tinyEc2 = (attachments: ReadonlyArray<Attachment> = [primary]) => {
  const state = { attachments: [...attachments], loose: [] as Array<NetworkInterface>, looksUntilAttached: 1, fails: undefined as { readonly call: string; readonly error: Ec2Error } | undefined }
  const calls: Array<string> = []
  const made: Array<NewInterface> = []
  const call = <A>(name: string, does: () => A) =>
    Effect.suspend(() => {
      calls.push(name)
      if (state.fails?.call !== name) return Effect.succeed(does())
      const { error } = state.fails
      state.fails = undefined
      return Effect.fail(error)
    })
  const change = (facts: Partial<Attachment>) => {
    state.attachments = state.attachments.map((one) => (one.type === "trunk" ? { ...one, ...facts } : one))
  }
  const now = (): Instance => instance({ attachments: state.attachments })
  const ec2: Ec2["Service"] = {
    ...noEc2,
    describeInstances: () =>
      call("describeInstances", () => {
        if (--state.looksUntilAttached <= 0) change({ status: "attached" })
        return [now()]
      }),
    describeInterfaces: ({ status, tags }) =>
      call(`describeInterfaces ${tags?.[instanceIdTag]}`, () => state.loose.filter((one) => status === undefined || one.status === status)),
    createTrunk: (wish) =>
      call("createTrunk", () => {
        made.push(wish)
        const trunk = networkInterface(made.length, { type: "trunk" })
        state.loose.push(trunk)
        return trunk
      }),
    permitAttachment: (eniId) => call(`permitAttachment ${eniId}`, () => undefined),
    attachTrunk: ({ deviceIndex, trunkId }) =>
      call(`attachTrunk ${trunkId} at ${deviceIndex}`, () => {
        state.loose = state.loose.filter(({ eniId }) => eniId !== trunkId)
        state.attachments.push(attachment(9, { eniId: trunkId, type: "trunk", deviceIndex, status: "attaching", deleteOnTermination: false }))
        return "attach-9"
      }),
    deleteOnTermination: (eniId, attachmentId) =>
      call(`deleteOnTermination ${eniId} ${attachmentId}`, () => change({ deleteOnTermination: true }))
  }
  const wish = (): TrunkWish => ({ instance: now(), limits: large, subnetId, groups: [group("node")], tags: { team: "x", [ownerTag]: "y" } })
  return { ec2, state, calls, made, ensure: Effect.suspend(() => ensureTrunk(parts({ ec2 }), wish())) }
}

describe("ensuring a trunk", () => {
  it.effect("makes it, permits, attaches, ties it to its instance's end and waits until it is attached, in this order", () =>
    Effect.gen(function*() {
      const { calls, ensure, made } = tinyEc2()
      assert.strictEqual(yield* ensure, eni(1))
      assert.deepStrictEqual(calls, [
        `describeInterfaces ${instanceId}`,
        "createTrunk",
        `permitAttachment ${eni(1)}`,
        `attachTrunk ${eni(1)} at 2`,
        `deleteOnTermination ${eni(1)} attach-9`,
        "describeInstances"
      ])
      const { clientToken, ...what } = made[0]!
      assert.deepStrictEqual(what, {
        subnetId,
        groups: [group("node")],
        description: trunkDescription,
        tags: { team: "x", [ownerTag]: ownerTagValue, [clusterTag(clusterName)]: clusterTagValue, [instanceIdTag]: instanceId }
      })
      assert.match(clientToken, /^[ -~]{1,64}$/)
    }))

  it.effect("changes nothing where it is there", () =>
    Effect.gen(function*() {
      const { calls, ensure } = tinyEc2([primary, attachment(5, { type: "trunk", deviceIndex: 2 })])
      assert.strictEqual(yield* ensure, eni(5))
      assert.deepStrictEqual(calls, [])
    }))

  it.effect("goes on where a crash has left it, after each call", () =>
    Effect.gen(function*() {
      for (const call of [`permitAttachment ${eni(1)}`, `attachTrunk ${eni(1)} at 2`, `deleteOnTermination ${eni(1)} attach-9`, "describeInstances"]) {
        const { ensure, made, state } = tinyEc2()
        state.fails = { call, error: ec2Error({ _tag: "Throttled" }) }
        assert.strictEqual((yield* Effect.flip(ensure)).reason._tag, "Throttled")
        assert.strictEqual(yield* ensure, eni(1))
        assert.strictEqual(made.length, 1, call)
        const trunks = state.attachments.filter(({ type }) => type === "trunk")
        assert.deepStrictEqual(trunks.map(({ deleteOnTermination, status }) => ({ deleteOnTermination, status })), [
          { deleteOnTermination: true, status: "attached" }
        ], call)
      }
    }))

  it.effect("looks until it is attached, for ten seconds", () =>
    Effect.gen(function*() {
      const { calls, ensure, state } = tinyEc2()
      state.looksUntilAttached = 5
      const slow = yield* Effect.forkChild(ensure)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(slow.pollUnsafe()?._tag, "Success")
      assert.strictEqual(calls.filter((call) => call === "describeInstances").length, 5)
    }))

  it.effect("then leaves it to the next try", () =>
    Effect.gen(function*() {
      const { ensure, made, state } = tinyEc2()
      state.looksUntilAttached = 1_000
      const never = yield* Effect.forkChild(Effect.flip(ensure))
      yield* TestClock.adjust("10 seconds")
      const exit = never.pollUnsafe()
      assert.isTrue(exit?._tag === "Success" && exit.value.isRetryable)
      state.looksUntilAttached = 1
      assert.strictEqual(yield* ensure, eni(1))
      assert.strictEqual(made.length, 1)
    }))

  it.effect("makes nothing where no device index is free", () =>
    Effect.gen(function*() {
      const taken = [1, 2].map((deviceIndex) => attachment(deviceIndex, { deviceIndex }))
      const { calls, ensure } = tinyEc2([primary, ...taken])
      const error = yield* Effect.flip(ensure)
      assert.strictEqual(error.reason._tag, "LimitReached")
      assert.include(error.message, instanceId)
      assert.deepStrictEqual(calls, [])
    }))
})
