import { describe, expect, it } from "@effect/vitest"
import type { FailureKind } from "../../src/allocation/TrunkEvent.js"
import {
  after,
  associated,
  branch,
  created,
  failed,
  minute,
  names,
  news,
  permitted,
  pod,
  ready,
  released,
  requested,
  second,
  served,
  stateOf,
  tagged
} from "./Fixtures.js"

const web = pod("web-0")
const { uid } = web
const associating = after(ready(), requested(web), created(uid, 1), permitted(uid)).trunk
const times = (count: number, kind: FailureKind) => Array.from({ length: count }, () => failed(uid, kind))

describe("a step that fails", () => {
  it("tells the pod why, once, and again when the reason changes", () => {
    const first = after(associating, failed(uid, "failed", "no role"))
    expect(news(first.commands)).toEqual([{ _tag: "AllocationFailed", why: "no role" }])
    expect(after(first.trunk, failed(uid, "failed", "no role")).commands).toEqual([])
    expect(news(after(first.trunk, failed(uid, "failed", "no room")).commands)).toEqual([{ _tag: "AllocationFailed", why: "no room" }])
  })

  it("is the same step again", () => {
    expect(names(after(associating, failed(uid, "failed"), requested(web)).commands)).toEqual(["AssociateBranch"])
  })

  it("at the announcement is told as one of the announcement", () => {
    const { trunk } = after(associating, associated(uid, 1))
    expect(news(after(trunk, failed(uid, "failed", "refused")).commands)).toEqual([{ _tag: "AnnouncementFailed", why: "refused" }])
    expect(names(after(trunk, failed(uid, "failed"), requested(web)).commands)).toEqual(["AnnouncePod"])
  })

  it("is nobody's news where the pod is gone", () => {
    expect(after(ready(), requested(web), released(uid), failed(uid, "unknown")).commands).toEqual([])
  })
})

describe("a VLAN id that EC2 refuses", () => {
  it("goes into quarantine, and the branch gets another, whose tag is written before the association", () => {
    const moved = after(associating, failed(uid, "vlan refused", "taken", second))
    expect(moved.commands).toMatchObject([{ _tag: "TagBranch", vlanId: 2 }])
    expect(moved.trunk.vlans.quarantinedUntil[1]).toBe(second + 5 * minute)
    expect([moved.trunk.occupied, moved.trunk.branches[1], branch(moved.trunk, uid).vlanId]).toEqual([1, undefined, 2])
    expect(after(moved.trunk, tagged(uid)).commands).toMatchObject([{ _tag: "AssociateBranch", vlanId: 2 }])
  })

  it("is not given to the next pod", () => {
    const moved = after(associating, failed(uid, "vlan refused"), requested(pod("next")))
    expect(branch(moved.trunk, pod("next").uid).vlanId).toBe(3)
  })

  it("stays with its branch when there is no other", () => {
    const none = { ...associating, vlans: { ...associating.vlans, quarantinedUntil: associating.vlans.quarantinedUntil.map((_, id) => (id === 1 ? 0 : 1e9)) } }
    const { trunk } = after(none, failed(uid, "vlan refused"))
    expect([stateOf(trunk, uid), branch(trunk, uid).vlanId]).toEqual(["Associating", 1])
  })
})

describe("an interface that EC2 does not find", () => {
  it("is believed to be gone after four answers in a row: EC2 may not see for seconds what was just made", () => {
    expect(stateOf(after(associating, ...times(3, "interface gone")).trunk, uid)).toBe("Associating")
    const gone = after(associating, ...times(4, "interface gone"), requested(web))
    expect(gone.commands).toMatchObject([{ _tag: "CreateBranch", attempt: 2, vlanId: 1 }])
  })

  it("is counted anew in each state", () => {
    const { trunk } = after(ready(), requested(web), created(uid, 1), ...times(3, "interface gone"), permitted(uid), ...times(3, "interface gone"))
    expect(stateOf(trunk, uid)).toBe("Associating")
  })
})

describe("a trunk that EC2 does not find", () => {
  const other = pod("other")
  const two = after(associating, ...served(other, 2)).trunk

  it("is believed to be gone after four answers in a row, and those who run on it are told", () => {
    expect(after(two, ...times(3, "trunk gone")).trunk.trunkId).toBe(two.trunkId)
    const gone = after(two, ...times(4, "trunk gone"))
    expect([gone.trunk.trunkId, news(gone.commands).map(({ _tag }) => _tag)]).toEqual([undefined, ["Severed"]])
    expect(stateOf(gone.trunk, uid)).toBe("Retagging")
  })
})

it.each(["InUse", "Cooling"] as const)("a failure means nothing to a branch that is %s", (state) => {
  const used = after(ready(), ...served(web, 1)).trunk
  const trunk = state === "InUse" ? used : after(used, released(uid)).trunk
  expect(after(trunk, failed(uid, "failed"))).toMatchObject({ commands: [], refusal: expect.stringContaining(state) })
})
