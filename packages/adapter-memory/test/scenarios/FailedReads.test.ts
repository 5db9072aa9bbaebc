import { controllerIdentities, podEni } from "@branchline/core/model/Names"
import { nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt } from "../../src/kubernetes/Document.js"
import { type Sight, startSeeing } from "./Blurred.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const options = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

const names = Seen.names("web", 6)

const populate = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  for (const name of names) yield* world.apply(Manifests.pod(name))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  return (yield* world.ec2.control.snapshot).associations
})

/** Nothing was taken from anybody, and no node was withdrawn for a moment. */
const unharmed = Effect.fnUntraced(function*(world: World, associations: Effect.Success<ReturnType<typeof populate>>) {
  const zeros = (yield* world.kubernetes.audit.events).filter(({ requestObject, user }) =>
    user.username === controllerIdentities[0] && JSON.stringify(requestObject ?? null).includes(`"${podEni}":"0"`))
  expect(zeros).toEqual([])
  const now = (yield* world.ec2.control.snapshot).associations
  expect(now.filter(({ branchId }) => associations.some((one) => one.branchId === branchId))).toEqual(associations)
  for (const name of names) expect(yield* Seen.messages(world, name, "TrunkInterfaceLost")).toEqual([])
})

/** Every node serves one pod more. */
const serveMore = Effect.fnUntraced(function*(world: World) {
  for (const nodeName of world.nodes.keys()) yield* world.apply(Manifests.pod(`more-${nodeName}`, { spec: { nodeName } }))
  for (const nodeName of world.nodes.keys()) yield* world.waitForPhase(`more-${nodeName}`, "Running", { within: "2 minutes" })
})

/** EC2 shows no instance as long as it is so. */
const withoutInstances = (isSo: () => boolean): Sight => (ec2) => ({
  ...ec2,
  describeInstances: (ids) => Effect.map(ec2.describeInstances(ids), (found) => isSo() ? [] : found)
})

describe("A node is not to be read for a while", () => {
  // Guarded by: controller/Reflector.ts, loop, where a list that failed is no list without objects; and behind it controller/BranchReconciler.ts,
  // surelyOver: who is not in the cache is read fresh before its branch is destroyed.
  it("because every list, read and describe fails for five minutes: it loses no branch", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        const associations = yield* populate(world)
        const until = (yield* Clock.currentTimeMillis) + 300_000
        const reason = { _tag: "Unavailable" } as const
        const lists = yield* world.faults.add({ on: { port: "kubernetes", operation: "list" }, when: "before", reason, until })
        yield* world.faults.add({ on: { port: "kubernetes", operation: "get", match: ({ subject }) => subject["plural"] !== "pods" }, when: "before", reason, until })
        yield* world.faults.add({ on: { port: "ec2", operation: "*", match: ({ operation }) => operation.startsWith("describe") }, when: "before", reason, until })
        yield* world.kubernetes.watches.breakWatches({ _tag: "Expired" }, { username: controllerIdentities[0]! })
        yield* Effect.sleep("5 minutes")
        expect(yield* lists.fired).toBeGreaterThan(10)
        yield* serveMore(world)
        yield* unharmed(world, associations)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, trunkFailed, which answers `failed`, so that the queue looks again, and manage, where an instance
  // that EC2 does not show is a failure and no answer.
  it("because EC2 shows no instance for a minute after a restart: it is managed again as soon as it does", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        const associations = yield* populate(world)
        let isBlind = true
        yield* startSeeing(world, withoutInstances(() => isBlind))
        // Two end meanwhile; what they had is the node's to give back.
        for (const name of names.slice(0, 2)) yield* world.admin.delete(podResource, { namespace: "default", name })
        yield* Effect.sleep("1 minute")
        isBlind = false
        yield* serveMore(world)
        const kept = associations.filter(({ branchId }) =>
          world.witness.tenancies().some(({ eniId, endedAt }) => eniId === branchId && endedAt === undefined))
        expect(kept).toHaveLength(4)
        yield* unharmed(world, kept)
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: controller/Retirement.ts, hasNode: an instance that nobody has joined yet is not gone because EC2 does not show it.
  it("because EC2 shows no instance, and a node is registered anew meanwhile: it loses no branch", () => {
    seeds(4, options, (world) =>
      Effect.gen(function*() {
        const associations = yield* populate(world)
        let isBlind = true
        yield* startSeeing(world, withoutInstances(() => isBlind))
        yield* Effect.sleep("20 seconds")
        const [nodeName = ""] = world.nodes.keys()
        yield* world.admin.delete(nodeResource, { name: nodeName }, {})
        yield* Effect.sleep("20 seconds")
        yield* world.nodes.get(nodeName)!.kubelet.register
        yield* Effect.sleep("8 minutes")
        isBlind = false
        yield* serveMore(world)
        yield* unharmed(world, associations)
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: controller/Sweep.ts, sweepTrunks, `instance === undefined`: who is not shown may have a trunk all the same.
  it("because EC2 shows no instance when the sweep looks: its trunk is not taken for lost", () => {
    const settings = { sweepInterval: 60_000 }
    seeds(4, { ...options, settings }, (world) =>
      Effect.gen(function*() {
        const associations = yield* populate(world)
        let isBlind = false
        yield* startSeeing(world, withoutInstances(() => isBlind), settings)
        yield* Effect.sleep("30 seconds")
        isBlind = true
        const since = yield* Clock.currentTimeMillis
        yield* Effect.sleep("3 minutes")
        expect((yield* Seen.calls(world, { action: "DescribeInstances", since })).length).toBeGreaterThan(1)
        isBlind = false
        yield* serveMore(world)
        yield* unharmed(world, associations)
        for (const name of names) expect(textAt((yield* world.pod(name)) ?? {}, "status", "phase")).toBe("Running")
        yield* Oracles.atPeace(world)
      }))
  })
})
