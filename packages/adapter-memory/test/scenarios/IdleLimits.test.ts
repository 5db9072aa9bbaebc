import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import { pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Document } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"
import { group, type World, type WorldOptions } from "./World.js"

const other = "sg-0123456789abcdef0"
const options: WorldOptions = {
  nodes: 3,
  securityGroups: [group, other],
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  settings: { allocation: { ...defaultAllocationSettings, idle: { regroup: true, timeToLive: 3_600_000, cap: 9 } } }
}

/** Runs a pod on a node; answers its branch. */
const run = Effect.fnUntraced(function*(world: World, name: string, nodeName: string, metadata: Document = {}) {
  yield* world.apply(Manifests.pod(name, { metadata, spec: { nodeName } }))
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "default"
  return detailsOf(yield* world.waitForPhase(name, "Running", { namespace }))?.eniId ?? "none"
})

const end = Effect.fnUntraced(function*(world: World, name: string) {
  yield* world.admin.delete(podResource, { namespace: "default", name }, {})
  yield* eventually(`${name} is gone`, Effect.map(world.pod(name), (found) => found === undefined ? true : undefined), { within: "1 minute" })
})

const begin = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.policy())
  yield* world.apply(Manifests.policy({ name: "db", groups: [other], match: { app: "db" } }))
  yield* Oracles.ready(world)
  return [...world.nodes.keys()][0] ?? ""
})

const isThere = (world: World, eniId: string) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.some((one) => one.eniId === eniId))

/** No policy names the groups of idle branches any more, so that none is left for the oracle. */
const withdraw = (world: World, ...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => world.admin.delete(securityGroupPolicies, { namespace: "default", name }), { discard: true })

describe("An idle branch", () => {
  // Guarded by: allocation/step/Request.ts, idleFor, `state._tag === "Idle"`: what cools still is nobody's.
  it("is none before its full cooldown: the next pod gets another one", () => {
    seeds(5, options, (world) =>
      Effect.gen(function*() {
        const nodeName = yield* begin(world)
        const first = yield* run(world, "first", nodeName)
        yield* end(world, "first")
        yield* Effect.sleep("50 seconds")
        expect(yield* isThere(world, first)).toBe(true)
        expect(yield* run(world, "second", nodeName)).not.toBe(first)
        yield* Effect.sleep("15 seconds")
        expect(yield* run(world, "third", nodeName), "now it has cooled").toBe(first)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/PolicyWatch.ts, giveUpIdle.
  it("is given up when no policy names its groups any more, whether the policy went or changed", () => {
    seeds(5, options, (world) =>
      Effect.gen(function*() {
        const nodeName = yield* begin(world)
        const web = yield* run(world, "web", nodeName)
        const db = yield* run(world, "db", nodeName, { labels: { app: "db" } })
        yield* end(world, "web")
        yield* end(world, "db")
        yield* Effect.sleep("10 minutes")
        expect([yield* isThere(world, web), yield* isThere(world, db)]).toEqual([true, true])
        yield* world.apply(Manifests.policy({ groups: [other] }))
        yield* Effect.sleep("10 seconds")
        expect([yield* isThere(world, web), yield* isThere(world, db)], "the policy has other groups now").toEqual([false, true])
        yield* withdraw(world, "db")
        yield* Effect.sleep("10 seconds")
        expect(yield* isThere(world, db), "the other policy names its group").toBe(true)
        yield* withdraw(world, "web")
        yield* Effect.sleep("10 seconds")
        expect(yield* isThere(world, db)).toBe(false)
        yield* Oracles.atPeace(world, { unowned: "13 minutes" })
      }))
  })

  // Guarded by: allocation/step/Request.ts, startOrWait, `oldestIdle`; idleFor, `branch.pod?.namespace`.
  it("is given up for a pod of another namespace that needs its place, and is not that pod's", () => {
    seeds(3, options, (world) =>
      Effect.gen(function*() {
        const nodeName = yield* begin(world)
        const names = Seen.names("web", 9)
        const idle = yield* Effect.forEach(names, (name) => run(world, name, nodeName), { concurrency: 9 })
        yield* Effect.forEach(names, (name) => end(world, name), { concurrency: 9, discard: true })
        yield* Effect.sleep("2 minutes")
        yield* world.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } })
        yield* world.apply({ ...Manifests.policy(), metadata: { name: "web", namespace: "elsewhere" } })
        // Until the webhook has heard of it.
        yield* Effect.sleep("1 second")
        const before = yield* Effect.filter(idle, (eniId) => isThere(world, eniId))
        expect(before).toEqual(idle)
        const since = yield* Clock.currentTimeMillis
        expect(idle).not.toContain(yield* run(world, "web-0", nodeName, { namespace: "elsewhere" }))
        expect(yield* Effect.filter(idle, (eniId) => isThere(world, eniId))).toHaveLength(8)
        expect(yield* Seen.calls(world, { action: "ModifyNetworkInterfaceAttribute", since }), "none is regrouped").toEqual([])
        yield* withdraw(world, "web", "db")
        yield* world.admin.delete(securityGroupPolicies, { namespace: "elsewhere", name: "web" })
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: allocation/step/Ledger.ts, branchDiscovered, `cooling`: the full time, because EC2 does not say when its pod ended.
  it("is a cooling one after a restart: nobody's any more, and gone after its full time", () => {
    seeds(5, options, (world) =>
      Effect.gen(function*() {
        const nodeName = yield* begin(world)
        const first = yield* run(world, "first", nodeName)
        yield* end(world, "first")
        yield* Effect.sleep("5 minutes")
        yield* world.crash
        yield* world.start
        expect(yield* run(world, "second", nodeName)).not.toBe(first)
        yield* Effect.sleep("45 seconds")
        expect(yield* isThere(world, first), "it cools").toBe(true)
        expect(yield* run(world, "third", nodeName)).not.toBe(first)
        yield* Effect.sleep("25 seconds")
        expect(yield* isThere(world, first)).toBe(false)
        yield* Oracles.atPeace(world, { unowned: "8 minutes" })
      }))
  })
})
