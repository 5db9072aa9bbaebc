import { controllerIdentities, instanceIdTag } from "@branchline/core/model/Names"
import { cniNodes, pods as podResource } from "@branchline/core/model/Resource"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { objectAt, textAt, uidOf } from "../../src/kubernetes/Document.js"
import type { Violation } from "../../src/kubernetes/kubelet/Violations.js"
import { eventually } from "../../src/simulation/Waiting.js"
import { startSeeing } from "./Blurred.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import type { World } from "./World.js"

const latencies = {
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

const interfacesOf = (world: World, instanceId: string) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.filter(({ tags }) => tags[instanceIdTag] === instanceId))

const cniNodeIsOf = (world: World, name: string, instanceId: string) =>
  eventually("the CNINode is the new instance's", Effect.gen(function*() {
    const found = yield* Effect.option(world.admin.get(cniNodes, { name }))
    return found._tag === "Some" && textAt(objectAt(found.value, "spec", "tags"), instanceIdTag) === instanceId ? true : undefined
  }))

/** Pods on a node, and the node. */
const populate = Effect.fnUntraced(function*(world: World, count: number) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  const [nodeName = ""] = world.nodes.keys()
  const names = Seen.names("web", count)
  for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  return { nodeName, names, old: world.nodes.get(nodeName)!.instanceId, trunk: yield* Seen.trunkOf(world, nodeName) }
})

/** For eight seconds the controller sees nothing of what happens. */
const missing = Effect.fnUntraced(function*(world: World) {
  const until = (yield* Clock.currentTimeMillis) + 8_000
  yield* world.faults.add({ on: { port: "kubernetes", operation: "list" }, when: "before", reason: { _tag: "Unavailable" }, until })
  yield* world.kubernetes.watches.breakWatches({ _tag: "Expired" }, { username: controllerIdentities[0]! })
})

/** A link that the new instance's plugin made from an annotation of the old one's, before anybody could write another. */
const inherited = ({ kind }: Violation): boolean => kind === "not associated" || kind === "branch taken away"

describe("A node with a trunk changes hands to a new instance of the same name", () => {
  // Guarded by: controller/NodeReconciler.ts, reconcileNode, `before.instanceId !== instanceId`, and controller/Fleet.ts, which knows members
  // by instance; controller/Retirement.ts, clear.
  it("its pods are gone, and the old instance is terminated", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, old, trunk } = yield* populate(world, 4)
        const fresh = yield* world.replaceNode(nodeName)
        expect([fresh.nodeName, fresh.instanceId === old]).toEqual([nodeName, false])
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.trunkOf(world, nodeName)).not.toBe(trunk)
        yield* cniNodeIsOf(world, nodeName, fresh.instanceId)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Oracles.atPeace(world)
        expect(yield* interfacesOf(world, old)).toEqual([])
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, reconcileNode, `before.instanceId !== instanceId`: here alone, because no look finds the name without a node.
  it("its pods are gone, and nobody saw the old Node go", () => {
    seeds(6, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, old, trunk } = yield* populate(world, 4)
        yield* missing(world)
        yield* world.replaceNode(nodeName)
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.trunkOf(world, nodeName)).not.toBe(trunk)
        // On an instance that is terminated nothing has to cool.
        yield* eventually("what the old instance had is gone", Effect.map(interfacesOf(world, old), (left) => left.length === 0 ? true : undefined), { within: "20 seconds" })
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Oracles.atPeace(world)
        expect(yield* interfacesOf(world, old)).toEqual([])
      }))
  })

  // Guarded by: controller/Controller.ts, nodeChanged: whose trunk was never known cannot be detached from its node, and only the sweep would come to it;
  // controller/Retirement.ts, clear, `member`: the node's last try for the old instance may make it a trunk when EC2 answers again.
  it.each([
    ["was not allowed to read instances", { code: "UnauthorizedOperation", reason: { _tag: "Unauthorized" } }],
    ["got no answer about instances", { code: "Unavailable", reason: { _tag: "Unavailable" } }]
  ] as const)("its pods are gone, nobody saw the old Node go, and the controller had just begun and %s", (_what, why) => {
    seeds(6, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, old } = yield* populate(world, 4)
        let mayRead = false
        const refused = new Ec2Error({ action: "DescribeInstances", message: "not now", ...why })
        yield* startSeeing(world, (ec2) => ({ ...ec2, describeInstances: (ids) => Effect.suspend(() => mayRead ? ec2.describeInstances(ids) : Effect.fail(refused)) }))
        yield* Effect.sleep("30 seconds")
        yield* missing(world)
        yield* world.replaceNode(nodeName)
        yield* Effect.sleep("30 seconds")
        mayRead = true
        yield* eventually("what the old instance had is gone", Effect.map(interfacesOf(world, old), (left) => left.length === 0 ? true : undefined), { within: "3 minutes" })
        yield* Oracles.offering(world, nodeName)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/BranchReconciler.ts, reconcileBranch, where a pod that is gone is released wherever it has a branch.
  it("its pods are gone, and the old instance lingers for five minutes", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, old, trunk } = yield* populate(world, 4)
        yield* world.replaceNode(nodeName, { lingers: true })
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.trunkOf(world, nodeName)).not.toBe(trunk)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("5 minutes")
        expect((yield* interfacesOf(world, old)).map(({ eniId }) => eniId), "the trunk, and no branch").toEqual([trunk])
        yield* Oracles.atPeace(world)
        yield* world.ec2.control.terminateInstance(old)
        yield* Oracles.atPeace(world)
        expect(yield* interfacesOf(world, old)).toEqual([])
      }))
  })

  // Guarded by: controller/Foreign.ts, isForeign: an annotation of another instance's is no promise here; controller/Ledger.ts, memories,
  // VlanWired, and allocation/step/Line.ts, start, `wired`; controller/Retirement.ts, clear, writeOff.
  it.each([[false], [true]] as const)("its pods are still bound by name (the old instance lingers: %s)", (lingers) => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, old } = yield* populate(world, 4)
        const before = yield* Effect.forEach(names, (name) => world.pod(name))
        const fresh = yield* world.replaceNode(nodeName, { keepsPods: true, lingers })
        const late = Seen.names("late", 4)
        for (const name of late) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of late) yield* world.waitForPhase(name, "Running")
        yield* Oracles.offering(world, nodeName)
        for (const [index, name] of names.entries()) {
          const last = before[index]!
          const pod = yield* eventually(`${name} has a branch of the new instance's`, Effect.gen(function*() {
            const eniId = detailsOf((yield* world.pod(name)) ?? {})?.eniId
            return (yield* interfacesOf(world, fresh.instanceId)).some((one) => one.eniId === eniId) ? yield* world.pod(name) : undefined
          }))
          expect(uidOf(pod), "the same pod").toBe(uidOf(last ?? {}))
          // The node has wired the id already, and may go on using it.
          expect(detailsOf(pod)?.vlanId).toBe(detailsOf(last ?? {})?.vlanId)
        }
        expect(world.violations.filter((violation) => !inherited(violation))).toEqual([])
        expect(world.violations.length, "the new instance's plugin read the old annotations").toBeGreaterThan(0)

        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name }, {})
        for (const name of names) yield* world.waitUntilGone(name)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        if (lingers) yield* world.ec2.control.terminateInstance(old)
        yield* Oracles.atPeace(world, { violated: inherited })
        expect(yield* interfacesOf(world, old)).toEqual([])
      }))
  })
})
