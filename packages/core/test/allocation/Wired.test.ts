/** Ids that a node wired from an annotation of its last instance, before anybody could write another. */
import { describe, expect, it } from "vitest"
import * as Trunk from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import { admitting, details, discovered, held, instanceId, pod, requested, trunkId, trunkIs } from "./Fixtures.js"

const after = (events: ReadonlyArray<TrunkEvent>): Trunk.Trunk =>
  events.reduce((trunk, event) => step(trunk, event).trunk, Trunk.empty(instanceId, 9))

const wired = (name: string, vlanId: number): TrunkEvent => {
  const event = requested(pod(name))
  return event._tag === "PodRequested" ? { ...event, wired: vlanId } : event
}
const ready = [trunkIs(trunkId), { _tag: "VlanWired", vlanId: 1, now: 0 }, admitting(true)] as const

describe("a VLAN id that the node may have wired", () => {
  it("is its pod's and nobody else's, whoever asks first", () => {
    const trunk = after([...ready, requested(pod("other")), wired("kept", 1)])
    expect(Trunk.branchOf(trunk, pod("kept").uid)?.vlanId).toBe(1)
    expect(Trunk.branchOf(trunk, pod("other").uid)?.vlanId).toBe(2)
  })

  it("is its pod's after a wait in line, too", () => {
    const trunk = after([trunkIs(trunkId), { _tag: "VlanWired", vlanId: 1, now: 0 }, requested(pod("other")), wired("kept", 1), admitting(true)])
    expect(Trunk.branchOf(trunk, pod("kept").uid)?.vlanId).toBe(1)
  })

  it("is its pod's where the branch of its annotation turns out to be another instance's", () => {
    const kept = pod("kept")
    const trunk = after([trunkIs(trunkId), admitting(true), held(kept, details(7, 1)), { _tag: "BranchElsewhere", key: kept.uid, now: 0 }])
    expect([Trunk.branchesOf(trunk), trunk.occupied]).toEqual([[], 0])
    const next = [requested(pod("other")), wired("kept", 1)].reduce((state, event) => step(state, event).trunk, trunk)
    expect([pod("kept"), pod("other")].map(({ uid }) => Trunk.branchOf(next, uid)?.vlanId)).toEqual([1, 2])
  })

  it("stays with a branch that EC2 told of, which is nobody else's", () => {
    const kept = pod("kept")
    const trunk = after([...ready, held(kept, details(7, 1)), discovered(7, { vlanId: 1, associated: true })])
    const { refusal, trunk: same } = step(trunk, { _tag: "BranchElsewhere", key: kept.uid, now: 0 })
    expect([refusal, same]).toEqual(["EC2 told of it, too", trunk])
  })

  it("is another where somebody has it, and where it is none", () => {
    expect(Trunk.branchOf(after([trunkIs(trunkId), admitting(true), requested(pod("other")), wired("kept", 1)]), pod("kept").uid)?.vlanId).toBe(2)
    expect(Trunk.branchOf(after([...ready, wired("kept", 4096)]), pod("kept").uid)?.vlanId).toBe(2)
    expect(step(after(ready), { _tag: "VlanWired", vlanId: 4096, now: 0 }).refusal).toBe("nobody would get this id anyway")
  })
})
