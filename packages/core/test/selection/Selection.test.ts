import { describe, expect, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import * as PolicyIndex from "../../src/selection/PolicyIndex.js"
import {
  defaultGroupsPerInterface,
  groupsFor,
  needsServiceAccount,
  overQuota,
  type PodFacts,
  select,
  type ServiceAccountFacts
} from "../../src/selection/Selection.js"
import * as Generators from "./Generators.js"
import * as Naive from "./Naive.js"

type Spec = NonNullable<SecurityGroupPolicy["spec"]>

const policy = (name: string, spec: Omit<Spec, "securityGroups">, ...ids: ReadonlyArray<string>): SecurityGroupPolicy => ({
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
  spec: { ...spec, securityGroups: { groupIds: Generators.groups(...ids) } }
})

const pod: PodFacts = { name: "web-1", namespace: "default", labels: { role: "db" }, serviceAccountName: "builder" }
const notAsked: ServiceAccountFacts = { _tag: "NotAsked" }
const absent: ServiceAccountFacts = { _tag: "Absent" }
const mirror: ServiceAccountFacts = { _tag: "Mirror" }
const present: ServiceAccountFacts = { _tag: "Present", labels: { team: "a" } }

const role = { matchLabels: { role: "db" } }
const team = { matchLabels: { team: "a" } }
const other = { matchLabels: { role: "web" } }

const chosen = (policies: ReadonlyArray<SecurityGroupPolicy>, serviceAccount: ServiceAccountFacts = notAsked, quota?: number) =>
  select({ policies: PolicyIndex.fromPolicies(policies), pod, serviceAccount, quota })

const verdictOf = (only: SecurityGroupPolicy, serviceAccount: ServiceAccountFacts = notAsked) => chosen([only], serviceAccount).policies[0]?.verdict

describe("which groups a pod gets", () => {
  it("is nothing without policies", () => {
    expect(chosen([])).toEqual({ pod, serviceAccount: notAsked, groups: [], policies: [], overQuota: undefined })
  })

  it("is the union over the matching policies, by policy name and then in the policy's order, each group once", () => {
    const policies = [
      policy("c", { podSelector: {} }, "sg-4", "sg-2"),
      policy("a", { podSelector: role }, "sg-3", "sg-1"),
      policy("b", { podSelector: other }, "sg-9"),
      policy("d", { podSelector: role }, "sg-1", "sg-5")
    ]
    expect(chosen(policies).groups).toEqual(["sg-3", "sg-1", "sg-4", "sg-2", "sg-5"])
    expect(chosen(policies).policies.map((decision) => decision.policy)).toEqual(["a", "b", "c", "d"])
  })

  it("does not depend on policies of other namespaces", () => {
    const elsewhere = policy("a", { podSelector: {} }, "sg-9")
    expect(chosen([{ ...elsewhere, metadata: { ...elsewhere.metadata, namespace: "other" } }])).toMatchObject({
      groups: [],
      policies: []
    })
  })
})

describe("a policy's verdict", () => {
  it("is a match", () => {
    expect(verdictOf(policy("a", { podSelector: role }, "sg-2", "sg-1"))).toEqual({
      _tag: "Matched",
      groups: ["sg-2", "sg-1"],
    })
  })

  it("names what the pod's labels lack", () => {
    expect(verdictOf(policy("a", { podSelector: other, serviceAccountSelector: team }, "sg-1"), absent)).toEqual({
      _tag: "PodMismatch",
      mismatches: [{ path: "spec.podSelector.matchLabels[role]", key: "role", operator: "In", values: ["web"], actual: "db" }]
    })
  })

  it("names what the service account's labels lack", () => {
    expect(verdictOf(policy("a", { podSelector: role, serviceAccountSelector: { matchLabels: { team: "b" } } }, "sg-1"), present)).toEqual({
      _tag: "ServiceAccountMismatch",
      mismatches: [{ path: "spec.serviceAccountSelector.matchLabels[team]", key: "team", operator: "In", values: ["b"], actual: "a" }]
    })
  })

  it("names what makes it invalid", () => {
    expect(verdictOf(policy("a", { podSelector: role }))).toMatchObject({
      _tag: "Invalid",
      problems: [{ code: "NoGroups", path: "spec.securityGroups.groupIds" }]
    })
  })

  const byAccount = policy("a", { serviceAccountSelector: team }, "sg-1")
  const byBoth = policy("a", { podSelector: role, serviceAccountSelector: team }, "sg-1")
  const byAnyAccount = policy("a", { serviceAccountSelector: {} }, "sg-1")
  const byPod = policy("a", { podSelector: role }, "sg-1")

  it.each<readonly [why: string, only: SecurityGroupPolicy, serviceAccount: ServiceAccountFacts, verdict: object]>([
    ["both selectors match", byBoth, present, { _tag: "Matched" }],
    ["only an account selector, and it matches", byAccount, present, { _tag: "Matched" }],
    ["an empty account selector matches any account", byAnyAccount, { _tag: "Present", labels: {} }, { _tag: "Matched" }],
    ["the account does not exist", byBoth, absent, { _tag: "ServiceAccountAbsent" }],
    ["an empty account selector matches no missing account", byAnyAccount, absent, { _tag: "ServiceAccountAbsent" }],
    ["the account does not exist, but nobody asks for it", byPod, absent, { _tag: "Matched" }],
    ["a mirror pod has no account", byAccount, mirror, { _tag: "NoServiceAccount" }],
    ["a mirror pod's labels count all the same", policy("a", { podSelector: other, serviceAccountSelector: team }, "sg-1"), mirror, {
      _tag: "PodMismatch"
    }],
    ["a mirror pod, but nobody asks for the account", byPod, mirror, { _tag: "Matched" }],
    ["the account decides, and nobody looked", byBoth, notAsked, { _tag: "ServiceAccountNotAsked" }]
  ])("with a service account: %s", (_, only, serviceAccount, verdict) => {
    expect(verdictOf(only, serviceAccount)).toMatchObject(verdict)
  })

  it("leaves the other policies alone when an account does not exist", () => {
    expect(chosen([policy("a", { serviceAccountSelector: {} }, "sg-1"), policy("b", { podSelector: role }, "sg-2")], absent).groups)
      .toEqual(["sg-2"])
  })
})

describe("the service account", () => {
  it.each<readonly [why: string, policies: ReadonlyArray<SecurityGroupPolicy>, needed: boolean]>([
    ["no policies", [], false],
    ["no policy asks for it", [policy("a", { podSelector: role }, "sg-1")], false],
    ["a policy asks for nothing else", [policy("a", { serviceAccountSelector: team }, "sg-1")], true],
    ["a policy whose pod selector matches", [policy("a", { podSelector: role, serviceAccountSelector: team }, "sg-1")], true],
    ["a policy whose pod selector does not", [policy("a", { podSelector: other, serviceAccountSelector: team }, "sg-1")], false],
    ["an empty selector: the account must exist", [policy("a", { serviceAccountSelector: {} }, "sg-1")], true],
    ["an invalid policy", [policy("a", { serviceAccountSelector: team })], false]
  ])("is needed or not: %s", (_, policies, needed) => {
    expect(needsServiceAccount(PolicyIndex.fromPolicies(policies), pod)).toBe(needed)
  })
})

describe("the groups-per-interface quota", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => policy(`p${i}`, { podSelector: {} }, `sg-${i}`))

  it("is 5 unless it is said", () => {
    expect(defaultGroupsPerInterface).toBe(5)
    expect(chosen(many(5)).overQuota).toBeUndefined()
    expect(chosen(many(6)).overQuota).toEqual({ groups: 6, quota: 5 })
  })

  it("is a warning: all groups are given", () => {
    expect(chosen(many(17)).groups).toHaveLength(17)
  })

  it("can be raised", () => {
    expect(chosen(many(16), notAsked, 16).overQuota).toBeUndefined()
    expect(chosen(many(17), notAsked, 16).overQuota).toEqual({ groups: 17, quota: 16 })
  })

  it("counts the union, not the sum", () => {
    expect(chosen([policy("a", { podSelector: {} }, "sg-1", "sg-2", "sg-3"), policy("b", { podSelector: {} }, "sg-3", "sg-2", "sg-1")]).overQuota)
      .toBeUndefined()
  })

  it("is the same warning where only the groups are known", () => {
    expect(overQuota(Generators.groups("sg-1", "sg-2"), 1)).toEqual({ groups: 2, quota: 1 })
    expect(overQuota(Generators.groups("sg-1"), 1)).toBeUndefined()
  })
})

describe("selection, whatever the policies", () => {
  const anyPolicies = Arbitrary.array(Generators.policy, { minLength: 4, maxLength: 12 })
  const world = {
    policies: anyPolicies,
    labels: Generators.labels,
    serviceAccount: Generators.serviceAccount
  }
  const podWith = (labels: PodFacts["labels"]): PodFacts => ({ ...pod, labels })
  const runs = { arbitrary: { runs: 1_000 } }

  it.prop("finds the same groups with and without reasons", world, ({ labels, policies, serviceAccount }) => {
    const index = PolicyIndex.fromPolicies(policies)
    expect(groupsFor(index, podWith(labels), serviceAccount)).toEqual(select({ policies: index, pod: podWith(labels), serviceAccount }).groups)
  }, runs)

  it.prop("is what an independent evaluator finds", world, ({ labels, policies, serviceAccount }) => {
    const last = new Map(policies.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]))
    const expected = [...last.keys()].toSorted().flatMap((key) => {
      const spec = last.get(key)?.spec
      const { podSelector, securityGroups, serviceAccountSelector } = spec ?? {}
      const selectors = [podSelector, serviceAccountSelector].filter((one) => one !== null && one !== undefined)
      if (!key.startsWith("default/") || selectors.length === 0 || !selectors.every(Naive.isValid)) return []
      const accountFits = !serviceAccountSelector ||
        (serviceAccount._tag === "Present" && Naive.selects(serviceAccountSelector, serviceAccount.labels))
      return (!podSelector || Naive.selects(podSelector, labels)) && accountFits ? [...(securityGroups?.groupIds ?? [])] : []
    })
    expect(groupsFor(PolicyIndex.fromPolicies(policies), podWith(labels), serviceAccount))
      .toEqual(expected.filter((group, i) => expected.indexOf(group) === i))
  }, runs)

  it.prop("does not depend on the order in which policies arrive", { ...world, order: Generators.order }, (
    { labels, order, policies, serviceAccount }
  ) => {
    const once = [...new Map(policies.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one])).values()]
    const rank = (one: SecurityGroupPolicy) => order[once.indexOf(one)] ?? 0
    const shuffled = once.toSorted((a, b) => rank(a) - rank(b))
    const selectFrom = (these: ReadonlyArray<SecurityGroupPolicy>) =>
      select({ policies: PolicyIndex.fromPolicies(these), pod: podWith(labels), serviceAccount })
    expect(selectFrom(shuffled)).toEqual(selectFrom(once))
  }, runs)

  it.prop("does not depend on other namespaces", world, ({ labels, policies, serviceAccount }) => {
    const own = policies.filter(({ metadata }) => metadata.namespace === "default")
    const selectFrom = (these: ReadonlyArray<SecurityGroupPolicy>) =>
      select({ policies: PolicyIndex.fromPolicies(these), pod: podWith(labels), serviceAccount })
    expect(selectFrom(policies)).toEqual(selectFrom(own))
  }, runs)

  it.prop("has one verdict for each policy of the namespace, and no groups but of those that matched", world, (
    { labels, policies, serviceAccount }
  ) => {
    const index = PolicyIndex.fromPolicies(policies)
    const found = select({ policies: index, pod: podWith(labels), serviceAccount })
    expect(found.policies.map((decision) => decision.policy)).toEqual(PolicyIndex.inNamespace(index, "default").map(({ name }) => name))
    const given = found.policies.flatMap(({ verdict }) => verdict._tag === "Matched" ? verdict.groups : [])
    expect(new Set(found.groups)).toEqual(new Set(given))
    const invalid = PolicyIndex.inNamespace(index, "default").filter(({ _tag }) => _tag === "Invalid").map(({ name }) => name)
    expect(found.policies.filter(({ verdict }) => verdict._tag === "Invalid").map((decision) => decision.policy)).toEqual(invalid)
  }, runs)

  it.prop("asks for the service account exactly when some verdict waits for it", world, ({ labels, policies, serviceAccount }) => {
    const index = PolicyIndex.fromPolicies(policies)
    const blind = select({ policies: index, pod: podWith(labels), serviceAccount: notAsked })
    const needed = needsServiceAccount(index, podWith(labels))
    expect(needed).toBe(blind.policies.some(({ verdict }) => verdict._tag === "ServiceAccountNotAsked"))
    if (!needed) expect(groupsFor(index, podWith(labels), serviceAccount)).toEqual(blind.groups)
  }, runs)
})
