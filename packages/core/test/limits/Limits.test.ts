import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { deviceIndexes, type InstanceLimits, maxBranches } from "../../src/limits/InstanceLimits.js"
import {
  limitsOf,
  limitsSource,
  NotTrunkCompatible,
  publishedLimits,
  trunkLimitsOf,
  UnknownInstanceType
} from "../../src/limits/Limits.js"
import { nearest } from "../../src/limits/Nearest.js"

const published = (instanceType: string): InstanceLimits => Result.getOrThrow(limitsOf(publishedLimits, instanceType))
const refusal = (instanceType: string) => Result.getOrThrow(Result.flip(trunkLimitsOf(publishedLimits, instanceType)))

const typesWhere = (holds: (limits: InstanceLimits, name: string) => boolean) =>
  [...publishedLimits].filter(([name, limits]) => holds(limits, name)).map(([name]) => name)

const typeNames = [...publishedLimits.keys()]
const anyType = Arbitrary.schema(Schema.Literals(typeNames))

describe("the published table", () => {
  it("comes from the public module at v1.8.2 or later", () => {
    expect(limitsSource.module).toBe("github.com/aws/amazon-vpc-resource-controller-k8s")
    expect(limitsSource.version).toMatch(/^v1\.(8\.([2-9]|\d\d+)|(9|\d\d+)\.\d+)$/)
  })

  it("holds no fewer types than v1.8.2 published", () => {
    expect(publishedLimits.size).toBeGreaterThanOrEqual(1423)
  })

  it("knows the seed's m5.large", () => {
    expect(published("m5.large")).toEqual({
      interfaces: 3,
      ipv4PerInterface: 10,
      trunking: true,
      branches: 9,
      networkCards: [{ index: 0, interfaces: 3 }],
      defaultNetworkCard: 0,
      hypervisor: "nitro"
    })
  })

  it.each([
    ["m5.4xlarge", 54],
    ["p5.48xlarge", 120],
    ["c5.metal", 107],
    ["t3.large", 0]
  ])("gives %s %i branches", (instanceType, branches) => {
    expect(published(instanceType).branches).toBe(branches)
  })

  it("has no type with more than 120 branches, and one that has them", () => {
    const branches = [...publishedLimits.values()].map((limits) => limits.branches)
    expect(Math.max(...branches)).toBe(120)
  })

  it("names a hypervisor for every type but bare metal", () => {
    expect(typesWhere((limits, name) => (limits.hypervisor === "") !== /\.metal(-|$)/.test(name))).toEqual([])
  })

  it("has 64 types with several network cards, as contract §6 counts them in v1.8.2", () => {
    expect(typesWhere(({ networkCards }) => networkCards.length > 1).length).toBeGreaterThanOrEqual(64)
  })

  // An allocator takes each of these for granted.
  it.each<[string, (limits: InstanceLimits) => boolean]>([
    ["can have a trunk exactly where it has branches", ({ trunking, branches }) => trunking === branches > 0],
    ["has a safe VLAN id for every branch", ({ branches }) => branches >= 0 && branches <= maxBranches],
    ["has an address on each interface", ({ ipv4PerInterface }) => ipv4PerInterface >= 1],
    ["lists a card once", ({ networkCards }) => new Set(networkCards.map(({ index }) => index)).size === networkCards.length],
    ["lists its default card", (limits) => limits.networkCards.some(({ index }) => index === limits.defaultNetworkCard)],
    ["has a device index for the primary interface, and one for a trunk", (limits) => deviceIndexes(limits) >= (limits.trunking ? 2 : 1)],
    ["has no more device indexes than interfaces", (limits) => deviceIndexes(limits) <= limits.interfaces]
  ])("every type %s", (_, holds) => {
    expect(typesWhere((limits) => !holds(limits))).toEqual([])
  })
})

describe("device indexes", () => {
  it.each([
    ["m5.large", 3],
    ["p4d.24xlarge", 15],
    ["p5.48xlarge", 2]
  ])("%s has %i", (instanceType, indexes) => {
    expect(deviceIndexes(published(instanceType))).toBe(indexes)
  })

  it("are no more than the type's interfaces where the card would take more", () => {
    expect(deviceIndexes({ ...published("m5.large"), networkCards: [{ index: 0, interfaces: 8 }] })).toBe(3)
  })

  it("are those of the default card, whichever place it has in the list", () => {
    const networkCards = [{ index: 1, interfaces: 7 }, { index: 0, interfaces: 4 }]
    expect(deviceIndexes({ ...published("m5.4xlarge"), networkCards })).toBe(4)
    expect(deviceIndexes({ ...published("m5.4xlarge"), networkCards, defaultNetworkCard: 1 })).toBe(7)
  })

  it("are none where the default card is not there", () => {
    expect(deviceIndexes({ ...published("m5.large"), defaultNetworkCard: 1 })).toBe(0)
  })
})

describe("a type that cannot serve", () => {
  it("t3.large is not trunk-compatible, and the error names it", () => {
    const error = refusal("t3.large")
    expect(error).toBeInstanceOf(NotTrunkCompatible)
    expect(error).toMatchObject({ _tag: "NotTrunkCompatible", instanceType: "t3.large", isRetryable: false })
    expect(error.message).toContain("\"t3.large\"")
  })

  it("an unknown type names itself, what is near, and the mend", () => {
    const error = refusal("m5.lrage")
    expect(error).toBeInstanceOf(UnknownInstanceType)
    expect(error).toMatchObject({
      _tag: "UnknownInstanceType",
      instanceType: "m5.lrage",
      suggestion: "m5.large",
      isRetryable: false
    })
    expect(error.message).toBe(
      `instance type "m5.lrage" is not in the limits table (published ${limitsSource.version} and overlay); ` +
        "the nearest name there is \"m5.large\". A type newer than that needs its limits in the overlay"
    )
  })

  it("an unknown type that is like nothing gets no suggestion", () => {
    const error = refusal("quantum9.colossal")
    expect(error).toMatchObject({ instanceType: "quantum9.colossal", suggestion: undefined })
    expect(error.message).not.toContain("nearest")
  })

  it.each(["", "constructor", "__proto__", "toString", "M5.large", " m5.large"])("%j is unknown", (instanceType) => {
    expect(refusal(instanceType)._tag).toBe("UnknownInstanceType")
  })

  it.effect("reaches an effect's error channel as it is", () =>
    Effect.gen(function*() {
      const limits = yield* Effect.fromResult(trunkLimitsOf(publishedLimits, "t3.large"))
      return `${limits.branches} branches`
    }).pipe(
      Effect.catchTag("NotTrunkCompatible", (error) => Effect.succeed(error.instanceType)),
      Effect.map((outcome) => expect(outcome).toBe("t3.large"))
    ))

  it.prop("whatever is not in the table is refused by name", { instanceType: Arbitrary.schema(Schema.String) }, ({ instanceType }) => {
    expect(refusal(instanceType)).toMatchObject({ _tag: "UnknownInstanceType", instanceType })
  })

  it.prop(
    "a name with one character left out finds a name of the table again",
    { name: anyType, at: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))) },
    ({ name, at }) => {
      const typed = name.slice(0, at % name.length) + name.slice((at % name.length) + 1)
      const found = nearest(typed, typeNames)
      expect(typeNames).toContain(found)
      // Nothing is nearer to a name of the table than the name itself.
      expect(found === typed).toBe(publishedLimits.has(typed))
    }
  )
})

describe("the nearest name", () => {
  it.each([
    ["left out", "m5.lage", "m5.large"],
    ["put in", "m5.laarge", "m5.large"],
    ["changed", "m5.lerge", "m5.large"],
    ["swapped", "m5.lareg", "m5.large"],
    ["two of them", "n5.lareg", "m5.large"]
  ])("is found with a character %s", (_, typed, expected) => {
    expect(nearest(typed, ["c5.metal", "m5.large", "r5b.24xlarge"])).toBe(expected)
  })

  it("is none when three edits are needed", () => {
    expect(nearest("n6.lareg", ["m5.large"])).toBeUndefined()
  })

  it("is the one with fewer edits, and the first among equals", () => {
    expect(nearest("m5.larg", ["m5a.large", "m5.large"])).toBe("m5.large")
    expect(nearest("m9.large", ["m4.large", "m5.large"])).toBe("m4.large")
  })
})
