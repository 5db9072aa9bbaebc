import { allocationTag, podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { play, seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "400 millis", max: "900 millis" } },
  kubernetes: { latency: { min: "20 millis", max: "120 millis" } }
} as const

/** A pod ends although its containers never ran: a deadline passed, or it was evicted. */
const conclude = (world: World, name: string, phase: "Succeeded" | "Failed") =>
  world.admin.patch(podResource, { namespace: "default", name }, { _tag: "merge", patch: { status: { phase } } }, { subresource: "status" })

const bound = (world: World, name: string) =>
  eventually(`${name} is bound`, Effect.map(world.pod(name), (pod) =>
    textAt(pod ?? {}, "spec", "nodeName") === undefined ? undefined : pod), { every: "10 millis" })

const annotation = (world: World, name: string) =>
  Effect.map(world.pod(name), (pod) => textAt(pod ?? {}, "metadata", "annotations", podEni))

/** How far a pod's branch has come. */
const reached = Effect.fnUntraced(function*(world: World, name: string) {
  const { interfaces } = yield* world.ec2.control.snapshot
  const pod = (yield* world.pod(name)) ?? {}
  const branch = interfaces.find(({ tags }) => tags[allocationTag]?.startsWith(uidOf(pod)))
  if (textAt(pod, "metadata", "annotations", podEni) !== undefined) return "announced"
  return branch === undefined ? "asked" : branch.status === "in-use" ? "associated" : "created"
})

describe("The pod is Succeeded before it was ever served", () => {
  // Guarded by: controller/BranchReconciler.ts, reconcileBranch, `!isTerminal(pod)` in `needed`.
  it("at any moment between its creation and its annotation", () => {
    const steps = Array.from({ length: 48 }, (_, index) =>
      play({ nodes: 3, ...latencies }, (world) =>
        Effect.gen(function*() {
          yield* world.apply(Manifests.policy())
          yield* Oracles.ready(world)
          const names = Seen.names("web", 3)
          for (const name of names) yield* world.apply(Manifests.pod(name))
          // From before the binding to about the time of the annotation.
          yield* Effect.sleep((index % 24) * 90)
          const step = yield* reached(world, names[2]!)
          for (const [at, name] of names.entries()) yield* conclude(world, name, at === 0 ? "Failed" : "Succeeded")
          yield* Effect.sleep("4 minutes")
          for (const name of names) expect(["Succeeded", "Failed"]).toContain(yield* world.podPhase(name))
          yield* Oracles.atPeace(world, { within: 0 })
          // The room is there again, for pods of the same names too.
          for (const name of names) {
            const uid = uidOf((yield* world.pod(name)) ?? {})
            yield* world.admin.delete(podResource, { namespace: "default", name }, {})
            yield* world.waitUntilGone(name)
            yield* world.apply(Manifests.pod(name))
            expect(uidOf(yield* world.waitForPhase(name, "Running"))).not.toBe(uid)
          }
          yield* Oracles.atPeace(world)
          return step
        }), index + 1))
    for (const step of ["asked", "created", "associated"]) {
      expect(steps.filter((one) => one === step).length, step).toBeGreaterThan(2)
    }
  })

  // Guarded by: controller/BranchReconciler.ts, reconcileBranch, `!isTerminal(pod)` in `needed`.
  it("while no controller ran: then EC2 hears nothing of it", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.crash
        const before = (yield* Seen.calls(world, { action: "CreateNetworkInterface" })).length
        yield* world.apply(Manifests.pod("web-0"))
        yield* bound(world, "web-0")
        yield* conclude(world, "web-0", "Succeeded")
        yield* world.start
        yield* world.apply(Manifests.pod("web-1"))
        yield* world.waitForPhase("web-1", "Running")
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface" })).toHaveLength(before + 1)
        expect(yield* annotation(world, "web-0")).toBe(undefined)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: allocation/step/Release.ts, podReleased, which takes the pod out of the line.
  it("while it waits in line on a node that is full", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const first = Seen.names("web", 9)
        for (const name of first) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of first) yield* world.waitForPhase(name, "Running")
        // The scheduler gives a slot away as soon as the pod is gone, EC2 only after the cooldown.
        yield* world.admin.delete(podResource, { namespace: "default", name: "web-0" }, { gracePeriodSeconds: 0 })
        yield* world.apply(Manifests.pod("late-0", { spec: { nodeName } }))
        const [told] = yield* eventually("late-0 is told why it waits", Effect.map(Seen.messages(world, "late-0", "BranchAllocationFailed"), (all) =>
          all.length > 0 ? all : undefined))
        expect(told).toMatch(/all 9 branch interfaces of the node are taken \(8 in use, 0 being made, 1 cooling down, 0 being removed\), the next is free in \d+ s$/)
        yield* conclude(world, "late-0", "Succeeded")
        yield* Effect.sleep("3 minutes")
        expect((yield* Seen.messages(world, "late-0", "SecurityGroupRequested"))).toEqual([])
        yield* Oracles.atPeace(world)
      }))
  })
})
