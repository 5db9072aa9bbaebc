import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "../../ports/Ec2.js"
import { eventually, type It, labelTag, nowhere, refusal, unseen, wanted } from "./Harness.js"

/** Creating twice with one token (contract §6). */
export const clientTokens = (it: It): void => {
  it.effect("create again with the same token and parameters: the same interface, and no second one", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const asked = yield* wanted("replay")
      const one = yield* ec2.createBranch(asked)
      const two = yield* ec2.createBranch(asked)
      expect(two.eniId).toBe(one.eniId)
      const claimed = ec2.describeInterfaces({ tags: { [labelTag]: [asked.tags[labelTag] ?? ""] } })
      const found = yield* eventually(claimed, ({ length }) => length > 0)
      expect(found.map(({ eniId }) => eniId)).toEqual([one.eniId])
    }))

  it.effect("create at the same time with the same token: one interface", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const asked = yield* wanted("race")
      const made = yield* Effect.all(Array.from({ length: 4 }, () => ec2.createTrunk(asked)), { concurrency: "unbounded" })
      expect(new Set(made.map(({ eniId }) => eniId)).size).toBe(1)
    }))

  it.effect("create again after the deletion: the same interface in the answer, none in EC2", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const asked = yield* wanted("replay-gone")
      const { eniId } = yield* ec2.createBranch(asked)
      yield* ec2.deleteInterface(eniId)
      expect((yield* ec2.createBranch(asked)).eniId).toBe(eniId)
      yield* unseen(eniId)
    }))

  it.effect("create with the same token and other parameters: TokenSpent", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const asked = yield* wanted("spent")
      yield* ec2.createBranch(asked)
      const spent = { action: "CreateNetworkInterface", explained: true, reason: { _tag: "TokenSpent" } }
      expect(yield* refusal(ec2.createBranch({ ...asked, tags: { ...asked.tags, more: "1" } }))).toEqual(spent)
      expect(yield* refusal(ec2.createTrunk(asked))).toEqual(spent)
    }))

  it.effect("a refused create spends no token", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const asked = yield* wanted("refused-first")
      yield* refusal(ec2.createBranch({ ...asked, subnetId: nowhere.subnetId }))
      expect((yield* ec2.createBranch(asked)).subnetId).toBe(asked.subnetId)
    }))
}
