import type { Cluster } from "@branchline/adapter-memory/Cluster"
import { countByAction } from "@branchline/adapter-memory/ec2/CallLog"
import { Clock, Effect, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { complaints } from "../../src/plan/Complaints.js"
import { planOf } from "../../src/plan/PlanOf.js"
import { policy, serviceAccount } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const asked = { prune: false, quota: 5 }

const deployment = (name: string, replicas: number, labels: Readonly<Record<string, string>> = { role: "db" }): Schema.JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: { replicas, strategy: { type: "Recreate" }, template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "registry.example/app:1", imagePullPolicy: "IfNotPresent" }] } } }
})

/** The plan for documents, as `branchline plan -f` makes it of a world. */
const planned = Effect.fnUntraced(function*(world: Cluster, ...documents: ReadonlyArray<Schema.JsonObject>) {
  const look = yield* lookAt(world, { aws: true })
  return Result.getOrThrow(planOf(look, documents.map((document, i) => ({ name: `${i}.json`, text: JSON.stringify(document) })), asked))
})

const phases = Effect.fnUntraced(function*(world: Cluster) {
  const Phase = Schema.Struct({ status: Schema.optionalKey(Schema.Struct({ phase: Schema.optionalKey(Schema.String) })) })
  const all = (yield* world.pods("default")).map((pod) => Schema.decodeUnknownSync(Phase)(pod).status?.phase ?? "Pending")
  return (phase: string): number => all.filter((one) => one === phase).length
})

const branchCalls = Effect.fnUntraced(function*(world: Cluster) {
  const counts = countByAction(yield* world.ec2.calls)
  return (action: string): number => counts.get(action) ?? 0
})

/** Until so many pods run; the seconds that it took. */
const untilRunning = Effect.fnUntraced(function*(world: Cluster, count: number) {
  const start = yield* Clock.currentTimeMillis
  while ((yield* phases(world))("Running") < count) yield* Effect.sleep("100 millis")
  return ((yield* Clock.currentTimeMillis) - start) / 1_000
})

describe("what a plan tells comes to pass in a cluster", () => {
  it("of pods that fit, of EC2's calls and of addresses", () => {
    played(Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Effect.sleep("30 seconds")
      const told = yield* planned(world, policy("db", [database]), deployment("db", 8))
      expect(complaints(told)).toEqual([])
      expect(told.workloads[0]?.slots).toMatchObject({ needed: 8, left: 0 })
      expect(told.subnets).toMatchObject([{ planned: 8, short: 0 }])
      const before = yield* branchCalls(world)
      yield* world.apply(policy("db", [database]))
      yield* Effect.sleep("2 seconds")
      yield* world.apply(deployment("db", 8))
      yield* untilRunning(world, 8)
      const after = yield* branchCalls(world)
      expect(told.calls.now.byAction.map(({ action }) => action)).toHaveLength(3)
      for (const { action, calls } of told.calls.now.byAction) expect(after(action) - before(action)).toBe(calls)
      const [subnet] = told.subnets
      const { subnets } = yield* world.ec2.control.snapshot
      expect(subnet?.free).toBeDefined()
      expect(subnets[0]?.freeAddresses).toBe((subnet?.free ?? 0) - 8)
    }))
  })

  it("of pods that find no slot", () => {
    played(Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Effect.sleep("30 seconds")
      yield* world.apply(policy("db", [database]))
      yield* Effect.sleep("2 seconds")
      const told = yield* planned(world, deployment("db", 12))
      expect(told.workloads[0]?.slots).toMatchObject({ needed: 12, left: 3, wouldHelp: [{ type: "m5.large", slots: 9, nodes: 1 }] })
      yield* world.apply(deployment("db", 12))
      yield* untilRunning(world, 9)
      yield* Effect.sleep("30 seconds")
      expect((yield* phases(world))("Pending")).toBe(3)
      // The node that the plan asks for is enough.
      yield* world.addNode()
      yield* untilRunning(world, 12)
    }))
  })

  it("of running pods, which keep their groups until they are made again, and of what they get then", () => {
    played(Effect.gen(function*() {
      const world = yield* makeWorld({ securityGroups: [database, "sg-0000000000000000e"] })
      yield* Effect.sleep("30 seconds")
      yield* world.apply(policy("db", [database]))
      yield* Effect.sleep("2 seconds")
      yield* world.apply(deployment("db", 2))
      yield* untilRunning(world, 2)
      yield* Effect.sleep("10 seconds")
      const more = policy("more", ["sg-0000000000000000e"])
      const [change] = (yield* planned(world, more)).running
      expect(change).toMatchObject({ owner: "Deployment default/db", branch: "another", when: "next", groups: { before: [database], after: [database, "sg-0000000000000000e"] } })
      yield* world.apply(more)
      yield* Effect.sleep("60 seconds")
      const groupsOfBranches = Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.filter(({ type }) => type === "branch").map(({ groups }) => groups.join(" ")))
      expect(new Set(yield* groupsOfBranches)).toEqual(new Set([database]))
      // Applied: the same plan has nothing left to tell.
      expect((yield* planned(world, more)).policies).toMatchObject([{ change: "unchanged" }])
      const [first] = change?.pods ?? []
      yield* world.admin.delete({ group: "", version: "v1", plural: "pods", namespaced: true, kind: "Pod" }, { namespace: "default", name: first ?? "" })
      yield* Effect.sleep("20 seconds")
      expect(yield* groupsOfBranches).toContain(change?.groups.after.join(" "))
    }))
  })

  it("of a rollout that has to wait for slots that cool: not sooner, and hardly later", () => {
    played(Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Effect.sleep("30 seconds")
      yield* world.apply(policy("db", [database]))
      yield* world.apply(serviceAccount("default"))
      yield* Effect.sleep("2 seconds")
      yield* world.apply(deployment("db", 9))
      yield* untilRunning(world, 9)
      const changed = deployment("db", 9, { role: "db", version: "2" })
      const told = yield* planned(world, changed)
      expect(told.workloads[0]).toMatchObject({ change: "exchanged", rollout: { answer: "stalls", leastSeconds: 60, held: 9, slots: 0, stalls: { coolingSlots: 9 } } })
      // The world's Deployments exchange nothing by themselves: this is what Recreate does.
      yield* world.apply(deployment("db", 0))
      while ((yield* phases(world))("Running") > 0) yield* Effect.sleep("100 millis")
      yield* world.apply(changed)
      const took = yield* untilRunning(world, 9)
      expect(took).toBeGreaterThanOrEqual(55)
      expect(took).toBeLessThan(75)
    }))
  })
})
