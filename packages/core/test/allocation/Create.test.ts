import { describe, expect, it } from "@effect/vitest"
import type { Trunk } from "../../src/allocation/Trunk.js"
import {
  after,
  branch,
  created,
  deleted,
  eni,
  failed,
  found,
  group,
  groups,
  missing,
  names,
  otherTrunkId,
  permitted,
  pod,
  ready,
  released,
  requested,
  second,
  served,
  stateOf,
  tagged,
  trunkId,
  trunkIs
} from "./Fixtures.js"

const web = pod("web-0")
const db = pod("db-0")
const { uid } = web

describe("a create", () => {
  const underWay = after(ready(), requested(web)).trunk

  it("whose answer was lost is looked for before another goes out", () => {
    const { trunk } = after(underWay, failed(uid, "unknown"))
    expect(names(after(trunk, requested(web)).commands)).toEqual(["FindBranch"])
  })

  it("is looked for still when the look itself was throttled: that says nothing of the create", () => {
    const { trunk } = after(underWay, failed(uid, "unknown"), requested(web), failed(uid, "failed", "RequestLimitExceeded"))
    expect(names(after(trunk, requested(web)).commands)).toEqual(["FindBranch"])
  })

  it("whose look was throttled is not forgotten when the pod goes", () => {
    const { trunk } = after(underWay, failed(uid, "unknown"), requested(web), failed(uid, "failed", "RequestLimitExceeded"))
    const { trunk: left, commands } = after(trunk, released(uid))
    expect([names(commands), left.occupied]).toEqual([["FindBranch"], 1])
  })

  it("that surely failed goes out again as it was", () => {
    const again = after(underWay, failed(uid, "failed"), requested(web))
    expect(again.commands[0]).toMatchObject({ _tag: "CreateBranch", attempt: 1, vlanId: 1 })
  })

  it("that surely failed may have other groups the next time, under a new token", () => {
    const again = after(underWay, failed(uid, "failed"), requested(web, 0, { groups: [group("db")] }))
    expect(again.commands).toMatchObject([
      { _tag: "TellPod", news: { _tag: "Requested", groups: [group("db")] } },
      { _tag: "CreateBranch", attempt: 2, groups: [group("db")] }
    ])
  })

  it("under way keeps its groups", () => {
    const asked = after(underWay, requested(web, 0, { groups: [group("db")] }))
    expect([names(asked.commands), branch(asked.trunk, uid).groups]).toEqual([["FindBranch"], groups])
  })

  it("that nobody finds goes out again with the same token, which makes sure", () => {
    const again = after(underWay, failed(uid, "unknown"), requested(web), missing(uid))
    expect(again.commands).toMatchObject([{ _tag: "CreateBranch", attempt: 1, vlanId: 1 }])
  })

  it("that did take place goes on where it stands", () => {
    const at = after(underWay, failed(uid, "unknown"), requested(web), found(uid, 1, { vlanId: 1, trunkId }))
    expect([names(at.commands), branch(at.trunk, uid).interface?.eniId]).toEqual([["PermitBranch"], eni(1)])
  })

  it("that is found with its association needs only that again, which answers with its id", () => {
    const at = after(underWay, failed(uid, "unknown"), requested(web), found(uid, 1, { vlanId: 1, associated: true }))
    expect(at.commands).toMatchObject([{ _tag: "AssociateBranch", vlanId: 1 }])
  })

  it("that is found under another id goes on under that one: whoever made it may be about to associate it", () => {
    for (const associated of [false, true]) {
      const at = after(underWay, failed(uid, "unknown"), requested(web), found(uid, 1, { vlanId: 44, trunkId, associated }))
      const last = associated ? at : after(at.trunk, permitted(uid))
      expect(last.commands).toMatchObject([{ _tag: "AssociateBranch", vlanId: 44 }])
    }
  })

  it("that is found associated elsewhere is left for half a minute to whoever did it, then the interface goes and the next try has a new token", () => {
    const elsewhere = found(uid, 1, { vlanId: 44, trunkId: otherTrunkId, associated: true })
    const { trunk, commands } = after(underWay, failed(uid, "unknown"), requested(web), elsewhere)
    expect(commands).toMatchObject([{ _tag: "AssociateBranch", vlanId: 1 }])
    const early = after(trunk, failed(uid, "associated elsewhere", "theirs", 29_000))
    expect(names(early.commands)).toEqual(["tell AllocationFailed"])
    const late = after(early.trunk, failed(uid, "associated elsewhere", "theirs", 30_000))
    expect(names(late.commands)).toEqual(["tell Waits", "DeleteBranch"])
    const next = after(late.trunk, deleted(uid))
    expect(next.commands.at(-1)).toMatchObject({ _tag: "CreateBranch", attempt: 2 })
  })

  it("whose token is spent is looked for: what the token made is taken, not left behind", () => {
    const { trunk } = after(underWay, failed(uid, "token spent"))
    expect(names(after(trunk, requested(web)).commands)).toEqual(["FindBranch"])
    const at = after(trunk, requested(web), found(uid, 7, { vlanId: 30 }), permitted(uid))
    expect(at.commands).toMatchObject([{ _tag: "AssociateBranch", eniId: eni(7), vlanId: 30 }])
  })

  it("whose token is spent on something that is not shown is looked for until it would be, and then gets a new one", () => {
    const early = after(underWay, failed(uid, "token spent"), requested(web), missing(uid, 14 * second))
    expect(early.commands).toEqual([])
    const late = after(early.trunk, requested(web, 15 * second), missing(uid, 15 * second))
    expect(late.commands).toMatchObject([{ _tag: "CreateBranch", attempt: 2 }])
  })

  it("whose next token is spent, too, has been waited for already", () => {
    const again = after(underWay, failed(uid, "token spent"), missing(uid, 15 * second), failed(uid, "token spent", "spent", 16 * second), missing(uid, 17 * second))
    expect(again.commands).toMatchObject([{ _tag: "CreateBranch", attempt: 3 }])
  })

  // Guarded by: allocation/step/Outcome.ts, madeRoom.
  describe("whose token is spent, beside another", () => {
    const both = after(underWay, requested(db), failed(uid, "token spent"), failed(db.uid, "token spent")).trunk
    const vlans = (trunk: Trunk) => [branch(trunk, uid).vlanId, branch(trunk, db.uid).vlanId]

    it.each([[false, "PermitBranch"], [true, "AssociateBranch"]] as const)("takes the id that its tags name, and the other makes room (associated: %s)", (associated, next) => {
      const first = after(both, found(uid, 7, { vlanId: 2, associated }))
      expect([names(first.commands), vlans(first.trunk)]).toEqual([[next], [2, 3]])
      const then = after(first.trunk, found(db.uid, 8, { vlanId: 1, associated }))
      expect([names(then.commands), vlans(then.trunk)]).toEqual([[next], [2, 1]])
    })

    it("but not where the other's next create has gone out under the id", () => {
      const { trunk } = after(both, missing(db.uid, 15 * second))
      const at = after(trunk, found(uid, 7, { vlanId: 2 }))
      expect([names(at.commands), vlans(at.trunk)]).toEqual([["tell AllocationFailed"], [1, 2]])
    })

    it("nor where the node may have wired the id for the other", () => {
      const { trunk } = after(both, { _tag: "VlanWired", vlanId: 2, now: 0 })
      const at = after(trunk, found(uid, 7, { vlanId: 2 }))
      expect([names(at.commands), vlans(at.trunk)]).toEqual([["tell AllocationFailed"], [1, 2]])
    })
  })

  it("under way when the trunk changed carries the old trunk's tag, which is rewritten before the association", () => {
    const changed = after(underWay, trunkIs(undefined), trunkIs(otherTrunkId), created(uid, 1), permitted(uid))
    expect(changed.commands).toMatchObject([{ _tag: "TagBranch", trunkId: otherTrunkId, vlanId: 1 }])
  })

  it("for another trunk has another token", () => {
    const again = after(underWay, failed(uid, "failed"), trunkIs(undefined), trunkIs(otherTrunkId), requested(web))
    expect(again.commands).toMatchObject([{ _tag: "CreateBranch", attempt: 2, trunkId: otherTrunkId }])
  })

  it("that answers with an interface known under another key is not taken twice: another is made at once", () => {
    const { commands, trunk } = after(ready(), requested(web), ...served(db, 5), created(uid, 5))
    expect(branch(trunk, uid)).toMatchObject({ state: { _tag: "Creating", settled: false }, attempt: 2, interface: undefined })
    expect(commands.filter(({ _tag }) => _tag !== "TellPod")).toMatchObject([{ _tag: "CreateBranch", attempt: 2 }])
    expect(branch(trunk, db.uid)).toMatchObject({ state: { _tag: "InUse" }, interface: { eniId: eni(5) } })
  })
})

describe("tags", () => {
  it("that say something else are rewritten before the association", () => {
    const at = after(ready(), requested(web), failed(uid, "unknown"), found(uid, 1, { vlanId: 9, trunkId: otherTrunkId }), permitted(uid))
    expect(at.commands).toMatchObject([{ _tag: "TagBranch", vlanId: 1, trunkId }])
    expect(names(after(at.trunk, tagged(uid)).commands)).toEqual(["AssociateBranch"])
  })

  it("that were being written for a trunk that is no more are written once more", () => {
    const { trunk } = after(ready(), requested(web), failed(uid, "unknown"), found(uid, 1, { vlanId: 9 }), permitted(uid))
    const changed = after(trunk, trunkIs(otherTrunkId), tagged(uid))
    expect([stateOf(changed.trunk, uid), changed.commands]).toMatchObject(["Retagging", [{ _tag: "TagBranch", trunkId: otherTrunkId }]])
  })

  it("are not taken for right while there is no trunk", () => {
    const gone = after(ready(), requested(web), created(uid, 1), trunkIs(undefined), permitted(uid))
    expect([stateOf(gone.trunk, uid), gone.commands]).toEqual(["Retagging", []])
  })
})
