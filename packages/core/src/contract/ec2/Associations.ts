import { expect } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { AssociationId, EniId } from "../../model/Ids.js"
import { Ec2 } from "../../ports/Ec2.js"
import { Ec2Harness, eventually, type It, nowhere, permittedBranch, permittedTrunk, refusal, seen, token, vlan, wanted } from "./Harness.js"

/** Associates with a token of its own. */
const associate = Effect.fnUntraced(function*(trunkId: EniId, branchId: EniId, id: number) {
  const ec2 = yield* Ec2
  return yield* ec2.associateBranch({ trunkId, branchId, vlanId: vlan(id), clientToken: yield* token(`${branchId}-${id}`) })
})

/** Associates as soon as EC2 lets the VLAN id go: one that was just freed may be refused for a while (contract §9). */
const associateOnceFree = (trunkId: EniId, branchId: EniId, id: number) =>
  eventually(Effect.result(associate(trunkId, branchId, id)), Result.isSuccess)

/** Branches under trunks. */
export const associations = (it: It): void => {
  it.effect("associateBranch: an association, and the branch is in-use; disassociateBranch: available again", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("assoc-trunk")
      const branch = yield* permittedBranch("assoc-branch")
      const associationId = yield* associate(trunk.eniId, branch.eniId, 1)
      expect(associationId).toMatch(/^trunk-assoc-[0-9a-f]{8,17}$/)
      const [used] = yield* seen(branch.eniId, ({ status }) => status === "in-use")
      expect(used).toMatchObject({ type: "branch", privateIp: branch.privateIp, macAddress: branch.macAddress })
      yield* ec2.disassociateBranch({ associationId, clientToken: yield* token("disassoc") })
      yield* seen(branch.eniId, ({ status }) => status === "available")
    }))

  it.effect("a VLAN id is one branch's on a trunk: Taken for a second one, on another trunk it is free", () =>
    Effect.gen(function*() {
      const here = yield* permittedTrunk("vlan-here")
      const there = yield* permittedTrunk("vlan-there")
      const first = yield* permittedBranch("vlan-first")
      const second = yield* permittedBranch("vlan-second")
      yield* associate(here.eniId, first.eniId, 7)
      expect(yield* refusal(associate(here.eniId, second.eniId, 7))).toEqual({
        action: "AssociateTrunkInterface",
        explained: true,
        reason: { _tag: "Taken", what: "vlan" }
      })
      yield* associate(there.eniId, second.eniId, 7)
    }))

  it.effect("a VLAN id asked for twice at the same time goes to one branch", () =>
    Effect.gen(function*() {
      const trunk = yield* permittedTrunk("vlan-race")
      const branches = yield* Effect.forEach(["a", "b", "c"], (label) => permittedBranch(`vlan-race-${label}`))
      const results = yield* Effect.forEach(branches, ({ eniId }) => Effect.result(associate(trunk.eniId, eniId, 9)), {
        concurrency: "unbounded"
      })
      expect(results.filter(Result.isSuccess).length).toBe(1)
      expect(results.filter(Result.isFailure).map(({ failure }) => failure.reason)).toEqual([
        { _tag: "Taken", what: "vlan" },
        { _tag: "Taken", what: "vlan" }
      ])
    }))

  it.effect("a branch is under one trunk: AlreadyAssociated", () =>
    Effect.gen(function*() {
      const trunk = yield* permittedTrunk("once-trunk")
      const other = yield* permittedTrunk("once-other")
      const branch = yield* permittedBranch("once")
      yield* associate(trunk.eniId, branch.eniId, 1)
      expect((yield* refusal(associate(trunk.eniId, branch.eniId, 2))).reason).toEqual({ _tag: "AlreadyAssociated" })
      expect((yield* refusal(associate(other.eniId, branch.eniId, 3))).reason).toEqual({ _tag: "AlreadyAssociated" })
    }))

  it.effect("associateBranch adds NotFound for trunk and branch; disassociateBranch for the association", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("missing-trunk")
      const branch = yield* permittedBranch("missing-branch")
      expect((yield* refusal(associate(nowhere.eniId, branch.eniId, 1))).reason).toMatchObject({ _tag: "NotFound", thing: "trunk" })
      expect((yield* refusal(associate(trunk.eniId, nowhere.eniId, 2))).reason).toMatchObject({ _tag: "NotFound", thing: "branch" })
      const associationId = "trunk-assoc-0ffffffffffffffff" as AssociationId
      const ended = yield* refusal(ec2.disassociateBranch({ associationId, clientToken: yield* token("missing") }))
      expect(ended).toMatchObject({
        action: "DisassociateTrunkInterface",
        explained: true,
        reason: { _tag: "NotFound", thing: "association" }
      })
    }))

  it.effect("disassociateBranch a second time: NotFound; its VLAN id can be given again", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("again-trunk")
      const branch = yield* permittedBranch("again")
      const next = yield* permittedBranch("again-next")
      const associationId = yield* associate(trunk.eniId, branch.eniId, 5)
      yield* ec2.disassociateBranch({ associationId, clientToken: yield* token("again-1") })
      const again = yield* refusal(ec2.disassociateBranch({ associationId, clientToken: yield* token("again-2") }))
      expect(again.reason).toMatchObject({ _tag: "NotFound", thing: "association" })
      yield* associateOnceFree(trunk.eniId, next.eniId, 5)
    }))

  it.effect("deleting an associated branch ends the association", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("drop-trunk")
      const branch = yield* permittedBranch("drop")
      const next = yield* permittedBranch("drop-next")
      const associationId = yield* associate(trunk.eniId, branch.eniId, 6)
      yield* ec2.deleteInterface(branch.eniId)
      const ended = yield* refusal(ec2.disassociateBranch({ associationId, clientToken: yield* token("drop") }))
      expect(ended.reason).toMatchObject({ _tag: "NotFound", thing: "association" })
      yield* associateOnceFree(trunk.eniId, next.eniId, 6)
    }))

  it.effect("deleting a trunk ends its associations and leaves the branches", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("fell-trunk")
      const branch = yield* permittedBranch("fell")
      yield* associate(trunk.eniId, branch.eniId, 1)
      yield* seen(branch.eniId, ({ status }) => status === "in-use")
      yield* ec2.deleteInterface(trunk.eniId)
      yield* seen(branch.eniId, ({ status }) => status === "available")
    }))
}

/** Doing it twice with one token (contract §6). */
export const associationTokens = (it: It): void => {
  it.effect("associateBranch again with the same token: the same association, even when it has ended since", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("assoc-replay-trunk")
      const branch = yield* permittedBranch("assoc-replay")
      const asked = { trunkId: trunk.eniId, branchId: branch.eniId, vlanId: vlan(1), clientToken: yield* token("assoc-replay-t") }
      const associationId = yield* ec2.associateBranch(asked)
      expect(yield* ec2.associateBranch(asked)).toBe(associationId)
      expect((yield* refusal(ec2.associateBranch({ ...asked, vlanId: vlan(2) }))).reason).toEqual({ _tag: "TokenSpent" })
      yield* ec2.disassociateBranch({ associationId, clientToken: yield* token("assoc-replay-d") })
      expect(yield* ec2.associateBranch(asked)).toBe(associationId)
      yield* seen(branch.eniId, ({ status }) => status === "available")
    }))

  it.effect("disassociateBranch again with the same token: done, as before", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("disassoc-replay-trunk")
      const branch = yield* permittedBranch("disassoc-replay")
      const ending = {
        associationId: yield* associate(trunk.eniId, branch.eniId, 1),
        clientToken: yield* token("disassoc-replay-t")
      }
      yield* ec2.disassociateBranch(ending)
      yield* ec2.disassociateBranch(ending)
      yield* seen(branch.eniId, ({ status }) => status === "available")
    }))
}

/** Associating without the right to. */
export const associationPermissions = (it: It): void => {
  it.effect("associateBranch without a permission for the branch: Unauthorized", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const trunk = yield* permittedTrunk("assoc-permission-trunk")
      const branch = yield* ec2.createBranch(yield* wanted("assoc-permission"))
      expect((yield* refusal(associate(trunk.eniId, branch.eniId, 1))).reason).toEqual({ _tag: "Unauthorized" })
    }))
}

/** What an attached trunk carries. */
export const associationLimits = (it: It): void => {
  it.effect("an attached trunk carries the branches of its instance type and no more: LimitReached, until one goes", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { branches, instanceId } = yield* (yield* Ec2Harness).launch
      const { eniId: trunkId } = yield* permittedTrunk("limit-trunk")
      yield* ec2.attachTrunk({ trunkId, instanceId, deviceIndex: 1 })
      const ids = yield* Effect.forEach(Array.from({ length: branches }, (_, index) => index + 1), (id) =>
        Effect.flatMap(permittedBranch(`limit-${id}`), ({ eniId }) => associate(trunkId, eniId, id)))
      const extra = yield* permittedBranch("limit-extra")
      expect((yield* refusal(associate(trunkId, extra.eniId, branches + 1))).reason).toEqual({ _tag: "LimitReached" })
      const [first] = ids
      if (first === undefined) return yield* Effect.die("the instance carries no branch")
      yield* ec2.disassociateBranch({ associationId: first, clientToken: yield* token("limit-d") })
      yield* associate(trunkId, extra.eniId, branches + 2)
    }))
}
