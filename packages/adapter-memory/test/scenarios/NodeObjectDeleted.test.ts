import { cniNodeFinalizer, hasTrunkAttachedLabel } from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { listAt, objectsAt, textAt, uidOf } from "../../src/kubernetes/Document.js"
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

const cniNode = (world: World, name: string) =>
  Effect.map(Effect.option(world.admin.get(cniNodes, { name })), (found) => found._tag === "Some" ? found.value : undefined)

/** The node's CNINode is owned by the Node of today, and by nobody else. */
const ownedByToday = (world: World, name: string) =>
  eventually(`${name}'s CNINode is owned by the new Node`, Effect.gen(function*() {
    const owner = uidOf((yield* world.node(name)) ?? {})
    const found = yield* cniNode(world, name)
    const owners = objectsAt(found ?? {}, "metadata", "ownerReferences").map((one) => textAt(one, "uid"))
    return found !== undefined && owners.join() === owner && textAt(found, "metadata", "deletionTimestamp") === undefined ? found : undefined
  }), { within: "2 minutes" })

describe("The Node object is deleted while its instance lives and kubelet registers it again", () => {
  // Guarded by: controller/Retirement.ts, isGone, which leaves a living instance's branches alone; controller/CniNodes.ts, ensure, letGo;
  // controller/BranchReconciler.ts, reconcileBranch, `holder.nodeName === undefined`, and behind it surelyOver and
  // controller/Promised.ts, promised.
  it.each([["5 seconds"], ["40 seconds"], ["5 minutes"]] as const)("after %s", (away) => {
    seeds(6, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = "", other = ""] = world.nodes.keys()
        const kept = Seen.names("web", 4)
        for (const name of kept) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of kept) yield* world.waitForPhase(name, "Running")
        // A pod that is still to be served when the node goes.
        yield* world.apply(Manifests.pod("late-0", { spec: { nodeName } }))
        const trunk = yield* Seen.trunkOf(world, nodeName)
        const uid = uidOf((yield* world.node(nodeName)) ?? {})
        const before = uidOf((yield* cniNode(world, nodeName)) ?? {})
        yield* world.admin.delete(nodeResource, { name: nodeName }, {})
        const begin = yield* Clock.currentTimeMillis
        // Somebody edits the pods meanwhile, so that they are looked at.
        for (const name of kept) {
          yield* world.admin.patch(podResource, { namespace: "default", name }, { _tag: "merge", patch: { metadata: { annotations: { edited: "yes" } } } })
        }
        yield* Effect.sleep(away)
        expect(yield* world.node(nodeName)).toBe(undefined)
        yield* world.nodes.get(nodeName)!.kubelet.register
        expect(uidOf((yield* world.node(nodeName)) ?? {})).not.toBe(uid)
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.capacity(world, nodeName)).toBe("9")
        expect(yield* Seen.trunkOf(world, nodeName)).toBe(trunk)

        const made = yield* ownedByToday(world, nodeName)
        if (away === "5 minutes") expect(uidOf(made)).not.toBe(before)
        expect(listAt(made, "metadata", "finalizers")).toEqual([cniNodeFinalizer])
        const features = Effect.map(cniNode(world, nodeName), (found) =>
          objectsAt(found ?? {}, "spec", "features").some((one) => textAt(one, "name") === "SecurityGroupsForPods") ? true : undefined)
        yield* eventually("the features are there", features)
        // Nothing happens to it later either: the garbage collector has no reason.
        yield* Effect.sleep("2 minutes")
        yield* ownedByToday(world, nodeName)

        for (const name of ["late-0", ...kept]) yield* world.waitForPhase(name, "Running")
        yield* world.apply(Manifests.pod("new-0", { spec: { nodeName } }))
        yield* world.apply(Manifests.pod("new-1", { spec: { nodeName: other } }))
        for (const name of ["new-0", "new-1"]) yield* world.waitForPhase(name, "Running")
        for (const action of ["DisassociateTrunkInterface", "DeleteNetworkInterface", "AttachNetworkInterface"]) {
          expect(yield* Seen.calls(world, { action, since: begin }), action).toEqual([])
        }
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Controller.ts, start, which reads pods before nodes; controller/Ledger.ts, recover.
  it("while no controller runs", () => {
    seeds(6, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const names = Seen.names("web", 4)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* world.crash
        yield* world.admin.delete(nodeResource, { name: nodeName }, {})
        yield* Effect.sleep("10 seconds")
        // The new controller sees no Node of that name, and then one.
        yield* world.start
        yield* Effect.sleep("90 seconds")
        yield* world.nodes.get(nodeName)!.kubelet.register
        yield* Oracles.offering(world, nodeName)
        yield* ownedByToday(world, nodeName)
        yield* world.apply(Manifests.pod("new-0", { spec: { nodeName } }))
        yield* world.waitForPhase("new-0", "Running")
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, publish, at every look.
  it("or kubelet only starts again: it forgets the capacity, which is patched again", () => {
    for (const asks of ["feature", "label"] as const) {
      seeds(4, { nodes: 3, asks, ...latencies }, (world) =>
        Effect.gen(function*() {
          yield* world.apply(Manifests.policy())
          yield* Oracles.ready(world)
          const [nodeName = ""] = world.nodes.keys()
          yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
          yield* world.waitForPhase("web-0", "Running")
          const begin = yield* Clock.currentTimeMillis
          yield* world.nodes.get(nodeName)!.kubelet.register
          const forgot = (yield* world.kubernetes.audit.events).filter(({ objectRef, verb, requestObject, user }) =>
            verb === "patch" && objectRef?.name === nodeName && objectRef.subresource === "status" && user.username === `system:node:${nodeName}` &&
            JSON.stringify(requestObject).includes(`"capacity":{"vpc.amazonaws.com/pod-eni":"0"}`))
          expect(forgot.length, "kubelet forgot").toBeGreaterThan(0)
          yield* Oracles.offering(world, nodeName)
          expect(yield* Seen.capacity(world, nodeName)).toBe("9")
          expect(yield* Seen.calls(world, { since: begin }), "it costs no EC2 call").toEqual([])
          const label = textAt((yield* world.node(nodeName)) ?? {}, "metadata", "labels", hasTrunkAttachedLabel)
          expect(label).toBe(asks === "label" ? "true" : undefined)
          yield* Oracles.atPeace(world)
        }))
    }
  })
})
