import { describe, expect, it } from "@effect/vitest"
import {
  after,
  announced,
  associated,
  branch,
  failed,
  group,
  groups,
  idling,
  minute,
  names,
  otherTrunkId,
  pod,
  ready,
  regrouped,
  released,
  requested,
  served,
  stateOf,
  subnetId,
  tagged,
  trunkIs
} from "./Fixtures.js"

const web = pod("web-0")
const next = pod("web-1")
const other = [group("db")]
const idleAfter = (settings: Partial<typeof idling> = {}, limit = 9) =>
  after(
    ready(limit, { idle: { ...idling, ...settings } }),
    ...served(web, 1),
    released(web.uid, 0),
    released(web.uid, minute, true)
  ).trunk

describe("a branch whose cooldown is over", () => {
  it("idles where that is switched on", () => {
    expect(branch(idleAfter(), web.uid).state).toEqual({ _tag: "Idle", until: 11 * minute })
  })

  it("does not idle before its cooldown is over", () => {
    const { trunk } = after(ready(9, { idle: idling }), ...served(web, 1), released(web.uid, 0), released(web.uid, minute - 1, true))
    expect(stateOf(trunk, web.uid)).toBe("Cooling")
  })

  it.each([
    ["where it is switched off", ready(), [], true],
    ["where subnet or policies speak against it", ready(9, { idle: idling }), [], false],
    ["while a pod waits", ready(1, { idle: idling }), [requested(next)], true],
    ["past the cap", ready(9, { idle: { ...idling, cap: 0 } }), [], true],
    ["on a trunk that was lost", ready(9, { idle: idling }), [trunkIs(undefined)], true]
  ] as const)("does not idle %s", (_, begin, between, mayIdle) => {
    const { trunk } = after(begin, ...served(web, 1), released(web.uid, 0), ...between, released(web.uid, minute, mayIdle))
    expect(stateOf(trunk, web.uid)).not.toBe("Idle")
  })
})

describe("an idle branch", () => {
  it("is announced to the next pod of its namespace that wants the same groups, without a call to EC2", () => {
    const { trunk, commands } = after(idleAfter(), requested(next, 2 * minute))
    expect([names(commands), branch(trunk, next.uid).vlanId]).toEqual([["tell Requested", "AnnouncePod"], 1])
    expect(trunk.occupied).toBe(1)
  })

  it("is never another namespace's", () => {
    const { trunk } = after(idleAfter({ regroup: true }), requested(pod("web-1", "bank"), 2 * minute))
    expect([stateOf(trunk, web.uid), branch(trunk, pod("web-1", "bank").uid).vlanId]).toEqual(["Idle", 2])
  })

  it("is never another subnet's", () => {
    expect(stateOf(after(idleAfter(), requested(next, 0, { subnetId: "subnet-2" })).trunk, web.uid)).toBe("Idle")
  })

  it("is not for other groups", () => {
    expect(stateOf(after(idleAfter(), requested(next, 0, { groups: other })).trunk, web.uid)).toBe("Idle")
  })

  it("is for other groups where that is switched on, at the price of one call", () => {
    const taken = after(idleAfter({ regroup: true }), requested(next, 0, { groups: other }))
    expect(taken.commands[1]).toMatchObject({ _tag: "RegroupBranch", groups: other })
    expect(names(after(taken.trunk, regrouped(next.uid)).commands)).toEqual(["AnnouncePod"])
  })

  it("whose new groups EC2 refuses gets those that the pod asks for next", () => {
    const taken = after(idleAfter({ regroup: true }), requested(next, 0, { groups: other }), failed(next.uid, "failed", "no such group"))
    const mended = after(taken.trunk, requested(next, 0, { groups }))
    expect(mended.commands).toMatchObject([{ _tag: "TellPod", news: { _tag: "Requested", groups } }, { _tag: "RegroupBranch", groups }])
    expect(after(mended.trunk, requested(next, 0, { groups })).commands).toMatchObject([{ _tag: "RegroupBranch", groups }])
  })

  describe("whose new groups were asked for and not confirmed", () => {
    const asked = after(idleAfter({ regroup: true }), requested(next, 0, { groups: other }), failed(next.uid, "unknown", "no answer")).trunk
    const left = after(asked, released(next.uid, minute)).trunk

    it("cools and goes once its pod is gone: nobody knows which groups it has", () => {
      expect(stateOf(left, next.uid)).toBe("Cooling")
      expect(names(after(left, released(next.uid, 2 * minute, true)).commands)).toEqual(["DisassociateBranch"])
    })

    it("is its pod's again only with its groups", () => {
      const back = after(left, requested(next, minute, { groups }))
      expect(back.commands).toMatchObject([{ _tag: "TellPod", news: { _tag: "Requested", groups } }, { _tag: "RegroupBranch", groups }])
      expect(names(after(back.trunk, regrouped(next.uid)).commands)).toEqual(["AnnouncePod"])
    })

    it("gets them after it was put on another trunk", () => {
      const moved = after(asked, trunkIs(undefined), trunkIs(otherTrunkId), requested(next, 0, { groups: other }), tagged(next.uid), associated(next.uid, 1))
      expect(names(moved.commands)).toEqual(["RegroupBranch"])
    })

    it("may idle again once EC2 has changed them", () => {
      const settled = after(asked, regrouped(next.uid), announced(next.uid), released(next.uid, minute), released(next.uid, 2 * minute, true)).trunk
      expect([stateOf(settled, next.uid), branch(settled, next.uid).groups]).toEqual(["Idle", other])
    })
  })

  it("is given up when its time is over", () => {
    expect(stateOf(after(idleAfter(), released(web.uid, 11 * minute - 1)).trunk, web.uid)).toBe("Idle")
    expect(names(after(idleAfter(), released(web.uid, 11 * minute)).commands)).toEqual(["DisassociateBranch"])
  })

  it("makes room for a pod that it does not fit, one for each pod, however often it asks", () => {
    const two = after(
      ready(2, { idle: idling }),
      ...served(web, 1),
      ...served(next, 2),
      released(web.uid, 0),
      released(next.uid, 0),
      released(web.uid, minute, true),
      released(next.uid, minute + 1, true)
    ).trunk
    const stranger = pod("x", "bank")
    const waits = after(two, requested(stranger, 2 * minute))
    expect(names(waits.commands)).toEqual(["tell Waits", "DisassociateBranch"])
    const again = after(waits.trunk, requested(stranger, 3 * minute))
    expect([again.commands, stateOf(again.trunk, web.uid), stateOf(again.trunk, next.uid)]).toEqual([[], "Disassociating", "Idle"])
  })

  it("is its last pod's again when that is there after all", () => {
    expect(names(after(idleAfter(), requested(web)).commands)).toEqual(["AnnouncePod"])
  })

  it("is deleted when its trunk is lost: nobody would take it", () => {
    const lost = after(idleAfter(), trunkIs(undefined))
    expect([stateOf(lost.trunk, web.uid), names(lost.commands)]).toEqual(["Deleting", ["DeleteBranch"]])
  })

  it.each([
    ["of its subnet", { subnetId, unlessGroups: undefined }, ["DisassociateBranch"]],
    ["of another subnet", { subnetId: "subnet-2", unlessGroups: undefined }, []],
    ["with groups that no policy names", { subnetId: undefined, unlessGroups: new Set(["sg-db"]) }, ["DisassociateBranch"]],
    ["but for groups that a policy names", { subnetId: undefined, unlessGroups: new Set(["sg-web"]) }, []],
    ["of all", { subnetId: undefined, unlessGroups: undefined }, ["DisassociateBranch"]]
  ])("is given up when those %s are wanted back", (_, which, expected) => {
    expect(names(after(idleAfter(), { _tag: "IdleGivenUp", ...which, now: minute }).commands)).toEqual(expected)
  })
})
