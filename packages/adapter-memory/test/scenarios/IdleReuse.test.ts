import { podEni, validatePodWebhook } from "@branchline/core/model/Names"
import { pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { defaultAllocationSettings, type IdleSettings } from "@branchline/core/allocation/AllocationSettings"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import { group, type World, type WorldOptions } from "./World.js"

const other = "sg-0123456789abcdef0"
const options = (idle: Partial<IdleSettings>, floor = 16): WorldOptions => ({
  nodes: 3,
  securityGroups: [group, other],
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  settings: {
    idleAddressFloor: floor,
    allocation: { ...defaultAllocationSettings, idle: { regroup: false, timeToLive: 3_600_000, cap: 9, ...idle } }
  }
})

/** Pods that run on the first node and end; what they had has cooled. */
const leaveIdle = Effect.fnUntraced(function*(world: World, count: number) {
  yield* world.apply(Manifests.policy())
  yield* world.apply(Manifests.policy({ name: "db", groups: [other], match: { app: "db" } }))
  yield* Oracles.ready(world)
  const [nodeName = ""] = world.nodes.keys()
  const names = Seen.names("first", count)
  for (const name of names) yield* world.apply(Manifests.pod(name, { spec: { nodeName } }))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  const branches = yield* Effect.forEach(names, (name) => Effect.map(world.pod(name), (pod) => detailsOf(pod ?? {})?.eniId))
  for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name }, {})
  yield* Effect.sleep("90 seconds")
  return { nodeName, branches }
})

const present = (world: World, branches: ReadonlyArray<string | undefined>) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.filter(({ eniId }) => branches.includes(eniId)).length)

/** Runs another pod; answers the calls that it cost, and its branch. */
const next = Effect.fnUntraced(function*(world: World, nodeName: string, app: string, namespace = "default") {
  const since = yield* Clock.currentTimeMillis
  yield* world.apply(Manifests.pod("second", { metadata: { namespace, labels: { app } }, spec: { nodeName } }))
  const pod = yield* world.waitForPhase("second", "Running", { namespace })
  const calls = yield* Seen.calls(world, { since })
  return { actions: calls.map(({ action }) => action), eniId: detailsOf(pod)?.eniId }
})

const noPolicies = (world: World) =>
  Effect.forEach(["web", "db"], (name) =>
    world.admin.delete(securityGroupPolicies, { namespace: "default", name }))

describe("Idle reuse", () => {
  // Guarded by: allocation/step/Release.ts, afterCooling; allocation/step/Request.ts, takeIdle.
  it("costs no EC2 call for the same groups", () => {
    seeds(3, options({}), (world) =>
      Effect.gen(function*() {
        const { branches, nodeName } = yield* leaveIdle(world, 1)
        const { actions, eniId } = yield* next(world, nodeName, "web")
        expect(actions).toEqual([])
        expect(branches).toEqual([eniId])
        yield* noPolicies(world)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: allocation/step/Request.ts, idleFor, `idle.regroup`.
  it("costs one call for other groups where that is allowed, and is none where it is not", () => {
    for (const regroup of [true, false]) {
      seeds(3, options({ regroup }), (world) =>
        Effect.gen(function*() {
          const { branches, nodeName } = yield* leaveIdle(world, 1)
          const { actions, eniId } = yield* next(world, nodeName, "db")
          expect(actions).toEqual(regroup
            ? ["ModifyNetworkInterfaceAttribute"]
            : ["CreateNetworkInterface", "CreateNetworkInterfacePermission", "AssociateTrunkInterface"])
          expect(branches.includes(eniId)).toBe(regroup)
          yield* noPolicies(world)
          yield* Oracles.atPeace(world, { groups: () => [other] })
        }))
    }
  })

  // Guarded by: controller/Ledger.ts, byBranch: EC2's tags name the pod that had the branch before.
  it("keeps a branch at its pod although somebody writes over the annotation while no controller is there", () => {
    seeds(3, options({}), (world) =>
      Effect.gen(function*() {
        const { branches, nodeName } = yield* leaveIdle(world, 1)
        const { eniId } = yield* next(world, nodeName, "web")
        expect(branches).toEqual([eniId])
        const second = { namespace: "default", name: "second" }
        const good = detailsOf((yield* world.pod("second")) ?? {})
        yield* world.crash
        yield* world.kubernetes.unregisterWebhook("vpc-resource-validating-webhook", validatePodWebhook.name)
        yield* world.admin.patch(podResource, second, { _tag: "merge", patch: { metadata: { annotations: { [podEni]: "[]" } } } })
        yield* Effect.sleep("5 seconds")
        yield* world.start
        const mended = yield* eventually("it is mended", Effect.map(world.pod("second"), (pod) => detailsOf(pod ?? {})))
        expect([mended.eniId, mended.vlanId]).toEqual([good?.eniId, good?.vlanId])
        yield* Effect.sleep("3 minutes")
        expect(yield* present(world, branches)).toBe(1)
        yield* noPolicies(world)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: allocation/step/Request.ts, idleFor, `branch.pod?.namespace`.
  it("never crosses namespaces", () => {
    seeds(3, options({ regroup: true }), (world) =>
      Effect.gen(function*() {
        const { branches, nodeName } = yield* leaveIdle(world, 1)
        yield* world.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } })
        yield* world.apply({ ...Manifests.policy(), metadata: { name: "web", namespace: "elsewhere" } })
        // The webhook hears of the policy by its watch.
        yield* Effect.sleep("1 second")
        const { actions, eniId } = yield* next(world, nodeName, "web", "elsewhere")
        expect(actions).toContain("CreateNetworkInterface")
        expect(branches).not.toContain(eniId)
        expect(yield* present(world, branches), "the idle one stays idle").toBe(1)
      }))
  })

  // Guarded by: allocation/step/Release.ts, podReleased, Idle.
  it("ends with its time to live", () => {
    seeds(3, options({ timeToLive: 300_000 }), (world) =>
      Effect.gen(function*() {
        const { branches } = yield* leaveIdle(world, 2)
        yield* Effect.sleep("4 minutes")
        expect(yield* present(world, branches)).toBe(2)
        yield* Effect.sleep("1 minute")
        expect(yield* present(world, branches)).toBe(0)
        yield* Oracles.atPeace(world, { unowned: "8 minutes" })
      }))
  })

  // Guarded by: allocation/step/Release.ts, afterCooling, `idle.cap`; controller/BranchReconciler.ts, mayIdle.
  it("keeps no more than its cap, and none where the subnet's addresses run short", () => {
    seeds(3, options({ cap: 2 }), (world) =>
      Effect.gen(function*() {
        const { branches } = yield* leaveIdle(world, 5)
        expect(yield* present(world, branches)).toBe(2)
      }))
    seeds(3, options({}, 10_000), (world) =>
      Effect.gen(function*() {
        const { branches } = yield* leaveIdle(world, 5)
        expect(yield* present(world, branches)).toBe(0)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: allocation/step/Request.ts, startOrWait, `oldestIdle`.
  it("gives way to a pod that needs the room", () => {
    seeds(3, options({}), (world) =>
      Effect.gen(function*() {
        const { branches, nodeName } = yield* leaveIdle(world, 9)
        expect(yield* present(world, branches)).toBe(9)
        const { actions } = yield* next(world, nodeName, "db")
        expect(actions).toContain("CreateNetworkInterface")
        expect(yield* present(world, branches)).toBe(8)
      }))
  })
})
