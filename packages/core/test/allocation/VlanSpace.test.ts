import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  emptyVlanSpace,
  firstVlanId,
  handedOut,
  isAssignable,
  lastVlanId,
  nextVlanId,
  quarantine,
  quarantineEnds,
  rest,
  seen,
  type VlanSpace
} from "../../src/allocation/VlanSpace.js"
import { vlan } from "./Fixtures.js"

const nobody = () => false
const all = Array.from({ length: lastVlanId }, (_, at) => at + firstVlanId)
const handOut = (space: VlanSpace, times: number, isHeld: (vlanId: number) => boolean = nobody, now = 0) => {
  const given: Array<number | undefined> = []
  for (let at = 0; at < times; at++) {
    const next = nextVlanId(space, isHeld, now)
    given.push(next)
    if (next !== undefined) space = handedOut(space, next)
  }
  return given
}

describe("the VLAN ids of a trunk", () => {
  it("are 1 to 152, because 153, 154 and 155 would be the kernel's own routing tables", () => {
    expect([0, 1, 152, 153, 154, 155, 4094, 1.5, Number.NaN].map(isAssignable)).toEqual([false, true, true, false, false, false, false, false, false])
  })

  it("are handed out next-fit: each once in a round, and the first again only after the last", () => {
    expect(handOut(emptyVlanSpace, lastVlanId + 2)).toEqual([...all, 1, 2])
  })

  it("go on behind the last, not at the lowest that is free", () => {
    expect(nextVlanId(handedOut(emptyVlanSpace, 40), nobody, 0)).toBe(41)
  })

  it("go on past the highest that was found in use after a restart", () => {
    expect(nextVlanId(seen(seen(emptyVlanSpace, 70), 12), nobody, 0)).toBe(71)
  })

  it("that EC2 refused are not handed out before their quarantine is over", () => {
    const space = quarantine(emptyVlanSpace, vlan(1), 100)
    expect([nextVlanId(space, nobody, 99), nextVlanId(space, nobody, 100)]).toEqual([2, 1])
  })

  it("in quarantine are not handed out even when there is no other", () => {
    const allButOne = (vlanId: number) => vlanId !== 7
    const space = quarantine(emptyVlanSpace, vlan(7), 100)
    expect([nextVlanId(space, allButOne, 99), quarantineEnds(space, allButOne, 99)]).toEqual([undefined, 100])
    expect([nextVlanId(space, allButOne, 100), quarantineEnds(space, allButOne, 100)]).toEqual([7, undefined])
  })

  it("that rest are passed over while there are others", () => {
    expect(nextVlanId(rest(emptyVlanSpace, 1, 100), nobody, 0)).toBe(2)
  })

  it("that rest are handed out when there is no other, the one that has rested longest first", () => {
    const space = rest(rest(emptyVlanSpace, 3, 200), 9, 100)
    expect(nextVlanId(space, (vlanId) => vlanId !== 3 && vlanId !== 9, 0)).toBe(9)
  })

  it("are none when all are held", () => {
    expect(nextVlanId(emptyVlanSpace, () => true, 0)).toBeUndefined()
  })

  it("in quarantine are spoken of as long as nobody holds them", () => {
    const space = quarantine(quarantine(emptyVlanSpace, vlan(5), 300), vlan(6), 200)
    expect(quarantineEnds(space, nobody, 0)).toBe(200)
    expect(quarantineEnds(space, (vlanId) => vlanId === 6, 0)).toBe(300)
    expect(quarantineEnds(space, nobody, 300)).toBeUndefined()
  })
})

const id = Schema.Int.check(Schema.isBetween({ minimum: firstVlanId, maximum: lastVlanId }))
const time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 }))
const marks = Schema.Array(Schema.Tuple([id, time]))

it.prop("the next id is the first behind the cursor that nothing speaks against, or the longest rested of those that only rest", {
  cursor: Arbitrary.schema(id),
  held: Arbitrary.schema(Schema.Array(id)),
  quarantined: Arbitrary.schema(marks),
  resting: Arbitrary.schema(marks),
  // Leaves only a few ids, or none, in some of the runs.
  onlyBelow: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))),
  now: Arbitrary.schema(time)
}, ({ cursor, held, quarantined, resting, onlyBelow, now }) => {
  let space = handedOut(emptyVlanSpace, cursor)
  for (const [vlanId, until] of quarantined) space = quarantine(space, vlan(vlanId), until)
  for (const [vlanId, until] of resting) space = rest(space, vlanId, until)
  const isHeld = (vlanId: number) => held.includes(vlanId) || vlanId >= onlyBelow

  const round = all.map((offset) => ((cursor + offset - 1) % lastVlanId) + 1)
  const candidates = round.filter((vlanId) => !isHeld(vlanId) && space.quarantinedUntil[vlanId]! <= now)
  const rested = candidates.filter((vlanId) => space.restingUntil[vlanId]! <= now)
  const longest = Math.min(...candidates.map((vlanId) => space.restingUntil[vlanId]!))
  const expected = rested[0] ?? candidates.find((vlanId) => space.restingUntil[vlanId] === longest)
  expect(nextVlanId(space, isHeld, now)).toBe(expected)
}, { arbitrary: { runs: 300, seed: 7 } })
