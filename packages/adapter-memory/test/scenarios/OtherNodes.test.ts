import { cniNodeFinalizer, computeTypeLabel, hasTrunkAttachedLabel } from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { listAt, objectAt, objectsAt, textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const

const cniNode = (world: World, name: string) =>
  Effect.map(Effect.option(world.admin.get(cniNodes, { name })), (found) => found._tag === "Some" ? found.value : undefined)

describe("Nodes that ask for no trunk", () => {
  // Guarded by: controller/NodeReconciler.ts, reconcileNode, computeTypeLabel and `os !== "linux"`; manage, `!asked`.
  it("Windows and others get a CNINode and nothing else; those of compute type auto not even that", () => {
    seeds(3, { nodes: 1, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* Oracles.ready(world)
        const os = { "kubernetes.io/os": "windows", "beta.kubernetes.io/os": "windows" }
        const windows = yield* world.addNode({ asks: "label", labels: os })
        const quiet = yield* world.addNode({ asks: "never" })
        const automatic = yield* world.addNode({ asks: "never", labels: { [computeTypeLabel]: "auto" } })
        yield* Effect.sleep("3 minutes")
        for (const [node, system] of [[windows, "windows"], [quiet, "linux"]] as const) {
          const found = (yield* cniNode(world, node.nodeName)) ?? {}
          expect(textAt(objectAt(found, "metadata", "labels"), "kubernetes.io/os")).toBe(system)
          expect(listAt(found, "metadata", "finalizers")).toEqual([cniNodeFinalizer])
          expect(objectsAt(found, "metadata", "ownerReferences").map((owner) => textAt(owner, "uid")))
            .toEqual([uidOf((yield* world.node(node.nodeName)) ?? {})])
          expect(objectAt(found, "spec", "tags")).toEqual({
            "cluster.k8s.amazonaws.com/name": "seed",
            "node.k8s.amazonaws.com/instance_id": node.instanceId
          })
        }
        expect(yield* cniNode(world, automatic.nodeName)).toBe(undefined)
        for (const { nodeName } of [windows, quiet, automatic]) {
          expect(yield* Seen.trunkOf(world, nodeName)).toBe(undefined)
          expect(yield* Seen.capacity(world, nodeName)).toBe(undefined)
        }
        const asked = (yield* Seen.calls(world)).flatMap(({ parameters }) => JSON.stringify(parameters))
        for (const { instanceId } of [windows, quiet, automatic]) {
          expect(asked.filter((text) => text.includes(instanceId)), "EC2 hears nothing of them").toEqual([])
        }
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: model/NodeTraits.ts, asksForTrunk: the label's presence counts, whatever its value (contract §1.1).
  it("but the older label asks, even with the value false", () => {
    seeds(3, { nodes: 1, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const { nodeName } = yield* world.addNode({ asks: "never" })
        yield* Effect.sleep("30 seconds")
        expect(yield* Seen.trunkOf(world, nodeName)).toBe(undefined)
        yield* world.admin.patch(nodeResource, { name: nodeName }, { _tag: "merge", patch: { metadata: { labels: { [hasTrunkAttachedLabel]: "false" } } } })
        yield* Oracles.offering(world, nodeName)
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        yield* world.waitForPhase("web-0", "Running")
        yield* eventually("the node says whose it is", Effect.map(Seen.messages(world, nodeName, "ControllerVersionNotice"), (all) =>
          all.length === 1 ? true : undefined))
        yield* Oracles.atPeace(world)
      }))
  })
})
