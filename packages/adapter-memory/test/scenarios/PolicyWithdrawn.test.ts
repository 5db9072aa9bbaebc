import { podEni } from "@branchline/core/model/Names"
import { pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { nameOf, objectsAt, textAt } from "../../src/kubernetes/Document.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { group, type World, type WorldOptions } from "./World.js"

const fallback = "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
const waits = "failed to allocate branch ENI to pod: no SecurityGroupPolicy matches the pod, and it is set to wait for one"

const optionsFor = (unmatched: "node-groups" | "wait"): WorldOptions => ({
  nodes: 3,
  settings: { unmatched },
  ec2: { latency: { min: "50 millis", max: "300 millis" } }
})

const nodeGroups = (world: World) => Effect.map(world.ec2.control.snapshot, ({ instances }) => instances[0]!.groups)

const withdraw = (world: World) => world.admin.delete(securityGroupPolicies, { namespace: "default", name: "web" })

/** The webhook made the pod ask for a branch, so the policy was there when it came. */
const admitted = (world: World, name: string) =>
  Effect.map(world.pod(name), (pod) => expect(textAt(objectsAt(pod ?? {}, "spec", "containers")[0] ?? {}, "resources", "limits", podEni)).toBe("1"))

/** The pod ends where one that never matched does: on the node's groups, or waiting for a policy that comes back. */
const endsAsUnmatched = Effect.fnUntraced(function*(world: World, unmatched: "node-groups" | "wait", name: string) {
  if (unmatched === "node-groups") {
    yield* world.waitForPhase(name, "Running")
    const warned = (yield* world.events(name)).filter(({ reason, type }) => reason === "SecurityGroupRequested" && type === "Warning")
    expect(warned.map(({ message }) => message)).toEqual([fallback])
  } else {
    yield* Effect.sleep("3 minutes")
    expect(yield* world.podPhase(name)).toBe("Pending")
    expect((yield* Seen.messages(world, name, "BranchAllocationFailed")).filter((message) => message === waits)).toHaveLength(1)
    yield* world.apply(Manifests.policy())
    yield* world.waitForPhase(name, "Running", { within: "30 seconds" })
  }
  const groups = yield* nodeGroups(world)
  expect(groups).not.toEqual([group])
  yield* Oracles.atPeace(world, { groups: (pod) => unmatched === "node-groups" && nameOf(pod) === name ? groups : [group] })
})

describe.each([["node-groups"], ["wait"]] as const)("A policy is deleted between admission and allocation, unmatched: %s", (unmatched) => {
  // Guarded by: controller/BranchReconciler.ts, serve, which asks the policies at allocation and not at admission.
  it("while no controller runs", () => {
    seeds(3, optionsFor(unmatched), (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.crash
        yield* world.apply(Manifests.pod("web-0"))
        yield* Effect.sleep("5 seconds")
        yield* admitted(world, "web-0")
        yield* withdraw(world)
        yield* world.start
        yield* endsAsUnmatched(world, unmatched, "web-0")
      }))
  })

  // Guarded by: controller/BranchReconciler.ts, serve, isUnmade; allocation/step/Request.ts, again, which tells the other groups.
  it("while EC2 throttles the create", () => {
    seeds(3, optionsFor(unmatched), (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const fault = yield* world.faults.add({
          on: { port: "ec2", operation: "createBranch" },
          when: "before",
          reason: { _tag: "Throttled" },
          until: (yield* Clock.currentTimeMillis) + 60_000
        })
        yield* world.apply(Manifests.pod("web-0"))
        yield* Effect.sleep("30 seconds")
        expect(yield* fault.fired).toBeGreaterThan(1)
        yield* admitted(world, "web-0")
        yield* withdraw(world)
        yield* endsAsUnmatched(world, unmatched, "web-0")
      }))
  })

  // Guarded by: allocation/step/Line.ts, wait, and Request.ts, renewed, which both take the newest groups; controller/BranchReconciler.ts, serve, which
  // takes the pod out of the line.
  it("while the pod waits in line on a node that is full", () => {
    seeds(3, optionsFor(unmatched), (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const names = Seen.names("full", 9)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* world.admin.delete(podResource, { namespace: "default", name: "full-0" }, {})
        yield* Effect.sleep("35 seconds")
        // Its place in the node's status is free, its branch cools still.
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        yield* Effect.sleep("5 seconds")
        expect((yield* Seen.messages(world, "web-0", "BranchAllocationFailed"))[0]).toMatch(/all 9 branch interfaces of the node are taken/)
        yield* admitted(world, "web-0")
        yield* withdraw(world)
        yield* endsAsUnmatched(world, unmatched, "web-0")
      }))
  })
})
