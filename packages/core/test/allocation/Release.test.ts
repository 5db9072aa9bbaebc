import { describe, expect, it } from "@effect/vitest"
import {
  after,

  associated,
  branch,
  created,
  deleted,
  disassociated,
  ended,
  failed,
  found,
  minute,
  missing,
  names,
  permitted,
  pod,
  ready,
  released,
  requested,
  second,
  served,
  stateOf,
  trunkId,
  trunkIs
} from "./Fixtures.js"

const web = pod("web-0")
const { uid } = web
const nothing = { occupied: 0, branches: ready().branches, waiting: [] }

describe("a pod that ends", () => {
  it("leaves its branch to cool the full time, then to be disassociated and deleted, and its slot free", () => {
    const cooling = after(ready(), ...served(web, 1), released(uid, second))
    expect(branch(cooling.trunk, uid).state).toEqual({ _tag: "Cooling", until: second + minute })
    expect(after(cooling.trunk, released(uid, second + minute - 1)).trunk).toEqual(cooling.trunk)
    const due = after(cooling.trunk, released(uid, second + minute))
    expect(names(due.commands)).toEqual(["DisassociateBranch"])
    expect(names(after(due.trunk, disassociated(uid)).commands)).toEqual(["DeleteBranch"])
    expect(after(due.trunk, disassociated(uid), deleted(uid)).trunk).toMatchObject(nothing)
  })

  it("is the last owner of a branch that cools", () => {
    expect(branch(after(ready(), ...served(web, 1), released(uid)).trunk, uid).pod).toEqual(web)
  })

  it("keeps its slot and its VLAN id as long as its branch cools", () => {
    const { trunk } = after(ready(2), ...served(web, 1), released(uid), requested(pod("next")))
    expect([trunk.occupied, branch(trunk, pod("next").uid).vlanId]).toEqual([2, 2])
  })

  it("leaves a VLAN id that rests a minute where there are others", () => {
    const { trunk } = after(ready(), ...served(web, 1), ...ended(uid, 0))
    expect(trunk.vlans.restingUntil[1]).toBe(2 * minute)
  })

  it("before anything was sent to EC2 is simply forgotten", () => {
    expect(after(ready(), requested(web), failed(uid, "failed"), released(uid)).trunk).toMatchObject(nothing)
  })

  it("is told again what is due when its end is told again", () => {
    const { trunk } = after(ready(), ...served(web, 1), released(uid, 0), released(uid, minute))
    expect(names(after(trunk, released(uid, minute)).commands)).toEqual(["DisassociateBranch"])
  })

  it("while its annotation may have been written cools too, because the node may have wired it", () => {
    const { trunk } = after(ready(), requested(web), created(uid, 1), permitted(uid), associated(uid, 1), failed(uid, "unknown"), released(uid))
    expect(stateOf(trunk, uid)).toBe("Cooling")
  })

  it("after an announcement that was taken back by the loss of the trunk cools too", () => {
    const announcing = after(ready(), requested(web), created(uid, 1), permitted(uid), associated(uid, 1)).trunk
    const { trunk } = after(announcing, trunkIs(undefined), released(uid))
    expect(branch(trunk, uid).state).toEqual({ _tag: "Cooling", until: minute })
  })
})

describe("a pod that is deleted while its create is under way", () => {
  const { trunk } = after(ready(), requested(web), released(uid))

  it("has its slot as long as nobody knows what became of it", () => {
    expect(trunk.occupied).toBe(1)
  })

  it("leaves nothing behind when the create is answered after all", () => {
    const late = after(trunk, created(uid, 1))
    expect(names(late.commands)).toEqual(["DeleteBranch"])
    expect(after(late.trunk, deleted(uid)).trunk).toMatchObject(nothing)
  })

  it("leaves nothing behind when EC2 is asked and has it, once that has cooled: another controller may have announced it before the pod was over", () => {
    const asked = after(trunk, found(uid, 1, { vlanId: 1, trunkId }))
    expect([asked.commands, stateOf(asked.trunk, uid)]).toEqual([[], "Cooling"])
    const due = after(asked.trunk, released(uid, minute))
    expect(names(due.commands)).toEqual(["DeleteBranch"])
    expect(after(due.trunk, deleted(uid)).trunk).toMatchObject(nothing)
  })

  it("leaves nothing behind when EC2 is asked and has none", () => {
    expect(after(trunk, missing(uid)).trunk).toMatchObject(nothing)
  })

  it("leaves nothing behind when its token turns out to be spent", () => {
    const asked = after(trunk, failed(uid, "token spent"), released(uid))
    expect(names(asked.commands)).toEqual(["FindBranch"])
    const unseen = after(asked.trunk, missing(uid, 14_000))
    expect(unseen.trunk.occupied).toBe(1)
    expect(after(unseen.trunk, found(uid, 1), released(uid, minute), deleted(uid)).trunk).toMatchObject(nothing)
    expect(after(unseen.trunk, missing(uid, 15_000)).trunk).toMatchObject(nothing)
  })

  it("is served after all when it turns out to live", () => {
    const lives = after(trunk, requested(web), found(uid, 1, { vlanId: 1 }))
    expect(names(lives.commands)).toEqual(["PermitBranch"])
  })
})

describe("a pod that is deleted before its announcement", () => {
  const made = after(ready(), requested(web), created(uid, 1)).trunk

  it.each([
    ["permitted", made],
    ["tagged", after(ready(), requested(web), failed(uid, "unknown"), found(uid, 1, { vlanId: 9 }), permitted(uid)).trunk],
    ["associated", after(made, permitted(uid)).trunk]
  ])("while its branch is being %s needs no cooling: the node never heard of it", (_, trunk) => {
    expect(names(after(trunk, released(uid)).commands)).toEqual(["DeleteBranch"])
  })
})

describe("a pod that is there after all, when its branch", () => {
  const used = after(ready(), ...served(web, 1)).trunk

  it("cools, has it announced again", () => {
    const back = after(used, released(uid), requested(web, second))
    expect([names(back.commands), stateOf(back.trunk, uid)]).toEqual([["AnnouncePod"], "Announcing"])
  })

  it("cools on a trunk that was lost, has it associated again with the next", () => {
    const back = after(used, released(uid), trunkIs(undefined), trunkIs(trunkId), requested(web), permitted(uid))
    expect(names(back.commands)).toEqual(["AssociateBranch"])
  })

  it("is on its way out, waits for that and starts anew past its tries", () => {
    const out = after(used, released(uid), released(uid, minute), requested(web, minute))
    expect(names(out.commands)).toEqual(["tell Waits", "DisassociateBranch"])
    const anew = after(out.trunk, disassociated(uid), deleted(uid))
    expect(anew.commands.at(-1)).toMatchObject({ _tag: "CreateBranch", attempt: 2 })
    expect(anew.trunk.waiting).toEqual([])
  })
})

describe("a release that EC2 answers with a failure", () => {
  const out = after(ready(), ...served(web, 1), released(uid), released(uid, minute)).trunk

  it("goes on to the deletion when the association is gone already", () => {
    expect(names(after(out, failed(uid, "association gone")).commands)).toEqual(["DeleteBranch"])
  })

  it("is over when the interface is gone already", () => {
    expect(after(out, disassociated(uid), failed(uid, "interface gone")).trunk).toMatchObject(nothing)
  })

  it.each(["failed", "unknown"] as const)("(%s) is tried again", (kind) => {
    const { trunk } = after(out, failed(uid, kind))
    expect(names(after(trunk, released(uid, minute)).commands)).toEqual(["DisassociateBranch"])
  })
})

it("settings that change do not shorten a cooldown that runs", () => {
  const cooling = after(ready(), ...served(web, 1), released(uid, 0)).trunk
  const { trunk } = after(cooling, { _tag: "SettingsChanged", settings: { ...cooling.settings, cooldown: 30 * second }, now: 0 })
  expect(stateOf(after(trunk, released(uid, 40 * second)).trunk, uid)).toBe("Cooling")
})
