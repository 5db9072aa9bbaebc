import { cniNodeFinalizer, controllerIdentities, instanceIdTag, podEni, securityGroupsForPodsFeature } from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { finalizersOf, listAt, objectsAt, textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import type { World } from "./World.js"

const options = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const
const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)

const cniNode = (world: World, name: string) =>
  Effect.catch(world.admin.get(cniNodes, { name }), () => Effect.succeed(undefined))

/** The CNINode is another one than that of the UID given, whole again, and the node of today owns it. */
const remade = (world: World, name: string, uid: string) =>
  eventually(`a new CNINode ${name}`, Effect.gen(function*() {
    const made = yield* cniNode(world, name)
    const node = yield* world.node(name)
    if (made === undefined || node === undefined || uidOf(made) === uid) return undefined
    const owners = objectsAt(made, "metadata", "ownerReferences")
    return owners.some((owner) => textAt(owner, "uid") === uidOf(node)) && listAt(made, "spec", "features").length > 0 ? made : undefined
  }), { within: "2 minutes" })

const served = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  yield* world.apply(Manifests.statefulSet("web", names.length))
  for (const name of names) yield* world.waitForPhase(name, "Running")
})

/** Each node takes one pod more than before. */
const serveMore = Effect.fnUntraced(function*(world: World) {
  for (const nodeName of world.nodes.keys()) yield* world.apply(Manifests.pod(`more-${nodeName}`, { spec: { nodeName } }))
  for (const nodeName of world.nodes.keys()) yield* world.waitForPhase(`more-${nodeName}`, "Running")
})

describe("The CNINode is deleted while its node lives", () => {
  // Guarded by: controller/CniNodes.ts, ensure, where one that is being deleted is let go; controller/NodeMemory.ts, `lastCniNode`, from which
  // the next one has its features, because an agent that has its trunk does not ask again; and controller/NodeReconciler.ts, inherited, by
  // which the node counts as asking in between.
  it("by hand, with a controller there and with none, under pods that run", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* served(world)
        const branches = (yield* world.ec2.control.snapshot).associations
        for (const [index, name] of [...world.nodes.keys()].entries()) {
          const before = yield* cniNode(world, name)
          expect(finalizersOf(before ?? {})).toEqual([cniNodeFinalizer])
          if (index === 1) yield* world.crash
          yield* world.admin.delete(cniNodes, { name })
          if (index === 1) {
            // Nobody is there to let it go.
            yield* Effect.sleep("10 seconds")
            expect(uidOf((yield* cniNode(world, name)) ?? {})).toBe(uidOf(before ?? {}))
            yield* world.start
          }
          const after = yield* remade(world, name, uidOf(before ?? {}))
          expect(finalizersOf(after)).toEqual([cniNodeFinalizer])
          expect(objectsAt(after, "spec", "features").map((feature) => textAt(feature, "name"))).toEqual([securityGroupsForPodsFeature])
          expect(textAt(after, "spec", "tags", instanceIdTag)).toBe(world.nodes.get(name)?.instanceId)
          expect(textAt((yield* world.node(name)) ?? {}, "status", "capacity", podEni)).toBe("9")
        }
        yield* serveMore(world)
        yield* Oracles.atPeace(world)
        // No node was without capacity in between, and nobody's branch was so much as made anew.
        const withdrawn = (yield* world.kubernetes.audit.events).filter(({ requestObject, user }) =>
          user.username === controllerIdentities[0] && JSON.stringify(requestObject ?? null).includes(`"${podEni}":"0"`))
        expect(withdrawn).toEqual([])
        const now = (yield* world.ec2.control.snapshot).associations
        expect(now.filter(({ associationId }) => branches.some((one) => one.associationId === associationId))).toEqual(branches)
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, previousOf, where EC2's ledger stands in for a CNINode that nobody saw.
  it("and gone for good while no controller is there: the trunk tells that the node had asked", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* served(world)
        yield* world.crash
        const [name] = [...world.nodes.keys()]
        const before = yield* cniNode(world, name!)
        yield* world.admin.patch(cniNodes, { name: name! }, { _tag: "merge", patch: { metadata: { finalizers: null } } })
        yield* world.admin.delete(cniNodes, { name: name! })
        expect(yield* cniNode(world, name!)).toBeUndefined()
        yield* world.start
        const after = yield* remade(world, name!, uidOf(before ?? {}))
        expect(objectsAt(after, "spec", "features").map((feature) => textAt(feature, "name"))).toEqual([securityGroupsForPodsFeature])
        yield* serveMore(world)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: patch/CNINodePatch.ts, the owner reference in document and ownership in align, each alone enough: with the old owner the garbage
  // collector deletes it once more.
  it("by the garbage collector, because the Node object was deleted and kubelet registered again", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* served(world)
        for (const name of world.nodes.keys()) {
          const before = yield* cniNode(world, name)
          const node = yield* world.node(name)
          yield* world.admin.delete(nodeResource, { name })
          // The garbage collector has seen that the owner is gone.
          yield* Effect.sleep("3 seconds")
          yield* world.nodes.get(name)!.kubelet.register
          const after = yield* remade(world, name, uidOf(before ?? {}))
          expect(uidOf((yield* world.node(name)) ?? {})).not.toBe(uidOf(node ?? {}))
          yield* Effect.sleep("10 seconds")
          // It stays.
          expect(uidOf((yield* cniNode(world, name)) ?? {})).toBe(uidOf(after))
        }
        yield* Oracles.ready(world)
        yield* serveMore(world)
        yield* Oracles.atPeace(world)
      }))
  })
})
