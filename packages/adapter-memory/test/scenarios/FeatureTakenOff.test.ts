import { hasTrunkAttachedLabel } from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { objectsAt, textAt } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

/** The node asks no more, or asks again. aws-node adds the feature only where there is no trunk. */
const ask = (world: World, name: string, wants: boolean, by: "feature" | "label") =>
  by === "label"
    ? world.admin.patch(nodeResource, { name }, { _tag: "merge", patch: { metadata: { labels: { [hasTrunkAttachedLabel]: wants ? "false" : null } } } })
    : world.admin.patch(cniNodes, { name }, { _tag: "merge", patch: { spec: { features: wants ? [{ name: "SecurityGroupsForPods" }] : null } } })

const capacityIs = (world: World, nodeName: string, wanted: string) =>
  eventually(`the capacity of ${nodeName} is ${wanted}`, Effect.map(Seen.capacity(world, nodeName), (capacity) => capacity === wanted ? true : undefined))

const waits = /^failed to allocate branch ENI to pod: the node no longer asks for security groups for pods$/

describe("The feature is taken off a node that still runs pods", () => {
  // Guarded by: allocation/Capacity.ts, published, and allocation/step/Line.ts, obstacle, `admitting`; controller/NodeReconciler.ts, manage,
  // which goes on managing a node that it knows although it asks no more.
  it("and comes back after ten minutes", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const names = Seen.names("web", 4)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        const trunk = yield* Seen.trunkOf(world, nodeName)

        yield* ask(world, nodeName, false, "feature")
        const begin = yield* Clock.currentTimeMillis
        yield* capacityIs(world, nodeName, "0")
        const cniNode = yield* world.admin.get(cniNodes, { name: nodeName })
        expect(objectsAt(cniNode, "spec", "features")).toEqual([])
        // Bound past the scheduler, which sees no room: not served, and told why.
        yield* world.apply(Manifests.pod("late-0", { spec: { nodeName } }))
        // One of the living ends; its branch is served to its end: cooled its time, disassociated, deleted.
        yield* world.admin.delete(podResource, { namespace: "default", name: "web-3" }, {})
        yield* Effect.sleep("10 minutes")
        expect(yield* Seen.capacity(world, nodeName)).toBe("0")
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface", since: begin })).toEqual([])
        expect(yield* Seen.calls(world, { action: "DisassociateTrunkInterface", since: begin })).toHaveLength(1)
        const told = yield* Seen.messages(world, "late-0", "BranchAllocationFailed")
        expect(told).toHaveLength(1)
        expect(told[0]).toMatch(waits)
        yield* Oracles.atPeace(world, { told: { "late-0": /the node no longer asks for security groups for pods$/ } })

        yield* ask(world, nodeName, true, "feature")
        yield* world.waitForPhase("late-0", "Running")
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.trunkOf(world, nodeName), "the trunk stayed").toBe(trunk)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, manage, `parts.ledger.holds(instanceId)`: what EC2 remembers of a node that no longer asks.
  it("and the controller restarts meanwhile", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const names = Seen.names("web", 4)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* world.crash
        yield* ask(world, nodeName, false, "feature")
        // One ends while nobody looks.
        yield* world.admin.delete(podResource, { namespace: "default", name: "web-3" }, { gracePeriodSeconds: 0 })
        const begin = yield* Clock.currentTimeMillis
        yield* world.start
        yield* capacityIs(world, nodeName, "0")
        yield* world.apply(Manifests.pod("late-0", { spec: { nodeName } }))
        yield* Effect.sleep("5 minutes")
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface", since: begin })).toEqual([])
        for (const name of names.slice(0, 3)) expect(yield* world.podPhase(name)).toBe("Running")
        yield* Oracles.atPeace(world, { told: { "late-0": /the node no longer asks for security groups for pods$/ } })
      }))
  })

  // Guarded by: model/NodeTraits.ts, asksForTrunk.
  it("where the older label is taken away", () => {
    seeds(5, { nodes: 3, asks: "label", ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        yield* world.waitForPhase("web-0", "Running")
        expect(textAt((yield* world.node(nodeName)) ?? {}, "metadata", "labels", hasTrunkAttachedLabel)).toBe("true")
        // An older aws-node asks again at its next round: here it is away for good, as when its DaemonSet is taken off.
        yield* ask(world, nodeName, false, "label")
        const events = yield* eventually("0 was written", Effect.map(world.kubernetes.audit.events, (all) => {
          const zeros = all.filter(({ objectRef, requestObject, verb }) =>
            verb === "patch" && objectRef?.name === nodeName && JSON.stringify(requestObject).includes("\"vpc.amazonaws.com/pod-eni\":\"0\""))
          return zeros.length > 0 ? zeros : undefined
        }))
        expect(events.length).toBeGreaterThan(0)
        // It does ask again, and is served again.
        yield* Oracles.offering(world, nodeName)
        yield* Oracles.atPeace(world)
      }))
  })
})
