import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { type EniId, noAssociationId, type SecurityGroupId, type VlanId } from "@branchline/core/model/Ids"
import {
  allocationTag,
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  podEni,
  trunkEniIdTag,
  validatePodWebhook,
  vlanIdTag
} from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { uidOf } from "../../src/kubernetes/Document.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import { group, type World } from "./World.js"

const options = {
  nodes: 1,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

/** What a tag may say where a VLAN id belongs. */
const values = ["0", "121", "4096", "abc"] as const

/** An interface that a controller before this one made. */
const leave = (world: World, tags: Readonly<Record<string, string>>, under?: { readonly trunkId: EniId; readonly vlanId: VlanId }) => {
  const [node] = world.nodes.values()
  return world.ec2.control.createForeignInterface({
    subnetId: world.subnets[0]!.subnetId,
    groups: [group as SecurityGroupId],
    description: branchDescription,
    tags: {
      [ownerTag]: ownerTagValue,
      [clusterTag("seed")]: clusterTagValue,
      [instanceIdTag]: node!.instanceId,
      ...tags
    },
    under
  })
}

/** Writes a pod's annotation as another controller would, past the webhook that knows only ours. */
const announce = Effect.fnUntraced(function*(world: World, name: string, branch: NetworkInterface, vlanId: VlanId) {
  yield* world.kubernetes.unregisterWebhook("vpc-resource-validating-webhook", validatePodWebhook.name)
  const text = writeBranchAnnotation({
    eniId: branch.eniId,
    ifAddress: branch.macAddress,
    privateIp: branch.privateIp,
    ipv6Addr: "",
    vlanId,
    subnetCidr: world.subnets[0]!.cidr,
    subnetV6Cidr: "",
    associationID: noAssociationId
  }, "eight")
  const patch = { metadata: { annotations: { [podEni]: text } } }
  yield* world.admin.patch(podResource, { namespace: "default", name }, { _tag: "merge", patch })
})

const begin = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  const [nodeName = ""] = world.nodes.keys()
  const trunkId = (yield* Seen.trunkOf(world, nodeName)) as EniId
  yield* world.crash
  return { nodeName, trunkId }
})

describe("A tag holds VLAN 0, 121, 4096 or a text", () => {
  // Guarded by: allocation/VlanSpace.ts, isAssignable, by which an id beyond the space stands in no slot, and controller/Ledger.ts, tagsOf; a branch
  // without usable id is a stray, which counts, cools and goes.
  it("on branches that nobody needs any more: they cool, and are removed", () => {
    seeds(8, options, (world) =>
      Effect.gen(function*() {
        const { nodeName, trunkId } = yield* begin(world)
        const left = []
        for (const [index, value] of values.entries()) {
          left.push(yield* leave(world, { [vlanIdTag]: value, [trunkEniIdTag]: trunkId }, { trunkId, vlanId: (140 + index) as VlanId }))
        }
        yield* world.start
        const names = Seen.names("web", 7)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        yield* Effect.sleep("50 seconds")
        // They take up room as long as they are there: four of nine.
        const running = yield* Effect.filter(names, (name) => Effect.map(world.podPhase(name), (phase) => phase === "Running"))
        expect(running).toHaveLength(5)
        const { interfaces } = yield* world.ec2.control.snapshot
        expect(left.every(({ eniId }) => interfaces.some((one) => one.eniId === eniId)), "they cool").toBe(true)
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "1 minute" })
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: allocation/step/Ledger.ts, branchDiscovered, `isTakenOver`: what may be associated under an id that cannot be used here is let go, and
  // its pod gets another; the same of VlanSpace.ts.
  it("on branches that were made for pods and no more: the pods are served, each under an id that can be used", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        const { nodeName, trunkId } = yield* begin(world)
        const names = Seen.names("web", values.length)
        const made = new Map<string, string>()
        for (const [index, name] of names.entries()) {
          yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
          const uid = uidOf((yield* world.pod(name)) ?? {})
          const { eniId } = yield* leave(world, { [vlanIdTag]: values[index]!, [trunkEniIdTag]: trunkId, [allocationTag]: `${uid}/1` })
          made.set(name, eniId)
        }
        yield* world.start
        for (const name of names) {
          const details = detailsOf(yield* world.waitForPhase(name, "Running"))
          const isUsable = values[names.indexOf(name)] === "121"
          expect(details?.eniId === made.get(name), "what can be used is not made twice").toBe(isUsable)
          if (isUsable) expect(details?.vlanId).toBe(121)
          expect(details?.vlanId).toBeGreaterThan(0)
          expect(details?.vlanId).toBeLessThan(153)
        }
        const { associations, interfaces } = yield* world.ec2.control.snapshot
        for (const { branchId, vlanId } of associations) {
          expect(interfaces.find(({ eniId }) => eniId === branchId)?.tags[vlanIdTag]).toBe(String(vlanId))
        }
        yield* Oracles.atPeace(world)
      }))
  })
})

describe("An annotation holds VLAN 121", () => {
  // Guarded by: allocation/VlanSpace.ts, lastVlanId: upstream hands out 1 to 120 and knows no other, but what another controller wired stays.
  it("on a pod that runs: it keeps it through a restart, and it is given back like any other", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        const { nodeName, trunkId } = yield* begin(world)
        const branch = yield* leave(world, { [vlanIdTag]: "121", [trunkEniIdTag]: trunkId }, { trunkId, vlanId: 121 as VlanId })
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        yield* announce(world, "web-0", branch, 121 as VlanId)
        yield* world.waitForPhase("web-0", "Running")
        for (let round = 0; round < 2; round++) {
          yield* world.start
          yield* Effect.sleep("90 seconds")
          expect(detailsOf((yield* world.pod("web-0")) ?? {})?.vlanId).toBe(121)
          yield* world.crash
        }
        yield* world.start
        yield* Oracles.atPeace(world)
        yield* world.admin.delete(podResource, { namespace: "default", name: "web-0" })
        yield* world.waitUntilGone("web-0")
        yield* Oracles.atPeace(world)
      }))
  })
})
