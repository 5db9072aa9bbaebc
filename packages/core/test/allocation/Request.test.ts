import { describe, expect, it } from "@effect/vitest"
import { branchOf, slotOf } from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import {
  admitting,
  after,
  announced,
  associated,
  association,
  branch,
  created,
  deleted,
  ended,
  group,
  groups,
  names,
  news,
  pod,
  ready,
  released,
  requested,
  served,
  subnetId,
  trunkId,
  trunkIs
} from "./Fixtures.js"

const web = pod("web-0")
const db = pod("db-0")
const { uid } = web

describe("a pod that asks for a branch", () => {
  it("is created, permitted, associated and announced, one command after the other, and is told twice", () => {
    let trunk = ready()
    const did = served(web, 1).map((event) => {
      const result = step(trunk, event)
      trunk = result.trunk
      return names(result.commands)
    })
    expect(did).toEqual([["tell Requested", "CreateBranch"], ["PermitBranch"], ["AssociateBranch"], ["AnnouncePod"], ["tell Allocated"]])
    expect(branch(trunk, uid)).toMatchObject({ state: { _tag: "InUse" }, vlanId: 1, associationId: association(1), pod: web })
    expect(trunk.occupied).toBe(1)
  })

  it("gets a create that names try, VLAN id, trunk, groups and subnet", () => {
    expect(after(ready(), requested(web)).commands[1]).toEqual({
      _tag: "CreateBranch",
      key: uid,
      pod: web,
      attempt: 1,
      vlanId: 1,
      trunkId,
      groups,
      subnetId
    })
  })

  it("is answered with the command that is due when it asks again", () => {
    const { trunk } = after(ready(), requested(web), created(uid, 1))
    expect(names(after(trunk, requested(web)).commands)).toEqual(["PermitBranch"])
  })

  it("needs nothing more once its branch is in use", () => {
    expect(after(ready(), ...served(web, 1), requested(web)).commands).toEqual([])
  })

  it("gets another VLAN id than the pod before it", () => {
    const { trunk } = after(ready(), requested(web), requested(db))
    expect([branch(trunk, uid).vlanId, branch(trunk, db.uid).vlanId]).toEqual([1, 2])
  })
})

describe("a pod that cannot be served yet", () => {
  it("waits for the trunk, is told so once, and starts when it is there", () => {
    const waits = after(ready(), trunkIs(undefined), requested(web))
    expect(news(waits.commands)).toEqual([{ _tag: "Waits", why: "no trunk" }])
    expect(after(waits.trunk, requested(web)).commands).toEqual([])
    expect(names(after(waits.trunk, trunkIs(trunkId)).commands)).toEqual(["tell Requested", "CreateBranch"])
  })

  it("waits while the node does not ask for a trunk", () => {
    const waits = after(ready(), admitting(false), requested(web))
    expect(news(waits.commands)).toEqual([{ _tag: "Waits", why: "not admitting" }])
    expect(names(after(waits.trunk, admitting(true)).commands)).toContain("CreateBranch")
  })

  it("waits for what is still in use, and is told again when the first of it cools: then it is known until when", () => {
    const full = after(ready(2), ...served(pod("a"), 1), ...served(pod("b"), 2), requested(pod("c"), 5_000))
    expect(news(full.commands)).toEqual([{ _tag: "Waits", why: "full" }])
    const cools = after(full.trunk, released(pod("a").uid, 6_000))
    expect(cools.commands).toEqual([{ _tag: "TellPod", key: pod("c").uid, pod: pod("c"), news: { _tag: "Waits", why: "full" } }])
    expect(after(cools.trunk, released(pod("b").uid, 7_000)).commands).toEqual([])
  })

  it("waits while the trunk is full, and starts when the branch that cooled is deleted", () => {
    const waits = after(ready(1), ...served(web, 1), requested(db))
    expect(news(waits.commands)).toEqual([{ _tag: "Waits", why: "full" }])
    const { trunk, commands } = after(waits.trunk, ...ended(uid, 1_000))
    expect(names(commands)).toEqual(["tell Requested", "CreateBranch"])
    expect([trunk.waiting, trunk.occupied]).toEqual([[], 1])
  })

  it("is told again when it waits for another reason", () => {
    const waits = after(ready(1), ...served(web, 1), requested(db), admitting(false), requested(db))
    expect(news(waits.commands)).toEqual([{ _tag: "Waits", why: "not admitting" }])
  })

  it("is served in the order of coming", () => {
    const three = [db, pod("a"), pod("b")]
    const { trunk } = after(ready(1), ...served(web, 1), ...three.map((each) => requested(each)), requested(three[2]!), ...ended(uid, 1_000))
    expect([slotOf(trunk, db.uid), trunk.waiting.map(({ pod: { name } }) => name)]).toEqual([2, ["a", "b"]])
  })

  it("does not pass those who came before it when a quarantine is over", () => {
    const all = Array.from({ length: 153 }, () => 1_000)
    const begin = { ...ready(), vlans: { ...ready().vlans, quarantinedUntil: all } }
    const { trunk, commands } = after(begin, requested(web), requested(db), requested(db, 1_000))
    expect(commands.flatMap((command) => (command._tag === "CreateBranch" ? [command.pod.name] : []))).toEqual(["web-0", "db-0"])
    expect([branch(trunk, uid).vlanId, branch(trunk, db.uid).vlanId]).toEqual([1, 2])
  })

  it("leaves the line when it goes", () => {
    expect(after(ready(0), requested(web), released(uid)).trunk.waiting).toEqual([])
  })

  it("starts with the groups that it asked for last", () => {
    const other = [group("db")]
    const { commands } = after(ready(), admitting(false), requested(web), requested(web, 0, { groups: other }), admitting(true))
    expect(commands.at(-1)).toMatchObject({ _tag: "CreateBranch", groups: other })
  })
})

describe("an event that means nothing", () => {
  it.each([
    ["for somebody unknown", ready(), announced(uid)],
    ["in another state", after(ready(), requested(web)).trunk, associated(uid, 1)],
    ["a release of nobody", ready(), released(uid)],
    ["the trunk that is there", ready(), trunkIs(trunkId)]
  ])("%s is refused with a reason and changes nothing", (_, trunk, event) => {
    const result = step(trunk, event)
    expect(result.trunk).toBe(trunk)
    expect(result).toMatchObject({ commands: [], refusal: expect.any(String) })
  })

  it("does not bring back what has ended", () => {
    const { trunk } = after(ready(), ...served(web, 1), ...ended(uid, 0))
    expect(branchOf(step(trunk, deleted(uid)).trunk, uid)).toBeUndefined()
  })
})
