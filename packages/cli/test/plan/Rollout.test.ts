import { describe, expect, it } from "@effect/vitest"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { life } from "../../src/plan/Life.js"
import { rollout, type RolloutAsked, type Rule } from "../../src/plan/Rollout.js"
import { bucketOf, leastTime } from "../../src/plan/Throttle.js"

const asked = (change: Partial<RolloutAsked>): RolloutAsked => ({
  rule: { _tag: "Recreate" },
  old: { count: 0, branches: 0 },
  wanted: 0,
  asks: true,
  minReady: 0,
  cooldown: 60_000,
  slots: [Infinity],
  cooling: [],
  addresses: Infinity,
  ...change
})

describe("the life of a branch", () => {
  it("costs the five calls of the README, and none or one where idle reuse is on", () => {
    expect(life.made).toEqual([ec2Actions.createBranch, ec2Actions.permitAttachment, ec2Actions.associateBranch])
    expect(life.gone).toEqual([ec2Actions.disassociateBranch, ec2Actions.deleteInterface])
    expect(life.reused).toEqual([])
    expect(life.regrouped).toEqual([ec2Actions.setGroups])
  })
})

describe("EC2's default rates", () => {
  it("grant 50 calls at once and 5 a second from then on", () => {
    const grant = bucketOf("CreateNetworkInterface")
    const times = Array.from({ length: 60 }, () => grant(0))
    expect(times.slice(0, 50)).toEqual(new Array(50).fill(0))
    expect(times.slice(50, 53)).toEqual([200, 400, 600])
    expect(times.at(-1)).toBe(leastTime("CreateNetworkInterface", 60))
  })

  it("are full again after ten seconds of rest", () => {
    const grant = bucketOf("DeleteNetworkInterface")
    for (let i = 0; i < 50; i++) grant(0)
    expect(Array.from({ length: 51 }, () => grant(10_000))).toEqual([...new Array(50).fill(10_000), 10_200])
  })

  it("let 1,000 new pods be served in 190 seconds, and their branches go in 250, as the bench measures", () => {
    expect(rollout(asked({ rule: { _tag: "Create", ordered: false }, wanted: 1_000 })).lasts).toBe(190_000)
    expect(rollout(asked({ old: { count: 1_000, branches: 1_000 } })).settled).toBe(250_000)
  })
})

describe("a rollout", () => {
  it("of Recreate waits a whole cooldown where all slots are taken", () => {
    expect(rollout(asked({ old: { count: 9, branches: 9 }, wanted: 9, slots: [0] }))).toEqual({
      lasts: 60_000,
      settled: 60_000,
      peak: 9,
      stalls: { count: 1, total: 60_000, longest: 60_000, cooling: 9, lacks: ["slots"] },
      unserved: 0
    })
  })

  it("of Recreate waits for nothing where there are as many slots again", () => {
    const told = rollout(asked({ old: { count: 9, branches: 9 }, wanted: 9, slots: [9] }))
    expect(told).toMatchObject({ lasts: 0, peak: 18, stalls: { count: 0, total: 0 } })
  })

  it("of RollingUpdate stalls between its steps where slots cool", () => {
    const rule: Rule = { _tag: "Rolling", surge: 1, unavailable: 0 }
    const told = rollout(asked({ rule, old: { count: 3, branches: 3 }, wanted: 3, slots: [1] }))
    // One step at once, and then each waits for the slot of the one before.
    expect(told).toMatchObject({ lasts: 120_000, peak: 4, stalls: { count: 2, total: 120_000, longest: 60_000, cooling: 1 } })
  })

  it("of RollingUpdate without a slot for its surge never ends", () => {
    const rule: Rule = { _tag: "Rolling", surge: 1, unavailable: 0 }
    expect(rollout(asked({ rule, old: { count: 3, branches: 3 }, wanted: 3, slots: [0] }))).toMatchObject({ lasts: undefined, unserved: 3 })
  })

  it("of RollingUpdate that may do without some of its pods goes on as their slots come free", () => {
    const rule: Rule = { _tag: "Rolling", surge: 0, unavailable: 1 }
    expect(rollout(asked({ rule, old: { count: 3, branches: 3 }, wanted: 3, slots: [0] }))).toMatchObject({ lasts: 180_000, peak: 3, stalls: { count: 3 } })
  })

  it("of a StatefulSet goes one by one, and with OrderedReady makes missing pods one by one, too", () => {
    const rule = (ordered: boolean): Rule => ({ _tag: "InPlace", surge: 0, unavailable: 1, ordered })
    const minReady = 10_000
    expect(rollout(asked({ rule: rule(true), old: { count: 3, branches: 3 }, wanted: 3, minReady })).lasts).toBe(30_000)
    expect(rollout(asked({ rule: { _tag: "Create", ordered: true }, wanted: 3, minReady })).lasts).toBe(30_000)
    expect(rollout(asked({ rule: { _tag: "Create", ordered: false }, wanted: 3, minReady })).lasts).toBe(10_000)
  })

  it("of a DaemonSet waits on the nodes whose slots are all taken, and on no others", () => {
    const pools = { old: [0, 1, 2], new: [0, 1, 2] }
    const rule: Rule = { _tag: "InPlace", surge: 0, unavailable: 1, ordered: false }
    expect(rollout(asked({ rule, old: { count: 3, branches: 3 }, wanted: 3, slots: [1, 0, 1], pools }))).toMatchObject({ lasts: 60_000, stalls: { count: 1 } })
    const beside: Rule = { _tag: "InPlace", surge: 1, unavailable: 0, ordered: false }
    expect(rollout(asked({ rule: beside, old: { count: 3, branches: 3 }, wanted: 3, slots: [1, 0, 1], pools }))).toMatchObject({ lasts: undefined, unserved: 2 })
  })

  it("of a DaemonSet with a surge takes away the old pod of the node whose new one is available, and no other", () => {
    const pools = { old: [0, 1, 2], new: [0, 1, 2] }
    const rule: Rule = { _tag: "InPlace", surge: 2, unavailable: 0, ordered: false }
    // The first node is full and keeps its old pod for ever; the others go on.
    expect(rollout(asked({ rule, old: { count: 3, branches: 3 }, wanted: 3, slots: [0, 1, 1], pools }))).toMatchObject({ lasts: undefined, unserved: 1 })
  })

  it("uses slots that cool already when they come free", () => {
    expect(rollout(asked({ rule: { _tag: "Create", ordered: false }, wanted: 1, slots: [0], cooling: [{ pool: 0, in: 25_000 }] })).lasts).toBe(25_000)
  })

  it("waits for addresses, too", () => {
    const told = rollout(asked({ old: { count: 2, branches: 2 }, wanted: 2, addresses: 1 }))
    expect(told).toMatchObject({ lasts: 60_000, stalls: { lacks: ["addresses"] } })
  })

  it("of pods that ask for nothing needs nothing", () => {
    expect(rollout(asked({ rule: { _tag: "Create", ordered: false }, wanted: 5, asks: false, slots: [0] }))).toMatchObject({ lasts: 0, peak: 0, unserved: 0 })
  })
})

const amount = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Case = Schema.Struct({
  kind: Schema.Literals(["Create", "Recreate", "Rolling", "InPlace"]),
  ordered: Schema.Boolean,
  surge: amount(4),
  unavailable: amount(4),
  old: amount(12),
  branches: amount(12),
  wanted: amount(12),
  minReady: Schema.Literals([0, 1_000, 45_000]),
  slots: amount(12),
  more: amount(3),
  cooling: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 90_000 }))).check(Schema.isMaxLength(3)),
  addresses: amount(20)
})

const caseOf = ({ addresses, branches, cooling, kind, minReady, old, ordered, slots, surge, unavailable, wanted }: typeof Case.Type): RolloutAsked => {
  const allowed = surge === 0 && unavailable === 0 ? 1 : unavailable
  const rules: Readonly<Record<typeof kind, Rule>> = {
    Create: { _tag: "Create", ordered },
    Recreate: { _tag: "Recreate" },
    Rolling: { _tag: "Rolling", surge, unavailable: allowed },
    InPlace: { _tag: "InPlace", surge: unavailable > 0 ? 0 : surge, unavailable: allowed, ordered }
  }
  return asked({
    rule: rules[kind],
    old: kind === "Create" ? { count: 0, branches: 0 } : { count: old, branches: Math.min(old, branches) },
    wanted,
    minReady,
    slots: [slots],
    cooling: cooling.map((at) => ({ pool: 0, in: at })),
    addresses
  })
}

const never = (lasts: number | undefined): number => lasts ?? Infinity

describe("any rollout", () => {
  it.prop("never holds more branches than there are slots and addresses", { one: Arbitrary.schema(Case) }, ({ one }) => {
    const ask = caseOf(one)
    const told = rollout(ask)
    const before = ask.old.branches
    const slots = ask.slots[0]! + ask.cooling.length
    expect(told.peak).toBeLessThanOrEqual(before + Math.min(slots, ask.addresses + ask.cooling.length))
    expect(told.unserved).toBeGreaterThanOrEqual(0)
    expect(told.unserved).toBeLessThanOrEqual(ask.wanted)
    expect(told.stalls.longest).toBeLessThanOrEqual(told.stalls.total)
  }, { arbitrary: { runs: 2_000 } })

  it.prop("is never later, and serves no fewer, for having more slots or addresses", { one: Arbitrary.schema(Case) }, ({ one }) => {
    const ask = caseOf(one)
    const told = rollout(ask)
    for (const better of [{ ...ask, slots: [ask.slots[0]! + one.more] }, { ...ask, addresses: ask.addresses + one.more }]) {
      const other = rollout(better)
      expect(never(other.lasts)).toBeLessThanOrEqual(never(told.lasts))
      expect(other.unserved).toBeLessThanOrEqual(told.unserved)
    }
  }, { arbitrary: { runs: 2_000 } })

  it.prop("with all the room there could be needs its peak, and with that much never waits", { one: Arbitrary.schema(Case) }, ({ one }) => {
    const ask = { ...caseOf(one), cooling: [], addresses: Infinity }
    const wish = rollout({ ...ask, slots: [Infinity] })
    const exact = rollout({ ...ask, slots: [Math.max(0, wish.peak - ask.old.branches)] })
    expect(wish.unserved).toBe(0)
    expect(exact.stalls.total).toBe(0)
    expect(exact.lasts).toBe(wish.lasts)
  }, { arbitrary: { runs: 2_000 } })
})
