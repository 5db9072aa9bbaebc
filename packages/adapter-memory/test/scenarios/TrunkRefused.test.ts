import { publishedLimits } from "@branchline/core/limits/Limits"
import { instanceIdTag } from "@branchline/core/model/Names"
import { cniNodes } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const

const told = (world: World, nodeName: string, reason: string) =>
  eventually(`${nodeName} is told ${reason}`, Effect.map(Seen.messages(world, nodeName, reason), (all) => all.length > 0 ? all : undefined))

describe("A node that cannot have a trunk", () => {
  // Guarded by: controller/NodeReconciler.ts, join, `Result.isFailure(limits)`.
  it("because its type carries none, or is unknown, is told Unsupported, with the type's name", () => {
    const limits = new Map([...publishedLimits].filter(([type]) => type !== "m5.xlarge"))
    seeds(3, { nodes: 1, controller: { limits }, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        const small = yield* world.addNode({ instanceType: "t3.medium" })
        const unknown = yield* world.addNode({ instanceType: "m5.xlarge" })
        expect(yield* told(world, small.nodeName, "Unsupported")).toEqual([
          'instance type "t3.medium" is not trunk-compatible: it carries no branch interfaces'
        ])
        const [message] = yield* told(world, unknown.nodeName, "Unsupported")
        expect(message).toMatch(/^instance type "m5\.xlarge" is not in the limits table/)
        yield* Effect.sleep("5 minutes")
        for (const { nodeName } of [small, unknown]) {
          expect(yield* Seen.messages(world, nodeName, "Unsupported"), "said once").toHaveLength(1)
          expect(yield* Seen.trunkOf(world, nodeName)).toBe(undefined)
          expect((yield* Seen.capacity(world, nodeName)) ?? "0").toBe("0")
        }
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/TrunkSetup.ts, freeDeviceIndex and noRoom, before a trunk is made that nobody could attach.
  it("because no device index is free is told so, and gets one when there is room", () => {
    seeds(3, { nodes: 1, ...latencies }, (world) =>
      Effect.gen(function*() {
        const { instanceId, nodeName } = yield* world.addNode({ asks: "never" })
        const subnetId = world.subnets[0]!.subnetId
        const taken = yield* Effect.forEach([1, 2], (deviceIndex) =>
          world.ec2.control.createForeignInterface({ subnetId, attachTo: { instanceId, deviceIndex } }))
        yield* eventually("the CNINode is there", Effect.map(Effect.option(world.admin.get(cniNodes, { name: nodeName })), (found) =>
          found._tag === "Some" ? true : undefined))
        yield* world.admin.patch(cniNodes, { name: nodeName }, { _tag: "merge", patch: { spec: { features: [{ name: "SecurityGroupsForPods" }] } } })
        expect(yield* told(world, nodeName, "TrunkENICreationFailed")).toEqual(["Failed to create trunk interface: Error Code: AttachmentLimitExceeded"])
        expect(yield* told(world, nodeName, "NodeTrunkFailedInit")).toEqual(["The node failed initializing trunk interface"])
        yield* Effect.sleep("3 minutes")
        const { interfaces } = yield* world.ec2.control.snapshot
        expect(interfaces.filter(({ tags }) => tags[instanceIdTag] === instanceId), "no trunk is made that nobody can attach").toEqual([])
        yield* world.ec2.control.deleteInterfaceByHand(taken[1]!.eniId)
        yield* Oracles.offering(world, nodeName)
        const { instances } = yield* world.ec2.control.snapshot
        const trunk = instances.find((one) => one.instanceId === instanceId)?.attachments.find(({ type }) => type === "trunk")
        expect([trunk?.deviceIndex, trunk?.networkCard, trunk?.deleteOnTermination]).toEqual([2, 0, true])
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Texts.ts, trunkCreationFailed; controller/NodeReconciler.ts, tellOnce, and the queue's backoff.
  it("because the role may not make it is told which policy to look at", () => {
    const why = "Failed to create trunk interface: Error Code: UnauthorizedOperation: " +
      "Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
    seeds(3, { nodes: 1, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* Oracles.ready(world)
        const fault = yield* world.faults.add({ on: { port: "ec2", operation: "createTrunk" }, when: "before", reason: { _tag: "Unauthorized" } })
        const nodes = [yield* world.addNode(), yield* world.addNode()]
        yield* Effect.sleep("5 minutes")
        expect(yield* fault.fired).toBeGreaterThan(2)
        expect(yield* fault.fired, "with a backoff").toBeLessThan(2 * 20)
        for (const { nodeName } of nodes) {
          expect(yield* Seen.messages(world, nodeName, "TrunkENICreationFailed")).toEqual([why])
          expect(yield* Seen.messages(world, nodeName, "NodeTrunkFailedInit")).toEqual(["The node failed initializing trunk interface"])
        }
        yield* fault.remove
        yield* Oracles.ready(world)
        for (const { nodeName } of nodes) {
          expect(yield* Seen.messages(world, nodeName, "NodeTrunkInitiated")).toEqual(["The node has trunk interface initialized successfully"])
        }
        yield* Oracles.atPeace(world)
      }))
  })
})
