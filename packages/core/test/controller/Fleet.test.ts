import { assert, describe, it } from "@effect/vitest"
import * as Trunk from "../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import * as Fleet from "../../src/controller/Fleet.js"
import type { InstanceId } from "../../src/model/Ids.js"
import { details, discovered, face, held, instanceId, pod, released, requested, trunkId } from "../allocation/Fixtures.js"
import { member } from "./Fixtures.js"

const otherId = "i-00000002" as InstanceId
const admitting: TrunkEvent = { _tag: "AdmittingChanged", admitting: true, now: 0 }
const trunkThere: TrunkEvent = { _tag: "TrunkChanged", trunkId, now: 0 }

const withTrunk = (limit: number) => {
  const fleet = Fleet.make()
  const one = member({ trunk: Trunk.empty(instanceId, limit) })
  fleet.add(one)
  fleet.apply(one, trunkThere)
  fleet.apply(one, admitting)
  return { fleet, one }
}

describe("a fleet", () => {
  it("finds a member by instance and by node", () => {
    const { fleet, one } = withTrunk(9)
    assert.strictEqual(fleet.get(instanceId), one)
    assert.strictEqual(fleet.ofNode("node-1"), one)
    assert.isUndefined(fleet.get(otherId))
    assert.isUndefined(fleet.ofNode("node-2"))
    assert.deepStrictEqual([...fleet.members()], [one])
  })

  it("knows a node's name as the new instance's once it changed hands, and the old instance without it", () => {
    const { fleet, one } = withTrunk(9)
    fleet.detach(one)
    assert.isUndefined(one.nodeName)
    assert.isUndefined(fleet.ofNode("node-1"))
    const next = member({ instanceId: otherId, trunk: Trunk.empty(otherId, 9) })
    fleet.add(next)
    assert.strictEqual(fleet.ofNode("node-1"), next)
    fleet.detach(one)
    assert.strictEqual(fleet.ofNode("node-1"), next, "detached again, the old one takes nothing from the new one")
    fleet.remove(instanceId)
    assert.strictEqual(fleet.ofNode("node-1"), next)
    assert.deepStrictEqual([...fleet.members()], [next])
  })

  it("leaves a node's name with the instance that took it, when the one that had it is detached late or removed", () => {
    for (const end of ["detach", "remove"] as const) {
      const { fleet, one } = withTrunk(9)
      const next = member({ instanceId: otherId, trunk: Trunk.empty(otherId, 9) })
      fleet.add(next)
      if (end === "detach") fleet.detach(one)
      else fleet.remove(instanceId)
      assert.strictEqual(fleet.ofNode("node-1"), next, end)
    }
  })

  it("knows on whose trunk a key is, from its first wish to its end", () => {
    const { fleet, one } = withTrunk(1)
    const [a, b] = [pod("a"), pod("b")]
    fleet.apply(one, requested(a))
    fleet.apply(one, requested(b))
    assert.deepStrictEqual(fleet.holders(a.uid), [one])
    assert.deepStrictEqual(fleet.holders(b.uid), [one], "a place in line counts")
    fleet.apply(one, released(b.uid))
    assert.deepStrictEqual(fleet.holders(b.uid), [])
    assert.strictEqual(Fleet.branchOf(fleet, a.uid)?.branch.pod, a)
    assert.isUndefined(Fleet.branchOf(fleet, b.uid))
  })

  it("knows both members while a pod's branch is on two trunks", () => {
    const { fleet, one } = withTrunk(9)
    const next = member({ instanceId: otherId, trunk: Trunk.empty(otherId, 9) })
    fleet.add(next)
    fleet.apply(one, held(pod("a"), details(1, 1)))
    fleet.apply(next, requested(pod("a")))
    assert.deepStrictEqual(fleet.holders(pod("a").uid), [one, next])
    fleet.remove(instanceId)
    assert.deepStrictEqual(fleet.holders(pod("a").uid), [next])
  })

  it("finds a branch under its new name when its pod has come to another one", () => {
    const { fleet, one } = withTrunk(9)
    const a = pod("a")
    fleet.apply(one, discovered(1, { vlanId: 1, associated: true, claim: { pod: a.uid, attempt: 1 } }))
    assert.deepStrictEqual(fleet.holders(a.uid), [one])
    const { renamed } = fleet.apply(one, held(a, details(2, 2)))
    assert.deepStrictEqual(renamed, [face(1).eniId], "it has to be looked at under that name: its cooldown goes on")
    for (const { key } of Trunk.branchesOf(one.trunk)) assert.deepStrictEqual(fleet.holders(key), [one])
  })

  it("forgets what a removed member held", () => {
    const { fleet, one } = withTrunk(9)
    fleet.apply(one, held(pod("a"), details(1, 1)))
    fleet.remove(instanceId)
    fleet.remove(instanceId)
    assert.deepStrictEqual(fleet.holders(pod("a").uid), [])
    assert.isUndefined(fleet.get(instanceId))
  })

  it("tells every step, in order, with its event and what it came to", () => {
    const seen: Array<string> = []
    const fleet = Fleet.make((id, event, { trunk }) => seen.push(`${id} ${event._tag} ${trunk.waiting.length}`))
    const one = member()
    fleet.add(one)
    fleet.apply(one, requested(pod("a")))
    fleet.apply(one, requested(pod("b")))
    fleet.apply(one, released(pod("a").uid))
    assert.deepStrictEqual(seen, [`${instanceId} PodRequested 1`, `${instanceId} PodRequested 2`, `${instanceId} PodReleased 1`])
    assert.strictEqual(one.trunk.waiting.length, 1, "the trunk is the stepped one")
  })

  it("answers the commands of a step, for whomever they are", () => {
    const { fleet, one } = withTrunk(1)
    const [a, b] = [pod("a"), pod("b")]
    fleet.apply(one, requested(a))
    fleet.apply(one, requested(b))
    fleet.apply(one, { _tag: "BranchCreated", key: a.uid, interface: face(1), now: 0 })
    fleet.apply(one, released(a.uid))
    const ended = fleet.apply(one, { _tag: "BranchDeleted", key: a.uid, now: 0 }).commands
    assert.includeMembers(ended.map(({ _tag, key }) => `${_tag} ${key}`), [`CreateBranch ${b.uid}`])
    assert.deepStrictEqual(fleet.holders(a.uid), [])
    assert.deepStrictEqual(fleet.holders(b.uid), [one])
  })
})
