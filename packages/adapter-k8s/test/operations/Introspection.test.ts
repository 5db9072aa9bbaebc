import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import { pods as podResource } from "@branchline/core/model/Resource"
import { DateTime, Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { introspect, introspectNode, introspectPod } from "../../src/operations/Introspection.js"
import { type MeasuredWorld, play, pod, policy } from "./support/MeasuredWorld.js"
import { sampleOf } from "./support/PrometheusText.js"

const Pod = Schema.Struct({ namespace: Schema.String, name: Schema.String, uid: Schema.String })
const Branch = Schema.Struct({
  state: Schema.String,
  since: Schema.String,
  until: Schema.optionalKey(Schema.String),
  vlanId: Schema.Int,
  eni: Schema.String,
  pod: Pod
})
const Waiting = Schema.Struct({ pod: Pod, waitsFor: Schema.String, place: Schema.Int, since: Schema.String, nextFree: Schema.optionalKey(Schema.String) })
const Vlan = Schema.Struct({ vlanId: Schema.Int, until: Schema.String })
const Trunk = Schema.Struct({
  instance: Schema.String,
  node: Schema.String,
  trunk: Schema.String,
  admitting: Schema.Boolean,
  vlanIds: Schema.Struct({ inUse: Schema.Array(Schema.Int), quarantined: Schema.Array(Vlan), resting: Schema.Array(Vlan) }),
  branches: Schema.Array(Branch),
  waiting: Schema.Array(Waiting)
})
const Everything = Schema.Struct({
  now: Schema.String,
  queue: Schema.Struct({ ready: Schema.Record(Schema.String, Schema.Int), delayed: Schema.Int, running: Schema.Int }),
  leadership: Schema.Struct({ leading: Schema.Boolean, holder: Schema.String, since: Schema.String }),
  trunks: Schema.Array(Trunk),
  policies: Schema.Array(Schema.Struct({ namespace: Schema.String, name: Schema.String, state: Schema.String })),
  settings: Schema.Struct({ clusterName: Schema.String, unmatched: Schema.String, workers: Schema.Int })
})
const About = Schema.Struct({
  waitsFor: Schema.Struct({ cause: Schema.Struct({ _tag: Schema.String }), actor: Schema.String, next: Schema.String }),
  story: Schema.Array(Schema.String)
})
const AboutPod = Schema.Struct({ ...About.fields, pod: Pod, node: Schema.String, branches: Schema.Array(Branch), line: Schema.Array(Waiting) })

/** As it leaves the process, and as somebody else reads it. */
const read = <A>(schema: Schema.ConstraintDecoder<A>, value: unknown): A => Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(value)))

const millis = (iso: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(iso))

const names = Array.from({ length: 9 }, (_, index) => `web-${index}`)

/** Nine pods on an m5.large, of which one's first VLAN id was refused and one is gone; a tenth waits for the place. */
const crowded = (world: MeasuredWorld) =>
  Effect.gen(function*() {
    yield* world.apply(policy())
    yield* world.offering
    yield* world.faults.add({ on: { port: "ec2", operation: "associateBranch", match: { vlanId: 1 } }, when: "before", reason: { _tag: "Taken", what: "vlan" }, times: 1 })
    for (const name of names) yield* world.apply(pod(name))
    for (const name of names) yield* world.waitForPhase(name, "Running")
    yield* world.admin.delete(podResource, { namespace: "default", name: "web-4" })
    yield* world.waitUntilGone("web-4")
    yield* world.apply(pod("late"))
    const { knowledge, pacing, queue } = world.controller()
    const waits = Effect.sync(() => ([...knowledge.fleet.members()].some(({ trunk }) => trunk.waiting.length > 0) ? true : undefined))
    yield* eventually("the late one is in line", waits)
    yield* Effect.sleep("10 seconds")
    const now = yield* world.now
    const leadership = { leading: true, holder: "branchline-0", since: now - 1_000 }
    const [node] = world.nodes.values()
    return {
      now,
      node: node!,
      page: yield* world.scrape,
      held: (yield* world.ec2.control.snapshot).associations.map(({ vlanId }) => Number(vlanId)).sort((a, b) => a - b),
      all: read(Everything, introspect({ controller: { knowledge, queue: yield* queue, pacing: yield* pacing }, leadership, now })),
      ofNode: read(About, introspectNode(knowledge, node!.nodeName, now)),
      late: read(AboutPod, introspectPod(knowledge, "default", "late", now)),
      running: read(AboutPod, introspectPod(knowledge, "default", "web-0", now)),
      unknown: [introspectNode(knowledge, "nobody", now), introspectPod(knowledge, "default", "nobody", now)]
    }
  })

describe("Introspection of a world in which a pod waits, a branch cools and a VLAN id is quarantined", () => {
  const seen = play({ settings: { allocation: { cooldown: 60_000, vlanQuarantine: 3_600_000, vlanRest: 60_000, idle: undefined } } }, crowded)
  const [trunk] = seen.all.trunks

  it("tells each branch: state, VLAN id, interface, pod, and since when", () => {
    expect(seen.all.trunks).toHaveLength(1)
    expect(trunk?.node).toBe(seen.node.nodeName)
    expect(trunk?.instance).toBe(seen.node.instanceId)
    expect(trunk?.branches).toHaveLength(9)
    const inUse = trunk!.branches.filter(({ state }) => state === "InUse")
    expect(inUse.map(({ pod: { name } }) => name).sort()).toEqual(names.filter((name) => name !== "web-4"))
    for (const { eni, since } of inUse) {
      expect(eni).toMatch(/^eni-/)
      expect(millis(since)).toBeLessThan(seen.now)
    }
  })

  it("tells of the cooling one until when, and of the pod in line what it waits for", () => {
    const cooling = trunk!.branches.filter(({ state }) => state === "Cooling")
    expect(cooling.map(({ pod: { name } }) => name)).toEqual(["web-4"])
    const until = millis(cooling[0]!.until ?? "")
    expect(until).toBeGreaterThan(seen.now)
    expect(until - seen.now).toBeLessThanOrEqual(50_000)
    expect(trunk?.waiting.map(({ place, pod: { name }, waitsFor }) => ({ name, place, waitsFor }))).toEqual([{ name: "late", place: 1, waitsFor: "full" }])
    expect(trunk?.waiting[0]?.nextFree).toBe(cooling[0]?.until)
  })

  it("tells which VLAN ids are in use, as EC2 has them, and which is quarantined", () => {
    expect(trunk?.vlanIds.inUse).toEqual(seen.held)
    expect(trunk?.vlanIds.quarantined.map(({ vlanId }) => vlanId)).toEqual([1])
    expect(seen.held).not.toContain(1)
  })

  it("agrees with what a scrape tells of the same moment", () => {
    const read = (name: string, labels: Readonly<Record<string, string>>) => sampleOf(seen.page, name, labels)
    for (const [is, should] of [
      [read("branchline_vlan_ids", { state: "in_use" }), 9],
      [read("branchline_vlan_ids", { state: "quarantined" }), 1],
      [read("branchline_pods_waiting", { why: "full" }), 1],
      [read("branchline_branches", { state: "Cooling" }), 1],
      [read("branchline_branch_slots", { slot: "occupied" }), 9],
      [read("trunk_eni_operations_err_count", { operation: "associate_branch" }), 1],
      [read("branchline_branch_failures_total", { state: "Associating", kind: "vlan refused" }), 1],
      [read("branchline_pods_told_to_wait_total", { why: "full" }), 1]
    ]) expect(is).toBe(should)
  })

  it("tells who leads, the queue, the policies and the settings", () => {
    expect(seen.all.leadership).toEqual({ leading: true, holder: "branchline-0", since: DateTime.formatIso(DateTime.makeUnsafe(seen.now - 1_000)) })
    expect(seen.all.queue.delayed).toBeGreaterThan(0)
    expect(seen.all.policies).toEqual([{ namespace: "default", name: "web", state: "valid" }])
    expect(seen.all.settings).toEqual({ clusterName: "seed", unmatched: "node-groups", workers: 128 })
  })

  it("tells a node's and a pod's story, and the one thing that each waits for", () => {
    expect(seen.ofNode.waitsFor.cause._tag).toBe("PodsInLine")
    expect(seen.late.waitsFor.cause._tag).toBe("SlotCooling")
    expect(seen.late.waitsFor.actor).toBe("time")
    expect(seen.late.node).toBe(seen.node.nodeName)
    expect(seen.late.branches).toEqual([])
    expect(seen.late.line.map(({ place }) => place)).toEqual([1])
    expect(seen.late.story.join("\n")).toMatch(/Waits for/)
    expect(seen.running.waitsFor.cause._tag).toBe("Served")
    expect(seen.running.branches.map(({ state }) => state)).toEqual(["InUse"])
    expect(seen.unknown).toEqual([undefined, undefined])
  })

  it("tells that it is another replica's to tell where no controller runs", () => {
    expect(introspect({ controller: undefined, leadership: { leading: false, holder: "branchline-1" }, now: 0 })).toEqual({
      now: "1970-01-01T00:00:00.000Z",
      leadership: { leading: false, holder: "branchline-1" },
      note: "no controller runs in this process: ask the leader"
    })
  })
})
