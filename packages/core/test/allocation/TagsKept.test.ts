import { describe, expect, it } from "vitest"
import { readClaim } from "../../src/allocation/Claim.js"
import { branchesOf } from "../../src/allocation/Trunk.js"
import { after, created, details, discovered, eni, face, failed, found, held, minute, otherTrunkId, permitted, pod, ready, released, requested, second, vlan } from "./Fixtures.js"

const web = pod("web")
const rival = pod("rival")

/**
 * An interface that EC2 shows as available may be associated all the same, under the VLAN id that its tags name: describes lag (contract §6), and a
 * controller may have died after the association. Were the tags rewritten then, and the next controller died too, the one after it would read an id
 * that the association has not.
 */
describe("Tags of an interface that may be associated are not rewritten", () => {
  // The rival has VLAN 1; web's create is told that its token is spent.
  const beside = after(ready(), requested(rival), created(rival.uid, 1), requested(web), failed(web.uid, "token spent"))

  const actions = (commands: ReadonlyArray<{ readonly _tag: string }>) => commands.map(({ _tag }) => _tag).filter((tag) => tag !== "TellPod")

  // Guarded by: allocation/step/Outcome.ts, leaveAlone.
  it.each([
    ["that another pod has", beside.trunk, 1],
    ["that is set aside", after(beside.trunk, { _tag: "VlanWired", vlanId: 7, now: 0 }).trunk, 7]
  ])("found with a VLAN id %s: it is left to whoever made it for half a minute, then it goes, and the next try makes another", (_, trunk, vlanId) => {
    const early = after(trunk, found(web.uid, 2, { vlanId }))
    expect(actions(early.commands)).toEqual([])
    expect(early.commands).toMatchObject([{ _tag: "TellPod", news: { _tag: "AllocationFailed" } }])
    const asked = after(early.trunk, requested(web, 29 * second))
    expect(actions(asked.commands)).toEqual(["FindBranch"])
    expect(after(asked.trunk, found(web.uid, 2, { vlanId, now: 29 * second })).commands).toEqual([])
    const late = after(asked.trunk, found(web.uid, 2, { vlanId, now: 30 * second }))
    expect(late.commands).toContainEqual({ _tag: "DeleteBranch", key: web.uid, pod: web, eniId: eni(2) })
    const gone = after(late.trunk, { _tag: "BranchDeleted", key: web.uid, now: 31 * second })
    expect(gone.commands.find(({ _tag }) => _tag === "CreateBranch")).toMatchObject({ key: web.uid, attempt: 3 })
  })

  it("found, and whoever made it announces it meanwhile: it is the pod's", () => {
    const { trunk } = after(beside.trunk, found(web.uid, 2, { vlanId: 1 }), held(web, details(2, 1), second))
    expect(branchesOf(trunk).find(({ key }) => key === web.uid)).toMatchObject({ state: { _tag: "InUse" }, interface: { eniId: eni(2) } })
  })

  it("but where they name another trunk, that one's associations went with it: they are rewritten", () => {
    const { trunk } = after(beside.trunk, found(web.uid, 2, { vlanId: 1, trunkId: otherTrunkId }))
    expect(after(trunk, permitted(web.uid)).commands).toMatchObject([{ _tag: "TagBranch", eniId: eni(2) }])
  })

  // Guarded by: allocation/step/Ledger.ts, branchDiscovered, `isTakenOver`.
  it("discovered where another pod has their VLAN id: it cools as one that nobody has, and its pod gets another", () => {
    const before = after(ready(), requested(rival), created(rival.uid, 1))
    const { commands, trunk } = after(before.trunk, discovered(2, { vlanId: 1, claim: readClaim(`${web.uid}/1`), claimant: web }))
    expect(commands).toEqual([])
    expect(branchesOf(trunk).find((branch) => branch.interface?.eniId === eni(2))).toMatchObject({ key: eni(2), vlanId: undefined, state: { _tag: "Cooling" }, interface: face(2) })
    const asked = after(trunk, requested(web))
    expect(asked.commands.find(({ _tag }) => _tag === "CreateBranch")).toMatchObject({ key: web.uid, vlanId: vlan(2) })
  })

  it("discovered with their VLAN id free: its pod goes on with it, under that id", () => {
    const { commands } = after(ready(), discovered(2, { vlanId: 5, claim: readClaim(`${web.uid}/1`), claimant: web }))
    expect(commands).toEqual([{ _tag: "PermitBranch", key: web.uid, eniId: eni(2) }])
  })

  it("found when its pod is gone: it cools, and is deleted", () => {
    const cooling = after(beside.trunk, found(web.uid, 2, { vlanId: 1 }), released(web.uid), found(web.uid, 2, { vlanId: 1 }))
    expect(actions(cooling.commands)).toEqual([])
    expect(actions(after(cooling.trunk, released(web.uid, minute)).commands)).toEqual(["DeleteBranch"])
  })
})
