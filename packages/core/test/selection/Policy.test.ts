import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { securityGroupPolicies } from "../../src/model/Resource.js"
import { type CompiledPolicy, compilePolicy } from "../../src/selection/Policy.js"

const metadata = { name: "db", namespace: "default", uid: "u", resourceVersion: "1" }

const compiled = (spec: object | null | undefined): CompiledPolicy =>
  compilePolicy(Result.getOrThrow(securityGroupPolicies.decode({ metadata, ...(spec === undefined ? {} : { spec }) })))

const problemsOf = (spec: object | null | undefined) => {
  const policy = compiled(spec)
  return policy._tag === "Invalid" ? policy.problems.map(({ code, path }) => `${code} at ${path}`) : []
}

const podSelector = { matchLabels: { role: "db" } }
const securityGroups = { groupIds: ["sg-1"] }
const noSelector = "NoSelector at spec"
const noGroups = "NoGroups at spec.securityGroups.groupIds"

describe("a policy", () => {
  it("is ready for many pods once it was compiled", () => {
    expect(compiled({ podSelector, serviceAccountSelector: {}, securityGroups })).toEqual({
      _tag: "Valid",
      namespace: "default",
      name: "db",
      podSelector: [{ path: "spec.podSelector.matchLabels[role]", key: "role", operator: "In", values: ["db"] }],
      serviceAccountSelector: [],
      groups: ["sg-1"]
    })
  })

  it("keeps an absent selector apart from an empty one", () => {
    expect(compiled({ podSelector: {}, serviceAccountSelector: null, securityGroups })).toMatchObject({
      podSelector: [],
      serviceAccountSelector: undefined
    })
    expect(compiled({ serviceAccountSelector: {}, securityGroups })).toMatchObject({ podSelector: undefined, serviceAccountSelector: [] })
  })

  it("names each group once, in its own order", () => {
    expect(compiled({ podSelector, securityGroups: { groupIds: ["sg-2", "sg-1", "sg-2", "sg-3", "sg-1"] } })).toMatchObject({
      groups: ["sg-2", "sg-1", "sg-3"]
    })
  })

  it.each<readonly [why: string, spec: object | null | undefined, problems: ReadonlyArray<string>]>([
    ["no spec", undefined, [noSelector, noGroups]],
    ["a spec that is null", null, [noSelector, noGroups]],
    ["no selector", { securityGroups }, [noSelector]],
    ["selectors that are null", { podSelector: null, serviceAccountSelector: null, securityGroups }, [noSelector]],
    ["no securityGroups", { podSelector }, [noGroups]],
    ["securityGroups that is null", { podSelector, securityGroups: null }, [noGroups]],
    ["groupIds that is null", { podSelector, securityGroups: { groupIds: null } }, [noGroups]],
    ["no group", { podSelector, securityGroups: { groupIds: [] } }, [noGroups]],
    [
      "a broken podSelector",
      { podSelector: { matchExpressions: [{ key: "role", operator: "is" }] }, securityGroups },
      ["UnknownOperator at spec.podSelector.matchExpressions[0].operator"]
    ],
    [
      "a broken serviceAccountSelector beside a good podSelector",
      { podSelector, serviceAccountSelector: { matchLabels: { "a b": "x" } }, securityGroups },
      ["InvalidKey at spec.serviceAccountSelector.matchLabels[a b]"]
    ],
    [
      "all of it",
      { podSelector: { matchLabels: { "a b": "x" } }, serviceAccountSelector: { matchExpressions: [{ key: "k", operator: "In" }] } },
      [
        "InvalidKey at spec.podSelector.matchLabels[a b]",
        "ValuesMissing at spec.serviceAccountSelector.matchExpressions[0].values",
        noGroups
      ]
    ]
  ])("is invalid with %s", (_, spec, problems) => {
    expect(problemsOf(spec)).toEqual(problems)
  })

  it("may have more problems than a call may have arguments", () => {
    const values = Array.from({ length: 300_000 }, () => "-")
    expect(problemsOf({ podSelector: { matchExpressions: [{ key: "role", operator: "In", values }] }, securityGroups })).toHaveLength(300_000)
  })

  it("says how to mend it", () => {
    expect(compiled({})).toEqual({
      _tag: "Invalid",
      namespace: "default",
      name: "db",
      problems: [
        {
          code: "NoSelector",
          path: "spec",
          message: "it has neither a podSelector nor a serviceAccountSelector",
          mend: "add one of them; {} selects everything in the namespace"
        },
        {
          code: "NoGroups",
          path: "spec.securityGroups.groupIds",
          message: "it names no security group",
          mend: "list at least one group id"
        }
      ]
    })
  })
})
