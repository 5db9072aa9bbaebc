/** Ids that a node wired from an annotation of its last instance, before anybody could write another. */
import { describe, expect, it } from "vitest"
import * as Trunk from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import { admitting, instanceId, pod, requested, trunkId, trunkIs } from "./Fixtures.js"

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

  it("is another where somebody has it, and where it is none", () => {
    expect(Trunk.branchOf(after([trunkIs(trunkId), admitting(true), requested(pod("other")), wired("kept", 1)]), pod("kept").uid)?.vlanId).toBe(2)
    expect(Trunk.branchOf(after([...ready, wired("kept", 4096)]), pod("kept").uid)?.vlanId).toBe(2)
    expect(step(after(ready), { _tag: "VlanWired", vlanId: 4096, now: 0 }).refusal).toBe("nobody would get this id anyway")
  })
})
