import { describe, expect, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import { compilePolicy } from "../../src/selection/Policy.js"
import * as PolicyIndex from "../../src/selection/PolicyIndex.js"
import * as Generators from "./Generators.js"

const policy = (namespace: string, name: string, ...ids: ReadonlyArray<string>): SecurityGroupPolicy => ({
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: "1" },
  spec: { podSelector: {}, securityGroups: { groupIds: Generators.groups(...ids) } }
})

const names = (index: PolicyIndex.PolicyIndex, namespace: string) => PolicyIndex.inNamespace(index, namespace).map(({ name }) => name)

describe("a policy index", () => {
  it("has no policies at first", () => {
    expect(names(PolicyIndex.empty, "default")).toEqual([])
  })

  it("keeps namespaces apart and sorts by name", () => {
    const index = PolicyIndex.fromPolicies([policy("x", "b", "sg-1"), policy("y", "c", "sg-1"), policy("x", "a", "sg-1")])
    expect(names(index, "x")).toEqual(["a", "b"])
    expect(names(index, "y")).toEqual(["c"])
    expect(names(index, "z")).toEqual([])
  })

  it("puts a policy in the place of its earlier version", () => {
    const index = PolicyIndex.fromPolicies([policy("x", "a", "sg-1"), policy("x", "b", "sg-1"), policy("x", "a", "sg-2")])
    expect(PolicyIndex.inNamespace(index, "x")).toMatchObject([{ name: "a", groups: ["sg-2"] }, { name: "b", groups: ["sg-1"] }])
  })

  it("forgets a policy, and with its last one the namespace", () => {
    const index = PolicyIndex.fromPolicies([policy("x", "a", "sg-1"), policy("x", "b", "sg-1")])
    const less = PolicyIndex.remove(index, { namespace: "x", name: "a" })
    expect(names(less, "x")).toEqual(["b"])
    expect(PolicyIndex.remove(less, { namespace: "x", name: "b" })).toEqual(PolicyIndex.empty)
  })

  it("stays as it is when the policy to forget is not there", () => {
    const index = PolicyIndex.fromPolicies([policy("x", "b", "sg-1")])
    expect(PolicyIndex.remove(index, { namespace: "x", name: "a" })).toBe(index)
    expect(PolicyIndex.remove(index, { namespace: "y", name: "b" })).toBe(index)
  })

  it("does not change when another is made from it", () => {
    const index = PolicyIndex.fromPolicies([policy("x", "b", "sg-1")])
    PolicyIndex.upsert(index, policy("x", "a", "sg-1"))
    PolicyIndex.upsert(index, policy("x", "b", "sg-2"))
    PolicyIndex.remove(index, { namespace: "x", name: "b" })
    expect(PolicyIndex.inNamespace(index, "x")).toMatchObject([{ name: "b", groups: ["sg-1"] }])
  })

  const change = Arbitrary.all({
    policy: Generators.policy,
    removes: Generators.toss
  })

  it.prop("holds what a plain table would hold", { changes: Arbitrary.array(change, { maxLength: 40 }) }, ({ changes }) => {
    const table = new Map<string, SecurityGroupPolicy>()
    let index = PolicyIndex.empty
    for (const { policy, removes } of changes) {
      const key = `${policy.metadata.namespace}/${policy.metadata.name}`
      if (removes) table.delete(key)
      else table.set(key, policy)
      index = removes ? PolicyIndex.remove(index, policy.metadata) : PolicyIndex.upsert(index, policy)
    }
    for (const namespace of ["default", "other"]) {
      const expected = [...table.keys()].filter((key) => key.startsWith(`${namespace}/`)).toSorted().flatMap((key) => table.get(key) ?? [])
      expect(PolicyIndex.inNamespace(index, namespace)).toEqual(expected.map(compilePolicy))
    }
  }, { arbitrary: { runs: 300 } })
})
