import { describe, expect, it } from "@effect/vitest"
import * as Trunk from "../../src/allocation/Trunk.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import {
  after,
  association,
  branch,
  created,
  deleted,
  details,
  discovered,
  eni,
  failed,
  groups,
  idling,
  minute,
  names,
  news,
  otherTrunkId,
  permitted,
  pod,
  ready,
  released,
  requested,
  second,
  served,
  stateOf,
  held,
  trunkId,
  trunkIs
} from "./Fixtures.js"

const web = pod("web-0")
const { uid } = web
const claim = { pod: uid, attempt: 1 }

describe("an annotation that is found on a living pod", () => {
  const { trunk, commands } = after(ready(), held(web, details(1, 40)))

  it("is the promise: the branch is in use under its VLAN id, and nobody is told again", () => {
    expect(branch(trunk, uid)).toMatchObject({ state: { _tag: "InUse" }, vlanId: 40, associationId: association(1), pod: web })
    expect([commands, trunk.occupied]).toEqual([[], 1])
  })

  it("moves the ids' cursor past its own", () => {
    expect(branch(after(trunk, requested(pod("next"))).trunk, pod("next").uid).vlanId).toBe(41)
  })

  it("is nothing new when it is read again", () => {
    expect(step(trunk, held(web, details(1, 40))).trunk).toBe(trunk)
  })

  it("without an association id leads to a deletion without a disassociation", () => {
    const old = after(ready(), held(web, details(1, 40, "")), released(uid), released(uid, minute))
    expect(names(old.commands)).toEqual(["DeleteBranch"])
  })

  it("is completed by what EC2 knows, so that its branch can idle one day", () => {
    const known = after(ready(9, { idle: idling }), held(web, details(1, 40)), discovered(1, { vlanId: 40, associated: true, claim }))
    expect(branch(known.trunk, uid)).toMatchObject({ groups, subnetId: "subnet-1" })
    expect(stateOf(after(known.trunk, released(uid), released(uid, minute, true)).trunk, uid)).toBe("Idle")
    expect(stateOf(after(ready(9, { idle: idling }), held(web, details(1, 40)), released(uid), released(uid, minute, true)).trunk, uid)).toBe("Disassociating")
  })

  it("takes the pod out of the line", () => {
    expect(after(ready(0), requested(web), held(web, details(1, 40))).trunk.waiting).toEqual([])
  })

  it("of another branch than its own displaces that one, which cools where it may have been wired", () => {
    const moved = after(ready(), ...served(web, 1), held(web, details(2, 40)))
    expect(branch(moved.trunk, uid).interface?.eniId).toBe(eni(2))
    expect(branch(moved.trunk, eni(1))).toMatchObject({ state: { _tag: "Cooling", until: minute }, pod: undefined, vlanId: 1 })
  })

  it("of another branch than its own ends that one at once where nobody heard of it", () => {
    const moved = after(ready(), requested(web), created(uid, 1), held(web, details(2, 40)))
    expect(names(moved.commands)).toEqual(["DeleteBranch"])
    expect(moved.commands[0]).toMatchObject({ key: eni(1), pod: undefined })
  })

  it("makes room for who waits when it displaces a branch that was not made yet", () => {
    const moved = after(
      ready(2),
      discovered(2, { vlanId: 40, associated: true }),
      requested(web),
      requested(pod("next")),
      held(web, details(2, 40))
    )
    expect(names(moved.commands)).toEqual(["tell Requested", "CreateBranch"])
    expect([moved.trunk.occupied, moved.trunk.waiting]).toEqual([2, []])
  })

  it("with a VLAN id that is another branch's counts, and is only ever released", () => {
    const both = after(ready(), ...served(pod("other"), 1), held(web, details(2, 1)))
    expect(branch(both.trunk, uid)).toMatchObject({ vlanId: undefined, state: { _tag: "InUse" } })
    expect([both.trunk.occupied, branch(both.trunk, pod("other").uid).vlanId]).toEqual([2, 1])
    expect(names(after(both.trunk, released(uid), released(uid, minute)).commands)).toEqual(["DisassociateBranch"])
  })

  it("with a VLAN id that is another branch's keeps it from everybody after that one is gone", () => {
    const both = after(ready(), ...served(pod("other"), 1), held(web, details(2, 1)))
    const alone = after(both.trunk, released(pod("other").uid), released(pod("other").uid, minute), failed(pod("other").uid, "association gone"), deleted(pod("other").uid))
    expect(alone.trunk.branches[1]).toBeUndefined()
    expect(Trunk.isHeld(alone.trunk, 1)).toBe(true)
  })

  it("with a VLAN id that may never be handed out is kept all the same", () => {
    expect(branch(after(ready(), held(web, details(1, 200))).trunk, uid)).toMatchObject({ vlanId: undefined, state: { _tag: "InUse" } })
  })

  it("names a branch that cools under its interface: it is the pod's, not to be destroyed", () => {
    const { trunk: back } = after(ready(), discovered(1, { vlanId: 7, associated: true }), held(web, details(1, 7)))
    expect(branch(back, uid)).toMatchObject({ state: { _tag: "InUse" }, vlanId: 7 })
    expect(Trunk.branchOf(back, eni(1))).toBeUndefined()
  })

  it("brings a branch that EC2 did not show as associated back under its VLAN id", () => {
    const { trunk: back } = after(ready(), discovered(1, { vlanId: 7 }), held(web, details(1, 7)))
    expect([branch(back, uid).vlanId, back.occupied]).toEqual([7, 1])
  })

  it("stops the end of its branch: as long as a living pod is wired with the id nobody else gets it", () => {
    const out = after(ready(), ...served(web, 1), released(uid), released(uid, minute))
    expect(branch(after(out.trunk, held(web, details(1, 1))).trunk, uid)).toMatchObject({ state: { _tag: "InUse" }, vlanId: 1 })
  })

  it("copied from another living pod takes nothing from it", () => {
    const used = after(ready(), ...served(web, 1)).trunk
    const copied = step(used, held(pod("copy"), details(1, 1)))
    expect(copied).toMatchObject({ refusal: "it is in use by another pod" })
    expect(copied.trunk).toBe(used)
  })
})

describe("a branch that EC2 has and nobody knew", () => {
  it("cools its full time under its VLAN id, as its pod's, whatever happened to it before", () => {
    const { trunk } = after(ready(), discovered(1, { vlanId: 7, associated: true, claim, now: second }))
    expect(branch(trunk, uid)).toMatchObject({ state: { _tag: "Cooling", until: second + minute }, vlanId: 7 })
    expect(names(after(trunk, released(uid, second + minute)).commands)).toEqual(["DeleteBranch"])
  })

  it("and that is not on the trunk takes no room, but cools too, and its VLAN id is nobody's", () => {
    const { trunk } = after(ready(), discovered(1, { vlanId: 1, claim }))
    expect([trunk.occupied, stateOf(trunk, uid), Trunk.isHeld(trunk, 1)]).toEqual([0, "Cooling", true])
    expect(branch(after(trunk, requested(pod("next"))).trunk, pod("next").uid).vlanId).toBe(2)
  })

  it("goes on for the pod that waits for it, from the association that stands", () => {
    const at = after(ready(), discovered(1, { vlanId: 7, associated: true, claim, claimant: web }))
    expect(at.commands).toMatchObject([{ _tag: "AssociateBranch", vlanId: 7 }])
  })

  it("goes on for the pod that waits for it, from its permission where it is not associated", () => {
    const at = after(ready(), discovered(1, { vlanId: 7, claim, claimant: web }))
    expect([names(at.commands), names(after(at.trunk, permitted(uid)).commands)]).toEqual([["PermitBranch"], ["AssociateBranch"]])
  })

  it("made for a trunk that is no more gets the new trunk's tag first", () => {
    const at = after(ready(), discovered(1, { vlanId: 7, trunkId: otherTrunkId, claim, claimant: web }), permitted(uid))
    expect(at.commands).toMatchObject([{ _tag: "TagBranch", trunkId, vlanId: 7 }])
  })

  it("is not given to its pod where the trunk is full", () => {
    const { trunk } = after(ready(1), ...served(pod("other"), 2), discovered(1, { vlanId: 7, claim, claimant: web }))
    expect([trunk.occupied, stateOf(trunk, eni(1))]).toEqual([1, "Cooling"])
  })

  it("is the one whose create is under way, where it has that try's tag", () => {
    const at = after(ready(), requested(web), discovered(1, { vlanId: 1, claim, claimant: web }))
    expect([names(at.commands), branch(at.trunk, uid).interface?.eniId]).toEqual([["PermitBranch"], eni(1)])
    expect(Trunk.branchesOf(at.trunk).length).toBe(1)
    expect(step(at.trunk, created(uid, 1)).trunk).toBe(at.trunk)
  })

  it("of an older try than the one under way is only released", () => {
    const { trunk } = after(ready(), requested(web), failed(uid, "token spent"), discovered(1, { vlanId: 9, claim, claimant: web }))
    expect([stateOf(trunk, uid), stateOf(trunk, eni(1))]).toEqual(["Creating", "Cooling"])
  })

  it("whose pod asks for it after all is permitted and associated once more, and announced", () => {
    const at = after(ready(), discovered(1, { vlanId: 7, associated: true, claim }), requested(web))
    expect(names(at.commands)).toEqual(["PermitBranch"])
    expect(branch(at.trunk, uid).pod).toEqual(web)
    expect(names(after(at.trunk, permitted(uid)).commands)).toEqual(["AssociateBranch"])
  })

  it("without a usable VLAN id keeps its pod waiting until it has cooled, and is then deleted", () => {
    const stray = after(ready(), discovered(1, { vlanId: 154, associated: true, claim }))
    const waits = after(stray.trunk, requested(web, second))
    expect(news(waits.commands)).toEqual([{ _tag: "Waits", why: "previous branch" }])
    const due = after(waits.trunk, requested(web, minute))
    expect(names(due.commands)).toEqual(["DeleteBranch"])
    expect(after(due.trunk, deleted(uid, minute)).commands.at(-1)).toMatchObject({ _tag: "CreateBranch", attempt: 2 })
  })

  it("is refused when it is known", () => {
    const { trunk } = after(ready(), ...served(web, 1))
    expect(step(trunk, discovered(1, { claim }))).toMatchObject({ refusal: "it is known already" })
  })
})

describe("a trunk that is lost", () => {
  const used = after(ready(), ...served(web, 1)).trunk

  it("is told to the pods that hang on it, whose branches stay theirs", () => {
    const lost = after(used, trunkIs(undefined))
    expect(news(lost.commands)).toEqual([{ _tag: "Severed", eniId: eni(1) }])
    expect(branch(lost.trunk, uid)).toMatchObject({ state: { _tag: "InUse" }, severed: true, associationId: undefined, vlanId: 1 })
  })

  it("before anybody looked, and before there was another one, is told when there is: what was made for it hangs on nothing", () => {
    const found = after(ready(), trunkIs(undefined), held(web, details(1, 40)), discovered(1, { vlanId: 40, trunkId: otherTrunkId })).trunk
    const made = after(found, trunkIs(trunkId))
    expect(news(made.commands)).toEqual([{ _tag: "Severed", eniId: eni(1) }])
    expect(branch(made.trunk, uid)).toMatchObject({ state: { _tag: "InUse" }, severed: true, associationId: undefined, vlanId: 40 })
    expect(news(after(found, trunkIs(otherTrunkId)).commands)).toEqual([])
    expect(news(after(ready(), trunkIs(undefined), held(web, details(1, 40)), trunkIs(trunkId)).commands)).toEqual([])
  })

  it("is replaced for new pods only, and those get other VLAN ids", () => {
    const { trunk } = after(used, trunkIs(undefined), trunkIs(otherTrunkId), requested(pod("next")))
    expect([stateOf(trunk, uid), branch(trunk, pod("next").uid).vlanId]).toEqual(["InUse", 2])
  })

  it("leaves branches that cool the full time, and are then deleted without a disassociation", () => {
    const cooled = after(used, released(uid), trunkIs(undefined), released(uid, minute))
    expect(names(cooled.commands)).toEqual(["DeleteBranch"])
  })

  it("has what was being associated tagged for the next one", () => {
    const { trunk } = after(ready(), requested(web), created(uid, 1), permitted(uid), trunkIs(undefined))
    expect([stateOf(trunk, uid), after(trunk, requested(web)).commands]).toEqual(["Retagging", []])
    expect(after(trunk, trunkIs(otherTrunkId), requested(web)).commands).toMatchObject([{ _tag: "TagBranch", trunkId: otherTrunkId }])
  })
})
