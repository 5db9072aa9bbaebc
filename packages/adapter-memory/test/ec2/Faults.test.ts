import type { FaultRule } from "@branchline/adapter-memory/faults/FaultRule"
import * as Faults from "@branchline/adapter-memory/faults/Faults"
import { withEc2Faults } from "@branchline/adapter-memory/faults/Ec2Faults"
import { withKubernetesFaults } from "@branchline/adapter-memory/faults/KubernetesFaults"
import { nodes, pods } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { account, vlan } from "./fixtures.js"

const troubled = Effect.fnUntraced(function*(...rules: ReadonlyArray<FaultRule>) {
  const world = yield* account({ throttle: "off" })
  const faults = yield* Faults.make()
  const added = yield* Effect.forEach(rules, faults.add)
  return { ...world, faults, added, port: withEc2Faults(world.port, faults) }
})

const outcomes = <A, E extends { readonly code: string }>(count: number, call: Effect.Effect<A, E>) =>
  Effect.forEach(Array.from({ length: count }), () =>
    Effect.map(Effect.result(call), Result.match({ onFailure: ({ code }) => code, onSuccess: () => "done" })))

describe("faults on EC2", () => {
  it.effect("before: the next calls fail with the reason, and nothing was done", () =>
    Effect.gen(function*() {
      const { added: [fault], calls, control, faults, port, wanted } = yield* troubled({
        on: { port: "ec2", operation: "createBranch" },
        when: "before",
        reason: { _tag: "Throttled" },
        times: 2
      })
      const create = Effect.suspend(() => port.createBranch(wanted()))
      expect(yield* Effect.flip(create)).toMatchObject({
        action: "CreateNetworkInterface",
        code: "RequestLimitExceeded",
        reason: { _tag: "Throttled" },
        isRetryable: true
      })
      expect(yield* outcomes(3, create)).toEqual(["RequestLimitExceeded", "done", "done"])
      yield* port.createTrunk(wanted())
      expect(yield* fault!.fired).toBe(2)
      expect((yield* faults.firings).map(({ call, effect }) => [call.operation, effect])).toEqual([
        ["createBranch", "none"],
        ["createBranch", "none"]
      ])
      expect(yield* calls).toHaveLength(3)
      expect((yield* control.snapshot).interfaces).toHaveLength(4)
    }))

  it.effect("after: it was done, and the caller does not know; a repetition with the token finds it", () =>
    Effect.gen(function*() {
      const { control, faults, port, wanted } = yield* troubled({
        on: { port: "ec2", operation: "createBranch" },
        when: "after",
        times: 1
      })
      const asked = wanted()
      const error = yield* Effect.flip(port.createBranch(asked))
      expect(error).toMatchObject({ reason: { _tag: "UnknownOutcome" }, isRetryable: true })
      const { interfaces } = yield* control.snapshot
      expect(interfaces).toHaveLength(2)
      expect((yield* port.createBranch(asked)).eniId).toBe(interfaces[1]?.eniId)
      expect((yield* faults.firings).map(({ effect }) => effect)).toEqual(["done"])
    }))

  it.effect("after a refusal the answer is lost just as well, and the firing says so", () =>
    Effect.gen(function*() {
      const { faults, port, wanted } = yield* troubled({ on: { port: "ec2", operation: "*" }, when: "after", times: 1 })
      const error = yield* Effect.flip(port.createBranch(wanted({ subnetId: "subnet-0" })))
      expect(error.reason).toEqual({ _tag: "UnknownOutcome" })
      expect((yield* faults.firings).map(({ effect }) => effect)).toEqual(["refused"])
    }))

  it.effect("match as data picks single calls; as a function it is in force while it says so", () =>
    Effect.gen(function*() {
      let on = false
      const { branch, port, trunk } = yield* troubled(
        {
          on: { port: "ec2", operation: "associateBranch", match: { vlanId: 2 } },
          when: "before",
          reason: { _tag: "Taken", what: "vlan" }
        },
        { on: { port: "ec2", operation: "*", match: () => on }, when: "before", reason: { _tag: "Unavailable" } }
      )
      const trunkId = yield* trunk()
      const branchId = yield* branch()
      const associate = (id: number) => port.associateBranch({ trunkId, branchId, vlanId: vlan(id), clientToken: `t${id}` })
      expect((yield* Effect.flip(associate(2))).reason).toEqual({ _tag: "Taken", what: "vlan" })
      on = true
      expect((yield* Effect.flip(associate(1))).reason).toEqual({ _tag: "Unavailable" })
      on = false
      yield* associate(1)
    }))

  it.effect("until a time, and until it is removed", () =>
    Effect.gen(function*() {
      const { added: [timed], faults, port } = yield* troubled({
        on: { port: "ec2", operation: "describeInterfaces" },
        when: "before",
        reason: { _tag: "Unavailable" },
        until: 60_000
      })
      const look = port.describeInterfaces({})
      expect(yield* outcomes(2, look)).toEqual(["ServiceUnavailable", "ServiceUnavailable"])
      yield* TestClock.adjust("1 minute")
      expect(yield* outcomes(1, look)).toEqual(["done"])
      const fault = yield* faults.add({
        on: { port: "ec2", operation: "*" },
        when: "before",
        reason: { _tag: "Unauthorized" }
      })
      expect(yield* outcomes(1, look)).toEqual(["UnauthorizedOperation"])
      yield* fault.remove
      expect(yield* outcomes(1, look)).toEqual(["done"])
      yield* faults.add({ on: { port: "ec2", operation: "*" }, when: "after" })
      yield* faults.clear
      expect(yield* outcomes(1, look)).toEqual(["done"])
      expect([yield* timed!.fired, yield* fault.fired]).toEqual([2, 1])
    }))

  it.effect("by probability, from a stream of the rule's own: another rule shifts nothing", () =>
    Effect.gen(function*() {
      const rare: FaultRule = {
        on: { port: "ec2", operation: "describeInterfaces" },
        when: "before",
        reason: { _tag: "Throttled" },
        probability: 0.3
      }
      const alone = yield* troubled(rare)
      const both = yield* troubled(rare, {
        on: { port: "ec2", operation: "describeSubnets" },
        when: "before",
        reason: { _tag: "Throttled" },
        probability: 0.5
      })
      const look = yield* outcomes(200, alone.port.describeInterfaces({}))
      const mixed = yield* outcomes(
        200,
        Effect.andThen(Effect.result(both.port.describeSubnets([both.subnetId])), both.port.describeInterfaces({}))
      )
      expect(mixed).toEqual(look)
      const struck = look.filter((outcome) => outcome !== "done").length
      expect(struck).toBeGreaterThan(30)
      expect(struck).toBeLessThan(90)
      expect(yield* alone.added[0]!.fired).toBe(struck)
      expect(yield* both.added[1]!.fired).toBeGreaterThan(50)
      yield* both.faults.add({ ...rare, on: { port: "ec2", operation: "describeInstances" } })
      expect(yield* outcomes(200, both.port.describeInstances([]))).not.toEqual(look)
    }))

  it.effect("a delay is how long the caller waits to hear of it", () =>
    Effect.gen(function*() {
      const { port } = yield* troubled({
        on: { port: "ec2", operation: "*" },
        when: "before",
        reason: { _tag: "UnknownOutcome" },
        delay: "30 seconds"
      })
      const call = yield* Effect.forkChild(Effect.andThen(Effect.flip(port.describeInterfaces({})), Clock.currentTimeMillis))
      yield* TestClock.adjust("29 seconds")
      expect(call.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(call)).toBe(30_000)
    }))
})

describe("faults on Kubernetes", () => {
  const node = { metadata: { name: "n", uid: "u", resourceVersion: "1" } }
  /** A server that counts what reaches it. */
  const server = () => {
    const reached: Array<string> = []
    const reach = (what: string) => Effect.sync(() => void reached.push(what))
    const port: Kubernetes["Service"] = {
      list: () => Effect.as(reach("list"), { items: [], malformed: [], resourceVersion: "1" }),
      watch: () => Stream.fromIterable(["1", "2", "3"]).pipe(Stream.map((resourceVersion) => ({ _tag: "Bookmark" as const, resourceVersion }))),
      get: () => Effect.die("unused"),
      create: () => Effect.die("unused"),
      patch: (resource) =>
        Effect.andThen(reach(`patch ${resource.plural}`), Effect.orDie(Effect.fromResult(resource.decode({ ...node, spec: {}, status: {} })))),
      delete: () => reach("delete"),
      recordEvent: () => reach("event")
    }
    return { port, reached }
  }
  const watching = (port: Kubernetes["Service"]) =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const end = yield* port.watch(nodes, { resourceVersion: "0" }).pipe(
        Stream.runForEach((event) => Effect.sync(() => void seen.push(event._tag))),
        Effect.flip
      )
      return { seen, end }
    })

  it.effect("before and after the effect, by resource and name", () =>
    Effect.gen(function*() {
      const { port: sound, reached } = server()
      const faults = yield* Faults.make()
      const port = withKubernetesFaults(sound, faults)
      const lost = yield* faults.add({
        on: { port: "kubernetes", operation: "patch", match: { plural: "nodes", name: "n", subresource: "status" } },
        when: "after"
      })
      yield* faults.add({
        on: { port: "kubernetes", operation: "delete", match: { plural: "pods", namespace: "default" } },
        when: "before",
        reason: { _tag: "TooManyRequests", retryAfter: 1_000 }
      })
      const patch = { _tag: "merge", patch: {} } as const
      const error = yield* Effect.flip(port.patch(nodes, { name: "n" }, patch, { subresource: "status" }))
      expect(error).toMatchObject({ operation: "patch nodes n status", reason: { _tag: "UnknownOutcome" }, isRetryable: true })
      yield* port.patch(nodes, { name: "n" }, patch)
      const refused = yield* Effect.flip(port.delete(pods, { namespace: "default", name: "p" }))
      expect(refused.reason).toEqual({ _tag: "TooManyRequests", retryAfter: 1_000 })
      yield* port.delete(pods, { namespace: "other", name: "p" })
      expect(reached).toEqual(["patch nodes", "patch nodes", "delete"])
      expect(yield* lost.fired).toBe(1)
    }))

  it.effect("a watch that is refused, that has expired, and that is cut after an event", () =>
    Effect.gen(function*() {
      const faults = yield* Faults.make()
      const port = withKubernetesFaults(server().port, faults)
      const strike = (rule: FaultRule) => Effect.andThen(faults.add({ ...rule, times: 1 }), watching(port))
      const on = { port: "kubernetes", operation: "watch", match: { plural: "nodes" } } as const
      expect(yield* strike({ on, when: "before", reason: { _tag: "Expired" } })).toEqual({ seen: [], end: { _tag: "Expired" } })
      expect(yield* strike({ on, when: "before", reason: { _tag: "Unavailable" } })).toMatchObject({
        seen: [],
        end: { _tag: "Failed", error: { reason: { _tag: "Unavailable" } } }
      })
      expect(yield* strike({ on, when: "after" })).toMatchObject({ seen: ["Bookmark"], end: { _tag: "Failed" } })
      expect((yield* faults.firings).map(({ effect }) => effect)).toEqual(["none", "none", "done"])
    }))
})
