import { pods } from "@branchline/core/model/Resource"
import { Clock, Effect, Exit, Fiber, Option, type Scope } from "effect"
import { describe, expect, it } from "vitest"
import { MemoryEc2 } from "../../../src/ec2/MemoryEc2.js"
import * as MemoryKubernetes from "../../../src/kubernetes/MemoryKubernetes.js"
import { withHidden } from "../../../src/simulation/perturb/Blind.js"
import { makeCrashGate } from "../../../src/simulation/perturb/Crash.js"
import * as Host from "../../../src/simulation/perturb/Host.js"
import { distributions, draw } from "../../../src/simulation/perturb/Latency.js"
import { makePartition } from "../../../src/simulation/perturb/Partition.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import { streamFor } from "../../../src/simulation/Streams.js"

const manifest = (name: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec: { containers: [{ name: "main", image: "pause" }] } })

const answer = <A, E>(program: Effect.Effect<A, E, Scope.Scope>) => {
  const { exit } = simulate(program)
  return Exit.isSuccess(exit) ? exit.value : exit
}

describe("what EC2's describes leave out", () => {
  it("is shown as little as what is not there, as long as it is hidden", () => {
    expect(answer(Effect.gen(function*() {
      const { control, port } = yield* MemoryEc2.make()
      const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/24" })
      const one = yield* control.launchInstance({ type: "m5.large", subnetId })
      const other = yield* control.launchInstance({ type: "m5.large", subnetId })
      const hidden = new Set<string>([one.instanceId, one.attachments[0]?.eniId ?? ""])
      const blind = withHidden(port, hidden)
      const look = Effect.gen(function*() {
        const instances = yield* blind.describeInstances([one.instanceId, other.instanceId])
        return [instances.map(({ instanceId }) => instanceId), (yield* blind.describeInterfaces({})).length]
      })
      const before = yield* look
      hidden.clear()
      return { isOther: String(before[0]) === other.instanceId, shown: before[1], all: (yield* look)[1] }
    }))).toEqual({ isOther: true, shown: 1, all: 2 })
  })
})

describe("a crash gate", () => {
  const story = (side: "before" | "after") =>
    Effect.gen(function*() {
      const memory = yield* MemoryKubernetes.make()
      const real = memory.portFor("kubernetes-admin")
      const deaths: Array<string> = []
      const gate = makeCrashGate((call) => Effect.sync(() => void deaths.push(call)))
      const port = gate.kubernetes(real)
      yield* gate.arm({ after: 1, side })
      yield* port.create(pods, manifest("one"))
      const hanging = yield* Effect.forkScoped(port.create(pods, manifest("two")))
      yield* Effect.sleep("1 minute")
      const names = (yield* real.list(pods)).items.map(({ metadata }) => metadata.name)
      return { deaths, names, returned: hanging.pollUnsafe() !== undefined }
    })

  it("before: the call has no effect, and never returns", () => {
    expect(answer(story("before"))).toEqual({ deaths: ["create pods, before its effect"], names: ["one"], returned: false })
  })
  it("after: the call has its effect, and never returns", () => {
    expect(answer(story("after"))).toEqual({ deaths: ["create pods, after its effect"], names: ["one", "two"], returned: false })
  })
})

describe("a partition", () => {
  const world = Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make()
    const real = memory.portFor("kubernetes-admin")
    const { kubernetes } = makePartition({ patience: "10 seconds" })
    return { real, port: kubernetes.over(real), ...kubernetes }
  })

  it("what was not sent has no effect, and the caller gives up", () => {
    expect(answer(Effect.gen(function*() {
      const { cut, port, real } = yield* world
      yield* cut
      const begin = yield* Clock.currentTimeMillis
      const error = yield* Effect.flip(port.create(pods, manifest("one")))
      return [error.reason._tag, (yield* Clock.currentTimeMillis) - begin, (yield* real.list(pods)).items.length]
    }))).toEqual(["Unavailable", 10_000, 0])
  })

  it("healed in time, it goes on", () => {
    expect(answer(Effect.gen(function*() {
      const { cut, heal, port, real } = yield* world
      yield* cut
      const fiber = yield* Effect.forkScoped(port.create(pods, manifest("one")))
      yield* Effect.sleep("5 seconds")
      yield* heal
      yield* Fiber.join(fiber)
      return (yield* real.list(pods)).items.length
    }))).toBe(1)
  })
})

describe("a host's clock", () => {
  it("set ahead: the wall clock jumps, what measures time does not", () => {
    expect(answer(Effect.gen(function*() {
      const host = yield* Host.make()
      return yield* host.on(Effect.gen(function*() {
        const clock = yield* Clock.Clock
        const before = [clock.currentTimeMillisUnsafe(), clock.monotonicTimeNanosUnsafe()] as const
        yield* host.setAhead(60_000)
        return [clock.currentTimeMillisUnsafe() - before[0], Number(clock.monotonicTimeNanosUnsafe() - before[1])]
      }))
    }))).toEqual([60_000, 0])
  })

  it("stopped, it wakes for nothing, and afterwards for all that it missed", () => {
    expect(answer(Effect.gen(function*() {
      const host = yield* Host.make()
      const woke = yield* Effect.forkScoped(host.on(Effect.sleep("1 second")))
      yield* host.stop
      yield* Effect.sleep("10 seconds")
      const asleep = woke.pollUnsafe() === undefined
      yield* host.resume
      return [asleep, Option.isSome(yield* Effect.timeoutOption(Fiber.join(woke), "1 second"))]
    }))).toEqual([true, true])
  })
})

describe("a distribution", () => {
  it("draws each share as often as it says, within its range", () => {
    const random = streamFor("1", "latency")
    const drawn = Array.from({ length: 20_000 }, () => draw(distributions.tailed, random))
    const between = (min: number, max: number) => drawn.filter((value) => value >= min && value < max).length / drawn.length
    expect(between(20, 120)).toBeCloseTo(0.89, 1)
    expect(between(120, 2_000)).toBeCloseTo(0.1, 1)
    expect(between(2_000, 12_000)).toBeGreaterThan(0.005)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...drawn)).toBeLessThan(12_000)
  })
  it("is no time at all where it is empty", () => {
    expect(draw(distributions.none, streamFor("1", "latency"))).toBe(0)
  })
})
