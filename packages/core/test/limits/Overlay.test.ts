import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { deviceIndexes, type InstanceLimits } from "../../src/limits/InstanceLimits.js"
import { limitsOf, publishedLimits } from "../../src/limits/Limits.js"
import { InvalidLimitsOverlay, type LimitsOverlay, withOverlay } from "../../src/limits/Overlay.js"

const overlaid = (overlay: LimitsOverlay) => Result.getOrThrow(withOverlay(publishedLimits, overlay))
const issuesOf = (overlay: unknown) => Result.getOrThrow(Result.flip(withOverlay(publishedLimits, overlay))).issues
const published = (instanceType: string): InstanceLimits => Result.getOrThrow(limitsOf(publishedLimits, instanceType))

const typeNames = [...publishedLimits.keys()]
const anyType = Arbitrary.schema(Schema.Literals(typeNames))
const integer = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const anyFields = Arbitrary.schema(Schema.Struct({
  interfaces: Schema.optionalKey(integer(1, 80)),
  ipv4PerInterface: Schema.optionalKey(integer(1, 64)),
  branches: Schema.optionalKey(integer(0, 152)),
  hypervisor: Schema.optionalKey(Schema.Literals(["nitro", "xen"]))
}))

describe("an overlay that holds", () => {
  it("overrides one field and keeps the others", () => {
    expect(overlaid({ "m5.large": { branches: 5 } }).get("m5.large")).toEqual({ ...published("m5.large"), branches: 5 })
  })

  it("adds a type that the table lacks", () => {
    expect(publishedLimits.has("m9.large")).toBe(false)
    const table = overlaid({ "m9.large": { interfaces: 3, ipv4PerInterface: 20, branches: 152 } })
    expect(table.get("m9.large")).toEqual({
      interfaces: 3,
      ipv4PerInterface: 20,
      trunking: true,
      branches: 152,
      networkCards: [{ index: 0, interfaces: 3 }],
      defaultNetworkCard: 0,
      hypervisor: "nitro"
    })
    expect(table.size).toBe(publishedLimits.size + 1)
  })

  it("adds a type with every field of its own", () => {
    const own: InstanceLimits = {
      interfaces: 12,
      ipv4PerInterface: 30,
      trunking: false,
      branches: 0,
      networkCards: [{ index: 0, interfaces: 4 }, { index: 1, interfaces: 8 }],
      defaultNetworkCard: 1,
      hypervisor: ""
    }
    const limits = overlaid({ "z9.metal": own }).get("z9.metal")
    expect(limits).toEqual(own)
    expect(deviceIndexes(own)).toBe(8)
  })

  it("makes a type trunk-compatible by its branches, and takes that away by either field", () => {
    const table = overlaid({ "t3.large": { branches: 4 }, "m5.large": { trunking: false }, "c5.large": { branches: 0 } })
    expect(table.get("t3.large")).toMatchObject({ trunking: true, branches: 4 })
    expect(table.get("m5.large")).toMatchObject({ trunking: false, branches: 0 })
    expect(table.get("c5.large")).toMatchObject({ trunking: false, branches: 0 })
  })

  it("lets the card of a type with one card follow its interfaces, and leaves several cards alone", () => {
    const table = overlaid({ "m5.large": { interfaces: 4 }, "p4d.24xlarge": { interfaces: 14 } })
    expect(table.get("m5.large")?.networkCards).toEqual([{ index: 0, interfaces: 4 }])
    expect(table.get("p4d.24xlarge")?.networkCards).toEqual(published("p4d.24xlarge").networkCards)
  })

  it("can lie over another overlay", () => {
    const first = overlaid({ "m9.large": { interfaces: 3, ipv4PerInterface: 20, branches: 9 } })
    const second = Result.getOrThrow(withOverlay(first, { "m9.large": { branches: 12 } }))
    expect(second.get("m9.large")).toEqual({ ...first.get("m9.large"), branches: 12 })
  })

  it.prop("wins field by field, and touches no other type", { name: anyType, fields: anyFields }, ({ name, fields }) => {
    const before = published(name)
    const table = overlaid({ [name]: fields })
    const { interfaces, ipv4PerInterface, branches, hypervisor } = { ...before, ...fields }
    expect(table.get(name)).toMatchObject({ interfaces, ipv4PerInterface, branches, hypervisor, trunking: branches > 0 })
    for (const [other, limits] of publishedLimits) {
      if (other !== name && table.get(other) !== limits) return false
    }
    return table.size === publishedLimits.size && published(name) === before
  }, { arbitrary: { runs: 200, seed: 1 } })
})

describe("an overlay that does not hold", () => {
  it("refuses 153 branches: VLAN id 153 is not safe on a node", () => {
    expect(issuesOf({ "m5.large": { branches: 153 } })).toEqual([{
      path: ["m5.large", "branches"],
      reason: "Expected 0 to 152, for only VLAN ids 1 to 152 are safe on a node, got 153"
    }])
  })

  it.each([
    ["a negative number", { interfaces: -1 }, "interfaces"],
    ["no interfaces", { interfaces: 0 }, "interfaces"],
    ["a fraction", { branches: 1.5 }, "branches"],
    ["no number", { branches: Number.NaN }, "branches"],
    ["infinity", { ipv4PerInterface: Number.POSITIVE_INFINITY }, "ipv4PerInterface"],
    ["a number in quotes", { branches: "9" }, "branches"],
    ["nothing", { trunking: null }, "trunking"],
    ["a hypervisor of its own", { hypervisor: "kvm" }, "hypervisor"],
    ["no cards", { networkCards: [] }, "networkCards"],
    ["a misspelt field", { branch: 9 }, "branch"]
  ])("refuses %s and says where", (_, fields, field) => {
    const issues = issuesOf({ "m5.large": fields })
    expect(issues.length).toBeGreaterThanOrEqual(1)
    for (const issue of issues) {
      expect(issue.path).toEqual(["m5.large", field])
      expect(issue.reason).not.toBe("")
    }
  })

  it("names the card and its field", () => {
    const networkCards = [{ index: 0, interfaces: 3 }, { index: 1, interfaces: 0 }]
    expect(issuesOf({ "m5.large": { networkCards } })).toEqual([
      { path: ["m5.large", "networkCards", 1, "interfaces"], reason: "Expected 1 or more, got 0" }
    ])
  })

  it.each([["no branches to carry", "t3.large", { trunking: true }], ["branches nonetheless", "m5.large", { trunking: false, branches: 3 }]])(
    "refuses a type that says one thing of its trunk and has %s",
    (_, instanceType, fields) => {
      expect(issuesOf({ [instanceType]: fields }).map(({ path }) => path)).toEqual([[instanceType, "branches"]])
    }
  )

  it("refuses a card listed twice, and a default card that is not listed", () => {
    const networkCards = [{ index: 0, interfaces: 2 }, { index: 0, interfaces: 2 }]
    expect(issuesOf({ "m5.large": { networkCards, defaultNetworkCard: 1 } })).toEqual([
      { path: ["m5.large", "networkCards", 1, "index"], reason: "network card 0 is listed twice" },
      { path: ["m5.large", "defaultNetworkCard"], reason: "network card 1 is not listed: the type has 0, 0" }
    ])
  })

  it("names every field that a new type lacks", () => {
    expect(issuesOf({ "m9.large": { branches: 9 } })).toEqual([
      { path: ["m9.large", "interfaces"], reason: "missing, and the table has no such type to take it from" },
      { path: ["m9.large", "ipv4PerInterface"], reason: "missing, and the table has no such type to take it from" }
    ])
  })

  it.each(["m5", "M5.large", "m5.large ", "", "constructor"])("refuses %j, which is the name of no instance type", (name) => {
    expect(issuesOf({ [name]: { branches: 1 } })).toEqual([
      { path: [name], reason: expect.stringContaining("an instance type such as m5.large") }
    ])
  })

  it("refuses a __proto__ that a JSON document smuggles in", () => {
    const issues = issuesOf(JSON.parse("{\"__proto__\":{\"branches\":1}}"))
    expect(issues.map(({ path }) => path)).toEqual([["__proto__"]])
  })

  it.each([[null], ["m5.large"], [9], [[]], [undefined]])("refuses %j, which is no overlay at all", (document) => {
    expect(issuesOf(document)).toHaveLength(1)
  })

  it("lists all that is wrong, and its message names it", () => {
    const error = Result.getOrThrow(Result.flip(withOverlay(publishedLimits, { "m5.large": { branches: 200, interfaces: 0 } })))
    expect(error).toBeInstanceOf(InvalidLimitsOverlay)
    expect(error).toMatchObject({ _tag: "InvalidLimitsOverlay", isRetryable: false })
    expect(error.issues.map(({ path }) => path.join(".")).sort()).toEqual(["m5.large.branches", "m5.large.interfaces"])
    expect(error.message).toContain("m5.large → branches: Expected 0 to 152")
    expect(error.message).toContain("m5.large → interfaces: Expected 1 or more, got 0")
  })

  it.prop(
    "branches without a safe VLAN id each are always refused",
    { name: anyType, branches: Arbitrary.schema(Schema.Finite) },
    ({ name, branches }) => {
      const fits = Number.isInteger(branches) && branches >= 0 && branches <= 152
      const outcome = withOverlay(publishedLimits, { [name]: { branches } })
      expect(Result.isSuccess(outcome)).toBe(fits)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
