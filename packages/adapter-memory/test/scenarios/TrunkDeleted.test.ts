import type { EniId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt } from "../../src/kubernetes/Document.js"
import type { Violation } from "../../src/kubernetes/kubelet/Violations.js"
import { eventually } from "../../src/simulation/Waiting.js"
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

const lost = /^TrunkInterfaceLost: the node's trunk interface was deleted: branch eni-[0-9a-f]+ no longer carries traffic/

/** Pods on one node, whose trunk is then deleted under them; `unseen` when no controller runs any more. */
const strand = Effect.fnUntraced(function*(world: World, count: number, { unseen = false } = {}) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  const [nodeName = "", other = ""] = world.nodes.keys()
  const names = Seen.names("web", count)
  for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
  yield* world.apply(Manifests.pod("elsewhere", { spec: { nodeName: other } }))
  for (const name of [...names, "elsewhere"]) yield* world.waitForPhase(name, "Running")
  const trunk = yield* Seen.trunkOf(world, nodeName)
  if (unseen) yield* world.crash
  yield* world.ec2.control.deleteInterfaceByHand(trunk as EniId)
  expect(yield* Seen.trunkOf(world, nodeName)).toBe(undefined)
  const told = Object.fromEntries(names.map((name) => [name, lost]))
  // Who deletes a trunk takes the branches from the pods on it: that the nodes notice is part of the scenario.
  const violated = ({ kind }: Violation): boolean => kind === "branch taken away"
  return { nodeName, names, trunk, told, violated }
})

const newTrunk = (world: World, nodeName: string, old: string | undefined) =>
  eventually("the node has another trunk", Effect.map(Seen.trunkOf(world, nodeName), (trunk) => trunk === old ? undefined : trunk), { within: "6 minutes" })

/** The capacities that the controller wrote, in order. */
const capacities = (world: World, nodeName: string) =>
  Effect.map(world.kubernetes.audit.events, (events) =>
    events.filter(({ objectRef, verb, user }) =>
      verb === "patch" && objectRef?.name === nodeName && objectRef.subresource === "status" && user.username.endsWith("vpc-resource-controller"))
      .map(({ requestObject }) => textAt(requestObject as Parameters<typeof textAt>[0], "status", "capacity", podEni)))

const vlanOf = (world: World, name: string) => Effect.map(world.pod(name), (pod) => detailsOf(pod ?? {})?.vlanId)

describe("The trunk is deleted by hand", () => {
  // Guarded by: allocation/step/Failure.ts, commandFailed, "trunk gone"; allocation/step/Condition.ts, lose and sever.
  it("and the next pod's association finds it gone", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, told, trunk, violated } = yield* strand(world, 4)
        for (const name of Seen.names("new", 3)) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of Seen.names("new", 3)) yield* world.waitForPhase(name, "Running", { within: "2 minutes" })
        expect((yield* Seen.calls(world, { action: "AssociateTrunkInterface", code: "InvalidNetworkInterfaceID.NotFound" })).length).toBeGreaterThan(0)
        expect(yield* newTrunk(world, nodeName, trunk)).not.toBe(undefined)
        expect(yield* capacities(world, nodeName), "no room in between").toEqual(["9", "0", "9"])
        yield* Effect.sleep("3 minutes")
        yield* Oracles.atPeace(world, { told, violated })
        for (const name of names) expect(yield* Seen.messages(world, name, "TrunkInterfaceLost")).toHaveLength(1)

        // Made anew, as they were told, the stranded ones are served too.
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name }, {})
        for (const name of names) yield* world.waitUntilGone(name)
        for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Oracles.atPeace(world, { violated })
      }))
  })

  // Guarded by: controller/Sweep.ts, sweepTrunks.
  it("and the sweep finds it gone", () => {
    seeds(8, { nodes: 3, settings: { sweepInterval: 120_000 }, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { nodeName, told, trunk, violated } = yield* strand(world, 4)
        expect(yield* newTrunk(world, nodeName, trunk)).not.toBe(undefined)
        const written = yield* eventually("there is room again", Effect.map(capacities(world, nodeName), (all) => all.length > 2 ? all : undefined))
        expect(written, "no room in between").toEqual(["9", "0", "9"])
        yield* Oracles.atPeace(world, { told, violated })
        yield* world.apply(Manifests.pod("new-0", { spec: { nodeName } }))
        yield* world.waitForPhase("new-0", "Running")
        yield* Oracles.atPeace(world, { told, violated })
      }))
  })

  // Guarded by: allocation/step/Ledger.ts, learn, where the tags name another trunk.
  it("while no controller runs", () => {
    seeds(8, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, told, trunk, violated } = yield* strand(world, 4, { unseen: true })
        yield* world.start
        expect(yield* newTrunk(world, nodeName, trunk)).not.toBe(undefined)
        for (const name of Seen.names("new", 3)) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of Seen.names("new", 3)) yield* world.waitForPhase(name, "Running", { within: "2 minutes" })
        yield* Oracles.atPeace(world, { told, violated })
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name }, {})
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.atPeace(world, { violated })
      }))
  })

  // Guarded by: allocation/VlanSpace.ts, nextVlanId, `isHeld`: a severed branch keeps its slot, and with it its VLAN id.
  it("and the VLAN ids of the pods on it are nobody else's while these live, once round all ids", () => {
    const cooldown = 1_000
    const allocation = { cooldown, vlanQuarantine: 300_000, vlanRest: 0, idle: undefined }
    const timings = { imagePull: { min: 0, max: 0 }, containerStop: { min: 0, max: 0 }, teardown: { min: 0, max: 0 } }
    seeds(2, { nodes: 3, settings: { allocation, rates: undefined }, cooldown, ec2: { throttle: "off" }, timings }, (world) =>
      Effect.gen(function*() {
        const { names, nodeName, told, violated } = yield* strand(world, 3)
        const stranded = yield* Effect.forEach(names, (name) => vlanOf(world, name))
        const used = new Set<number | undefined>()
        for (let round = 0; round < 28; round++) {
          const some = Seen.names(`round-${round}`, 6)
          for (const name of some) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
          for (const name of some) yield* world.waitForPhase(name, "Running")
          for (const name of some) used.add(yield* vlanOf(world, name))
          for (const name of some) yield* world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })
          yield* Effect.sleep("3 seconds")
        }
        expect(used.size, "every other id was handed out").toBe(152 - 3)
        for (const vlanId of stranded) expect(used.has(vlanId)).toBe(false)
        yield* Oracles.atPeace(world, { told, violated })
      }))
  })
})
