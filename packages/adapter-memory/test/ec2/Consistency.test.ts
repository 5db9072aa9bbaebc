import { makeVersions } from "@branchline/adapter-memory/ec2/Versions"
import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { TestClock } from "effect/testing"
import { account, vlan, whole } from "./fixtures.js"

describe("Versions", () => {
  it.prop(
    "a look back finds what a full history would",
    {
      steps: Arbitrary.array(
        Arbitrary.all([
          whole(0, 3),
          whole(0, 40),
          whole(0, 100)
        ]),
        { minLength: 1, maxLength: 100 }
      )
    },
    ({ steps }) => {
      const horizon = 100
      const versions = makeVersions<number, number>(() => horizon)
      const history: Array<{ readonly at: number; readonly key: number; readonly value: number | undefined }> = []
      let now = 0
      steps.forEach(([key, wait, back], step) => {
        now += wait
        if (step % 3 === 0) {
          versions.delete(key, now)
          history.push({ at: now, key, value: undefined })
        } else {
          versions.set(key, step, now)
          history.push({ at: now, key, value: step })
        }
        const time = now - back
        const expected = [0, 1, 2, 3].map((one) => history.findLast((change) => change.key === one && change.at <= time)?.value)
        expect([0, 1, 2, 3].map((one) => versions.at(one, time))).toEqual(expected)
        const all = expected.filter((value) => value !== undefined)
        expect(versions.allAt(time).toSorted((a, b) => a - b)).toEqual(all.toSorted((a, b) => a - b))
      })
    }
  )
})

describe("eventual consistency", () => {
  it.effect("a describe misses what is younger than the lag: creation, change, deletion", () =>
    Effect.gen(function*() {
      const { port, wanted } = yield* account({ describeLag: "2 seconds" })
      const look = (eniId: Parameters<typeof port.deleteInterface>[0]) =>
        Effect.map(port.describeInterfaces({ eniIds: [eniId] }), (found) => found.map(({ tags }) => tags))
      const { eniId } = yield* port.createBranch(wanted())
      expect(yield* look(eniId)).toEqual([])
      yield* TestClock.adjust("2 seconds")
      expect(yield* look(eniId)).toEqual([{}])
      yield* port.tagInterface(eniId, { a: "1" })
      expect(yield* look(eniId)).toEqual([{}])
      yield* TestClock.adjust("1999 millis")
      expect(yield* look(eniId)).toEqual([{}])
      yield* TestClock.adjust("1 milli")
      expect(yield* look(eniId)).toEqual([{ a: "1" }])
      yield* port.deleteInterface(eniId)
      expect(yield* look(eniId)).toEqual([{ a: "1" }])
      expect((yield* port.describeInterfaces({})).length).toBe(2)
      yield* TestClock.adjust("2 seconds")
      expect(yield* look(eniId)).toEqual([])
      expect((yield* port.describeInterfaces({})).length).toBe(1)
    }))

  it.effect("a drawn lag: of many looks some see it and some do not", () =>
    Effect.gen(function*() {
      const { port, wanted } = yield* account({ describeLag: { min: 0, max: "2 seconds" } })
      yield* TestClock.adjust("5 seconds")
      const { eniId } = yield* port.createBranch(wanted())
      yield* TestClock.adjust("1 second")
      const looks = yield* Effect.forEach(Array.from({ length: 60 }), () => port.describeInterfaces({ eniIds: [eniId] }))
      expect(new Set(looks.map(({ length }) => length))).toEqual(new Set([0, 1]))
    }))

  it.effect("a change is done although no describe shows it", () =>
    Effect.gen(function*() {
      const { port, wanted } = yield* account({ describeLag: "1 minute" })
      const { eniId } = yield* port.createBranch(wanted())
      yield* port.deleteInterface(eniId)
      expect((yield* Effect.flip(port.deleteInterface(eniId))).code).toBe("InvalidNetworkInterfaceID.NotFound")
    }))

  it.effect("a branch that was just disassociated is not deleted until EC2 has seen it everywhere", () =>
    Effect.gen(function*() {
      const { branch, port, trunk } = yield* account({ releaseDelay: "2 seconds" })
      const trunkId = yield* trunk()
      const branchId = yield* branch()
      const associationId = yield* port.associateBranch({ trunkId, branchId, vlanId: vlan(1), clientToken: "a" })
      yield* port.disassociateBranch({ associationId, clientToken: "b" })
      yield* TestClock.adjust("1999 millis")
      expect(yield* Effect.flip(port.deleteInterface(branchId))).toMatchObject({
        code: "InvalidNetworkInterface.InUse",
        reason: { _tag: "InUse" }
      })
      yield* TestClock.adjust("1 millis")
      yield* port.deleteInterface(branchId)
    }))

  it.effect("a VLAN id that was just freed is refused for the cooldown, and the attempt is noted", () =>
    Effect.gen(function*() {
      const { branch, observations, port, trunk } = yield* account({ vlanCooldown: "10 seconds" })
      const trunkId = yield* trunk()
      const [one, two, three] = yield* Effect.all([branch(), branch(), branch()])
      yield* TestClock.adjust("10 seconds")
      yield* port.associateBranch({ trunkId, branchId: one, vlanId: vlan(1), clientToken: "a" })
      yield* port.deleteInterface(one)
      yield* TestClock.adjust("9 seconds")
      const again = port.associateBranch({ trunkId, branchId: two, vlanId: vlan(1), clientToken: "b" })
      expect(yield* Effect.flip(again)).toMatchObject({
        code: "InvalidParameterValue",
        reason: { _tag: "Taken", what: "vlan" },
        isRetryable: false
      })
      yield* port.associateBranch({ trunkId, branchId: three, vlanId: vlan(2), clientToken: "c" })
      yield* TestClock.adjust("1 second")
      yield* again
      expect((yield* observations).map(({ at, kind }) => [at, kind])).toEqual([
        [10_000, "associated-branch-deleted"],
        [19_000, "vlan-cooling"]
      ])
    }))
})
