import { describe, expect, it } from "@effect/vitest"
import type { PolicyPod, PolicyStoryFacts } from "../../src/explain/Facts.js"
import { explainPolicy } from "../../src/explain/PolicyStory.js"
import { toText } from "../../src/explain/Text.js"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import type { ServiceAccountFacts } from "../../src/selection/Selection.js"
import * as S from "./support.js"

const { now } = S

const notAsked: ServiceAccountFacts = { _tag: "NotAsked" }
const one = (change: Parameters<typeof S.pod>[0], more: Partial<PolicyPod> = {}): PolicyPod => ({
  pod: S.pod(change),
  serviceAccount: notAsked,
  ...more
})
const facts = (all: ReadonlyArray<SecurityGroupPolicy>, pods: ReadonlyArray<PolicyPod>, more: Partial<PolicyStoryFacts> = {}): PolicyStoryFacts => ({
  namespace: "default",
  name: "db",
  policies: S.policies(...all),
  pods,
  now,
  ...more
})
const db = S.policy("db", ["sg-1"])

describe("what a policy waits for", () => {
  it("is nothing when every pod that it selects has its groups", () => {
    expect(explainPolicy(facts([db], [one({})])).waitsFor).toEqual({
      cause: { _tag: "PolicyServes", pods: 1 },
      actor: "nobody",
      next: "nothing: all is well"
    })
  })

  it("is being created", () => {
    expect(explainPolicy(facts([], [one({})])).waitsFor.cause).toEqual({ _tag: "PolicyAbsent" })
  })

  it("is being mended, with the mend", () => {
    const story = explainPolicy(facts([S.policy("db", [], {})], [one({})]))
    expect(story.waitsFor.cause).toMatchObject({ _tag: "PolicyInvalid", problems: [{ code: "NoSelector" }, { code: "NoGroups" }] })
    expect(story.waitsFor.next).toContain("add one of them")
    expect(story.pods).toMatchObject([{ verdict: { _tag: "Invalid" }, without: false }])
  })

  it("is the pods that run without it, each with its reason", () => {
    const story = explainPolicy(facts([db], [
      one({ name: "late", asks: false }, { createdAt: now - 60_000 }),
      one({ name: "missed", asks: false }, { createdAt: now - 10_000 }),
      one({ name: "host", asks: false, spec: { hostNetwork: true } }),
      one({ name: "served" }),
      one({ name: "over", asks: false, phase: "Succeeded" })
    ], { createdAt: { db: now - 30_000 } }))
    expect(story.waitsFor.cause).toEqual({ _tag: "PodsWithout", pods: ["host", "late", "missed"] })
    expect(story.pods.map(({ admission, name, without }) => ({ name, without, admission }))).toEqual([
      { name: "host", without: true, admission: { _tag: "HostNetwork" } },
      { name: "late", without: true, admission: { _tag: "Missed", why: "policy came later" } },
      { name: "missed", without: true, admission: { _tag: "Missed", why: "webhook missed it" } },
      { name: "served", without: false, admission: { _tag: "Asks", containers: 1, selected: true } }
    ])
  })

  it("is the union over the quota", () => {
    const four = S.policy("other", ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"], { pod: {} })
    const story = explainPolicy(facts([db, four], [one({}), one({ name: "elsewhere", labels: {} })]))
    expect(story.waitsFor.cause).toEqual({ _tag: "UnionOverQuota", pods: ["web-1"], worst: { groups: 6, quota: 5 } })
    expect(explainPolicy(facts([db, four], [one({})], { quota: 6 })).waitsFor.cause._tag).toBe("PolicyServes")
  })

  it("is a pod to select, and names the nearest", () => {
    const far = one({ name: "a", labels: {} })
    const near = one({ name: "b", labels: { role: "db" } }, { serviceAccount: { _tag: "Absent" } })
    const both = S.policy("db", ["sg-1"], { pod: { matchLabels: { role: "db" } }, serviceAccount: {} })
    expect(explainPolicy(facts([both], [far, near])).waitsFor).toMatchObject({
      cause: { _tag: "SelectsNothing", pods: 2, nearest: { pod: "b", decision: { verdict: { _tag: "ServiceAccountAbsent" } } } },
      actor: "person"
    })
    expect(explainPolicy(facts([both], [])).waitsFor).toMatchObject({ cause: { _tag: "SelectsNothing", pods: 0 }, actor: "nobody" })
  })

  it("is unknown where a service account decides that nobody looked at", () => {
    const byAccount = S.policy("db", ["sg-1"], { serviceAccount: { matchLabels: { team: "a" } } })
    expect(explainPolicy(facts([byAccount], [one({})])).waitsFor.cause).toEqual({ _tag: "ServiceAccountsNotLooked", pods: ["web-1"] })
  })

  it("passes over pods of other namespaces", () => {
    const elsewhere = S.pod({ asks: false })
    const pods = [{ pod: { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: "other" } }, serviceAccount: notAsked }]
    expect(explainPolicy(facts([db], pods)).pods).toEqual([])
  })
})

describe("a policy's story", () => {
  it("names the policies that it shares pods with, and what they add", () => {
    const story = explainPolicy(facts(
      [db, S.policy("wide", ["sg-2", "sg-1"], { pod: {} }), S.policy("other", ["sg-9"], { pod: { matchLabels: { role: "web" } } })],
      [one({}), one({ name: "front", labels: {} })]
    ))
    expect(story.overlaps).toEqual([{ policy: "wide", pods: ["web-1"], adds: ["sg-2"] }])
    expect(story.pods.find(({ name }) => name === "web-1")?.groups).toEqual(["sg-1", "sg-2"])
  })

  it("reads, as text", () => {
    const wide = S.policy("wide", ["sg-2", "sg-1"], { pod: {} })
    const pods = [one({}), one({ name: "old", asks: false, phase: "Running" }), one({ name: "front", labels: {} })]
    expect(toText(explainPolicy(facts([db, wide], pods)))).toBe(
      `Policy     default/db is valid
Groups     sg-1
Pods       2 selected of 3 in the namespace
  front    not matched: there is no label role, the podSelector wants role = "db"
  old      selected, but without its groups: missed: the pod does not ask for
           vpc.amazonaws.com/pod-eni; the pod is older than the policy, or the webhook did not
           answer
  web-1    selected, gets sg-1 sg-2
Overlaps   pods get the union of all policies that match
  wide     also selects old and web-1, adds sg-2
Waits for  old, which it selects, but which is without its groups
Next       see each pod's reason above; those that the webhook missed have to be made again
`
    )
  })
})
