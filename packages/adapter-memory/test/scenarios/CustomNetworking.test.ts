import { customNetworkingFeature, eniConfigLabel } from "@branchline/core/model/Names"
import { eniConfigs } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Document } from "../../src/kubernetes/Document.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import { group, type World } from "./World.js"

const latencies = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const
const own = "sg-0123456789abcdef0"
const subnets = [
  { cidr: "192.168.0.0/19", zone: "eu-west-1a" },
  { cidr: "100.65.0.0/19", zone: "eu-west-1a" },
  { cidr: "100.65.32.0/19", zone: "eu-west-1a" }
] as const

const eniConfig = (name: string, subnet: string, groups?: ReadonlyArray<string>): Document => ({
  apiVersion: "crd.k8s.amazonaws.com/v1alpha1",
  kind: "ENIConfig",
  metadata: { name },
  spec: { subnet, ...(groups === undefined ? {} : { securityGroups: [...groups] }) }
})

/** A pod that asks for a branch by itself, and that no policy matches. */
const unmatched = (name: string, nodeName: string): Document => {
  const resources = { limits: { "vpc.amazonaws.com/pod-eni": "1" }, requests: { "vpc.amazonaws.com/pod-eni": "1" } }
  const containers = [{ name: "main", image: "amazon/aws-cli:2.7", imagePullPolicy: "IfNotPresent", resources }]
  return Manifests.pod(name, { metadata: { labels: { app: "none" } }, spec: { nodeName, containers } })
}

/** Subnet and groups of a node's trunk, and of a pod's branch. */
const placeOfTrunk = Effect.fnUntraced(function*(world: World, nodeName: string) {
  const trunk = yield* Seen.trunkOf(world, nodeName)
  const found = (yield* world.ec2.control.snapshot).interfaces.find(({ eniId }) => eniId === trunk)
  return { subnet: found?.subnetId, groups: found?.groups }
})
const placeOfPod = Effect.fnUntraced(function*(world: World, name: string) {
  const details = detailsOf((yield* world.pod(name)) ?? {})
  const found = (yield* world.ec2.control.snapshot).interfaces.find(({ eniId }) => eniId === details?.eniId)
  return { subnet: found?.subnetId, groups: found?.groups, cidr: details?.subnetCidr }
})

describe("Custom networking", () => {
  // Guarded by: controller/NodeReconciler.ts, placeOf and eniConfigName.
  it("gives trunk and branches the ENIConfig's subnet and default groups, by the feature, and by the label, which wins", () => {
    seeds(5, { nodes: 1, subnets, securityGroups: [group, own], ...latencies }, (world) =>
      Effect.gen(function*() {
        const [, first, second] = world.subnets.map(({ subnetId }) => subnetId)
        yield* world.apply(eniConfig("by-feature", first!, [own]))
        yield* world.apply(eniConfig("by-label", second!, [own]))
        yield* world.apply(Manifests.policy())
        const featured = yield* world.addNode({ eniConfig: "by-feature" })
        const labelled = yield* world.addNode({ eniConfig: "by-feature", labels: { [eniConfigLabel]: "by-label" } })
        yield* Oracles.ready(world)
        expect(yield* placeOfTrunk(world, featured.nodeName)).toEqual({ subnet: first, groups: [own] })
        expect(yield* placeOfTrunk(world, labelled.nodeName)).toEqual({ subnet: second, groups: [own] })
        for (const [index, { nodeName }] of [featured, labelled].entries()) {
          yield* world.apply(Manifests.pod(`web-${index}`, { spec: { nodeName } }))
          yield* world.apply(unmatched(`none-${index}`, nodeName))
        }
        for (const name of ["web-0", "web-1", "none-0", "none-1"]) yield* world.waitForPhase(name, "Running")
        expect(yield* placeOfPod(world, "web-0")).toEqual({ subnet: first, groups: [group], cidr: subnets[1].cidr })
        expect(yield* placeOfPod(world, "none-0")).toEqual({ subnet: first, groups: [own], cidr: subnets[1].cidr })
        expect(yield* placeOfPod(world, "none-1")).toEqual({ subnet: second, groups: [own], cidr: subnets[2].cidr })
        yield* Oracles.atPeace(world, { groups: (pod) => JSON.stringify(pod).includes('"app":"none"') ? [own] : [group] })
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, placeOf, `groups.length > 0 ? groups : instance.groups`.
  it("takes the primary interface's groups where the ENIConfig has none", () => {
    seeds(3, { nodes: 1, subnets, securityGroups: [group, own], ...latencies }, (world) =>
      Effect.gen(function*() {
        const [, first] = world.subnets.map(({ subnetId }) => subnetId)
        yield* world.apply(eniConfig("bare", first!))
        const { instanceId, nodeName } = yield* world.addNode({ eniConfig: "bare" })
        yield* Oracles.ready(world)
        const { instances } = yield* world.ec2.control.snapshot
        const primary = instances.find((one) => one.instanceId === instanceId)!.groups
        expect(primary.length).toBeGreaterThan(0)
        expect(yield* placeOfTrunk(world, nodeName)).toEqual({ subnet: first, groups: primary })
        yield* world.apply(unmatched("none-0", nodeName))
        yield* world.waitForPhase("none-0", "Running")
        expect(yield* placeOfPod(world, "none-0")).toEqual({ subnet: first, groups: primary, cidr: subnets[1].cidr })
        // Said to EC2, and not left to the default of its VPC.
        const asked = (yield* Seen.calls(world, { action: "CreateNetworkInterface" })).map(({ parameters }) => parameters["Groups"])
        expect(asked.slice(-2)).toEqual([primary, primary])
        yield* Oracles.atPeace(world, { groups: () => primary })
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, placeOf (told), and controller/Controller.ts, start, where an ENIConfig that comes wakes the nodes.
  it("waits for an ENIConfig that does not exist, and says so; a feature without a name is said to have none", () => {
    seeds(5, { nodes: 1, subnets, securityGroups: [group, own], ...latencies }, (world) =>
      Effect.gen(function*() {
        const [, first] = world.subnets.map(({ subnetId }) => subnetId)
        yield* world.apply(Manifests.policy())
        const waiting = yield* world.addNode({ eniConfig: "late" })
        const nameless = yield* world.addNode({ eniConfig: "" })
        yield* Effect.sleep("2 minutes")
        expect(yield* Seen.messages(world, waiting.nodeName, "EniConfigNotFound")).toEqual([
          'the node\'s ENIConfig "late" does not exist or names no subnet'
        ])
        expect(yield* Seen.messages(world, nameless.nodeName, "EniConfigNameNotFound")).toEqual([
          `the CNINode's feature ${customNetworkingFeature} names no ENIConfig`
        ])
        for (const { nodeName } of [waiting, nameless]) {
          expect(yield* Seen.trunkOf(world, nodeName)).toBe(undefined)
          expect((yield* Seen.capacity(world, nodeName)) ?? "0").toBe("0")
        }
        yield* world.apply(eniConfig("late", first!, [own]))
        yield* Oracles.offering(world, waiting.nodeName)
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName: waiting.nodeName } }))
        yield* world.waitForPhase("web-0", "Running")
        expect(yield* placeOfPod(world, "web-0")).toEqual({ subnet: first, groups: [group], cidr: subnets[1].cidr })
        // Another subnet for those that come later; who is served stays where it is.
        yield* world.admin.patch(eniConfigs, { name: "late" }, { _tag: "merge", patch: { spec: { subnet: world.subnets[2]!.subnetId } } })
        yield* Effect.sleep("10 seconds")
        yield* world.apply(Manifests.pod("web-1", { spec: { nodeName: waiting.nodeName } }))
        yield* world.waitForPhase("web-1", "Running")
        expect((yield* placeOfPod(world, "web-1")).subnet).toBe(world.subnets[2]!.subnetId)
        expect((yield* placeOfPod(world, "web-0")).subnet).toBe(first)
        yield* Oracles.atPeace(world)
      }))
  })
})
