import type { PodUid } from "@branchline/core/model/Ids"
import { DateTime, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { itemsOf } from "../../src/cluster/Found.js"
import { nowOf } from "../../src/cluster/Look.js"
import type { SeenEvent, SeenPod } from "../../src/cluster/Seen.js"
import { judge } from "../../src/observe/Judge.js"
import { lookAt } from "../../src/observe/LookAt.js"
import { noMemory } from "../../src/observe/Memory.js"
import type { Observed } from "../../src/observe/Observed.js"
import type { Sight } from "../../src/observe/Sight.js"
import { pod } from "../support/Documents.js"
import { played } from "../support/Live.js"
import { healthy, placeIn, settings } from "./Beside.js"

/** A look at a pod that runs under VLAN id 1. */
const before: Sight = played(Effect.gen(function*() {
  const { world } = yield* healthy()
  yield* world.apply(pod("first"))
  yield* world.waitForPhase("first", "Running")
  yield* Effect.sleep("30 seconds")
  return yield* lookAt(yield* placeIn(world))
}))
const start = nowOf(before.look)
const [first] = itemsOf(before.look.cluster.pods) as readonly [SeenPod]
const at = (seconds: number): string => DateTime.formatIso(DateTime.makeUnsafe(start + seconds * 1000))

const condition = (type: string, seconds: number) => ({ type, status: "True", lastTransitionTime: at(seconds) })
const second = (change: Partial<NonNullable<SeenPod["status"]>> = {}): SeenPod => ({
  ...first,
  metadata: { ...first.metadata, name: "second", uid: "second" as PodUid },
  status: { phase: "Running", conditions: [], ...change }
})
const ended = (seconds: number): SeenPod => ({
  ...first,
  status: { phase: "Succeeded", containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0, finishedAt: at(seconds) } } }] }
})
const allocated = (seconds: number): SeenEvent => ({
  metadata: { name: "second.1", namespace: "default", uid: "e", resourceVersion: "1" },
  involvedObject: { kind: "Pod", namespace: "default", name: "second", uid: "second" },
  reason: "ResourceAllocated",
  firstTimestamp: at(seconds)
})

/** What is told of VLAN ids at a look so many seconds later, which finds these pods and events. */
const told = (seconds: number, pods: ReadonlyArray<SeenPod>, events: ReadonlyArray<SeenEvent> = []): ReadonlyArray<Observed> => {
  const after: Sight = { ...before, look: { ...before.look, takenAt: at(seconds), cluster: { ...before.look.cluster, pods: { items: pods }, events: { items: events } } } }
  const { memory } = judge(noMemory, { _tag: "Sight", sight: before }, start, settings)
  return judge(memory, { _tag: "Sight", sight: after }, start + seconds * 1000, settings).differences.map(({ what }) => what).filter(({ _tag }) => _tag === "VlanReusedEarly")
}

const reused = (within: number) => [{ _tag: "VlanReusedEarly", node: first.spec.nodeName, vlanId: 1, pod: "default/second", before: "default/first", within: within * 1000, cooldown: 60_000 }]

describe("when an id went from one pod to the next", () => {
  it("is between the last look at the one and the first at the other, at most", () => {
    expect(told(59, [second()])).toEqual(reused(59))
    expect(told(60, [second()])).toEqual([])
  })

  it("is no earlier than the end of the one's containers", () => {
    expect(told(70, [second(), ended(45)])).toEqual(reused(25))
    expect(told(70, [second(), ended(5)])).toEqual([])
  })

  it("is no later than the other's having a network", () => {
    expect(told(90, [second({ conditions: [condition("Ready", 40)] })])).toEqual(reused(40))
    expect(told(90, [second({ conditions: [condition("Ready", 61)] })])).toEqual([])
    // Being scheduled is no network.
    expect(told(90, [second({ conditions: [condition("PodScheduled", 10)] })])).toEqual([])
  })

  it("is no later than the controller's telling of it", () => {
    expect(told(90, [second()], [allocated(30)])).toEqual(reused(30))
    expect(told(90, [second()], [allocated(75)])).toEqual([])
  })

  it("is nobody's concern on an instance that only has the node's name", () => {
    const node = itemsOf(before.look.cluster.nodes)[0]!
    const other = { ...node, spec: { ...node.spec, providerID: "aws:///eu-west-1a/i-0fffffffffffffff0" } }
    const after: Sight = { ...before, look: { ...before.look, takenAt: at(20), cluster: { ...before.look.cluster, nodes: { items: [other] }, pods: { items: [second()] } } } }
    const { memory } = judge(noMemory, { _tag: "Sight", sight: before }, start, settings)
    expect(judge(memory, { _tag: "Sight", sight: after }, start + 20_000, settings).differences.filter(({ what }) => what._tag === "VlanReusedEarly")).toEqual([])
  })

  it("is forgotten long after a cooldown", () => {
    const gone: Sight = { ...before, look: { ...before.look, takenAt: at(20), cluster: { ...before.look.cluster, pods: { items: [] } } } }
    const { memory } = judge(noMemory, { _tag: "Sight", sight: before }, start, settings)
    const holders = (seconds: number) => judge(memory, { _tag: "Sight", sight: gone }, start + seconds * 1000, settings).memory.holders.size
    expect([holders(20), holders(659), holders(660)]).toEqual([1, 1, 0])
  })
})
