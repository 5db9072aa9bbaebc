import type { InstanceId } from "@branchline/core/model/Ids"
import { cniOwnerTagValue, clusterTag, clusterTagValue, instanceIdTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { cniNodes } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const latencies = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const
const cluster = { [clusterTag("seed")]: clusterTagValue }

const isThere = (world: World, eniId: string) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.some((one) => one.eniId === eniId))

const interfacesOf = (world: World, instanceId: string) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.filter(({ tags }) => tags[instanceIdTag] === instanceId))

const hasCniNode = (world: World, name: string) =>
  Effect.map(Effect.option(world.admin.get(cniNodes, { name })), ({ _tag }) => _tag === "Some")

describe("The leak sweep", () => {
  // Guarded by: controller/Sweep.ts, sweepInterfaces, `suspects`, and unowned, its filter.
  it("deletes after two looks what the controller or the CNI left available, and nobody else's", () => {
    seeds(5, { nodes: 3, settings: { sweepInterval: 60_000 }, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("web-0"))
        yield* world.waitForPhase("web-0", "Running")
        const subnetId = world.subnets[0]!.subnetId
        const [first] = world.nodes.values()
        const make = (tags: Readonly<Record<string, string>>, attachTo?: { readonly instanceId: InstanceId; readonly deviceIndex: number }) =>
          Effect.map(world.ec2.control.createForeignInterface({ subnetId, tags, attachTo }), ({ eniId }) => eniId)
        const begin = yield* Clock.currentTimeMillis
        const leaked = [
          yield* make({ ...cluster, [ownerTag]: ownerTagValue }),
          yield* make({ ...cluster, [ownerTag]: cniOwnerTagValue })
        ]
        const kept = [
          yield* make({}),
          yield* make(cluster),
          yield* make({ [clusterTag("other")]: clusterTagValue, [ownerTag]: ownerTagValue }),
          yield* make({ ...cluster, [ownerTag]: "somebody-else" }),
          yield* make({ ...cluster, [ownerTag]: cniOwnerTagValue }, { instanceId: first!.instanceId, deviceIndex: 1 })
        ]
        yield* Effect.sleep("4 minutes")
        for (const eniId of leaked) expect(yield* isThere(world, eniId)).toBe(false)
        for (const eniId of kept) expect(yield* isThere(world, eniId)).toBe(true)
        const looks = (yield* Seen.calls(world, { action: "DescribeNetworkInterfaces", since: begin }))
          .filter(({ parameters }) => parameters["status"] === "available")
        const deletions = yield* Seen.calls(world, { action: "DeleteNetworkInterface", since: begin })
        expect(deletions.map(({ parameters }) => parameters["NetworkInterfaceId"]).sort()).toEqual([...leaked].sort())
        expect(deletions[0]!.at, "two looks before the first deletion").toBeGreaterThanOrEqual(looks[1]!.at)
        expect(deletions[0]!.at - begin).toBeGreaterThan(60_000)
        // The other cluster's is told apart by its tag here, and by nobody else.
        yield* world.ec2.control.deleteInterfaceByHand(kept[2]!)
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })
})

describe("An instance that is terminated", () => {
  // Guarded by: controller/Retirement.ts, clear: what the tag names first, the finalizer last.
  it("leaves nothing: everything that its tag names is removed, and then its CNINode let go", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [node] = world.nodes.values()
        const { instanceId, nodeName } = node!
        for (const name of Seen.names("web", 4)) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
        for (const name of Seen.names("web", 4)) yield* world.waitForPhase(name, "Running")
        expect((yield* interfacesOf(world, instanceId)).length).toBe(5)
        const fault = yield* world.faults.add({
          on: { port: "ec2", operation: "deleteInterface" },
          when: "before",
          reason: { _tag: "Throttled" },
          until: (yield* Clock.currentTimeMillis) + 90_000
        })
        yield* world.terminateNode(nodeName)
        yield* Effect.sleep("85 seconds")
        expect(yield* fault.fired).toBeGreaterThan(1)
        expect(yield* hasCniNode(world, nodeName), "the CNINode waits for EC2").toBe(true)
        expect((yield* interfacesOf(world, instanceId)).length, "the trunk went with the instance").toBe(4)
        yield* eventually("the CNINode is gone", Effect.map(hasCniNode(world, nodeName), (there) => there ? undefined : true), { every: "5 millis" })
        expect(yield* interfacesOf(world, instanceId)).toEqual([])
        yield* Oracles.atPeace(world)
      }))
  })
})
