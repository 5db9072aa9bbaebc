import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Fence from "../../src/leadership/Fence.js"
import { type Instant, microTime, now } from "../../src/leadership/Instant.js"
import type { AssociationId, EniId, InstanceId, VlanId } from "../../src/model/Ids.js"
import { pods } from "../../src/model/Resource.js"
import type { Ec2 } from "../../src/ports/Ec2.js"
import type { Kubernetes } from "../../src/ports/Kubernetes.js"
import { MayLeave } from "../../src/ports/MayLeave.js"

const settings = { lease: { namespace: "kube-system", name: "cp-vpc-resource-controller" }, renewDeadline: 15_000 }

/** Ports that note what reaches them. */
const noting = () => {
  const reached: Array<string> = []
  const call = (name: string) => Effect.andThen(Effect.sync(() => void reached.push(name)), Effect.never)
  const kubernetes: Kubernetes["Service"] = {
    list: () => call("list"),
    watch: () => Stream.fromEffect(call("watch")),
    get: () => call("get"),
    create: () => call("create"),
    patch: () => call("patch"),
    delete: () => call("delete"),
    recordEvent: () => call("recordEvent")
  }
  const ec2: Ec2["Service"] = {
    describeInstances: () => call("describeInstances"),
    describeSubnets: () => call("describeSubnets"),
    describeInterfaces: () => call("describeInterfaces"),
    createTrunk: () => call("createTrunk"),
    createBranch: () => call("createBranch"),
    permitAttachment: () => call("permitAttachment"),
    attachTrunk: () => call("attachTrunk"),
    deleteOnTermination: () => call("deleteOnTermination"),
    associateBranch: () => call("associateBranch"),
    disassociateBranch: () => call("disassociateBranch"),
    deleteInterface: () => call("deleteInterface"),
    setGroups: () => call("setGroups"),
    tagInterface: () => call("tagInterface")
  }
  return { reached, kubernetes, ec2 }
}

const eni = "eni-0" as EniId
const key = { namespace: "default", name: "aws-cli" }
const made = { subnetId: "subnet-0", groups: [], description: "", tags: {}, clientToken: "t" }

/** Every method of both ports, called once. */
const callsOf = (kubernetes: Kubernetes["Service"], ec2: Ec2["Service"]): Readonly<Record<string, Effect.Effect<unknown, unknown>>> => ({
  list: kubernetes.list(pods),
  watch: Stream.runDrain(kubernetes.watch(pods, { resourceVersion: "1" })),
  get: kubernetes.get(pods, key),
  create: kubernetes.create(pods, {}),
  patch: kubernetes.patch(pods, key, { _tag: "merge", patch: {} }),
  delete: kubernetes.delete(pods, key),
  recordEvent: kubernetes.recordEvent({ regarding: { apiVersion: "v1", kind: "Pod", ...key, uid: "u" }, type: "Normal", reason: "", message: "" }),
  describeInstances: ec2.describeInstances([]),
  describeSubnets: ec2.describeSubnets([]),
  describeInterfaces: ec2.describeInterfaces({}),
  createTrunk: ec2.createTrunk(made),
  createBranch: ec2.createBranch(made),
  permitAttachment: ec2.permitAttachment(eni),
  attachTrunk: ec2.attachTrunk({ trunkId: eni, instanceId: "i-0" as InstanceId, deviceIndex: 1 }),
  deleteOnTermination: ec2.deleteOnTermination(eni, "a"),
  associateBranch: ec2.associateBranch({ trunkId: eni, branchId: eni, vlanId: 1 as VlanId, clientToken: "t" }),
  disassociateBranch: ec2.disassociateBranch({ associationId: "trunk-assoc-0" as AssociationId, clientToken: "t" }),
  deleteInterface: ec2.deleteInterface(eni),
  setGroups: ec2.setGroups(eni, []),
  tagInterface: ec2.tagInterface(eni, {})
})

const isRead = (name: string): boolean => ["list", "watch", "get"].includes(name) || name.startsWith("describe")

/** What reaches the ports of all that is called, and how the rest fails. */
const calledThrough = Effect.fnUntraced(function*(fence: Fence.Fence) {
  const { ec2, kubernetes, reached } = noting()
  const failures: Array<unknown> = []
  const calls = callsOf(fence.kubernetes(kubernetes), fence.ec2(ec2))
  for (const call of Object.values(calls)) {
    yield* Effect.forkChild(Effect.catch(call, (error) => Effect.sync(() => void failures.push(error))), { startImmediately: true })
  }
  assert.deepStrictEqual(Object.keys(calls).sort(), [...Object.keys(kubernetes), ...Object.keys(ec2)].sort(), "every method is called")
  return { names: Object.keys(calls), reached, failures }
})

const clock = (shift: { wall: number; monotonic: number }) => (base: typeof Clock.Clock.Service): typeof Clock.Clock.Service => ({
  ...base,
  currentTimeMillisUnsafe: () => base.currentTimeMillisUnsafe() + shift.wall,
  monotonicTimeNanosUnsafe: () => base.monotonicTimeNanosUnsafe() + BigInt(shift.monotonic) * 1_000_000n,
  sleep: (duration) => base.sleep(duration)
})

describe("a fence", () => {
  it.effect("lets everything through while it is open, up to the last millisecond before the deadline", () =>
    Effect.gen(function*() {
      const fence = Fence.make(settings, yield* now)
      yield* TestClock.adjust(14_999)
      assert.strictEqual(yield* fence.left, 1)
      const { failures, names, reached } = yield* calledThrough(fence)
      assert.deepStrictEqual(reached, names)
      assert.deepStrictEqual(failures, [])
    }))

  it.effect("from the deadline on lets through what only reads; the rest fails unsent, retryable and saying why", () =>
    Effect.gen(function*() {
      const fence = Fence.make(settings, yield* now)
      yield* TestClock.adjust(15_000)
      const { failures, names, reached } = yield* calledThrough(fence)
      assert.deepStrictEqual(reached, names.filter(isRead))
      assert.strictEqual(failures.length, names.length - reached.length)
      for (const failure of failures) {
        assert.include(failure, { isRetryable: true })
        assert.deepStrictEqual((failure as { reason: unknown }).reason, { _tag: "Unavailable" })
        assert.match((failure as { message: string }).message, /^not sent: .*kube-system\/cp-vpc-resource-controller/)
      }
    }))

  it.effect("tells what it has let through, and has not left yet, when it may not leave any more", () =>
    Effect.gen(function*() {
      const fence = Fence.make(settings, yield* now)
      const { kubernetes } = noting()
      let mayLeave: (() => boolean) | undefined
      const waits = { ...kubernetes, create: () => Effect.flatMap(MayLeave, (asked) => Effect.andThen(Effect.sync(() => void (mayLeave = asked)), Effect.never)) }
      yield* Effect.forkChild(fence.kubernetes(waits).create(pods, {}), { startImmediately: true })
      yield* TestClock.adjust(14_999)
      assert.isTrue(mayLeave?.())
      yield* TestClock.adjust(1)
      assert.isFalse(mayLeave?.())
    }))

  it.effect("counts a renewal from when its request was sent, and goes on from there", () =>
    Effect.gen(function*() {
      const fence = Fence.make(settings, yield* now)
      yield* TestClock.adjust(5_000)
      const sentAt = yield* now
      yield* TestClock.adjust(4_000)
      assert.isTrue(yield* fence.renewed(sentAt))
      assert.strictEqual(yield* fence.left, 11_000)
      yield* TestClock.adjust(10_999)
      assert.isTrue(yield* fence.isOpen)
      yield* TestClock.adjust(1)
      assert.isFalse(yield* fence.isOpen)
    }))

  it.effect("never opens again, whatever is renewed after the deadline", () =>
    Effect.gen(function*() {
      const fence = Fence.make(settings, yield* now)
      yield* TestClock.adjust(15_000)
      assert.isFalse(yield* fence.renewed(yield* now))
      assert.strictEqual(yield* fence.left, 0)
      const other = Fence.make(settings, yield* now)
      yield* other.close
      assert.isFalse(yield* other.renewed(yield* now))
      assert.isFalse(yield* other.isOpen)
    }))

  it.effect("is judged by the clock that has gone further: one may stand still (a suspended machine), the other be set back", () =>
    Effect.gen(function*() {
      const shift = { wall: 0, monotonic: 0 }
      const base = yield* Clock.Clock
      yield* Effect.gen(function*() {
        const suspended = Fence.make(settings, yield* now)
        shift.wall = 20_000
        assert.isFalse(yield* suspended.isOpen)
        const setBack = Fence.make(settings, yield* now)
        shift.wall = -3_600_000
        shift.monotonic = 14_999
        assert.isTrue(yield* setBack.isOpen)
        shift.monotonic = 15_000
        assert.isFalse(yield* setBack.isOpen)
      }).pipe(Effect.provideService(Clock.Clock, clock(shift)(base)))
    }))

  it.effect("is closed from the start where winning the Lease took too long", () =>
    Effect.gen(function*() {
      const won: Instant = yield* now
      yield* TestClock.adjust(60_000)
      assert.isFalse(yield* Fence.make(settings, won).isOpen)
    }))
})

describe("a Lease's time", () => {
  it.effect("has six digits, as metav1.MicroTime", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* microTime, "1970-01-01T00:00:00.000000Z")
      yield* TestClock.adjust(86_400_123.456)
      assert.strictEqual(yield* microTime, "1970-01-02T00:00:00.123456Z")
    }))
})
