import { problemWithMend } from "@branchline/core/explain/SelectionText"
import type { LabelSelector } from "@branchline/core/model/LabelSelector"
import { compilePolicy } from "@branchline/core/selection/Policy"
import { Schema } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenPolicy } from "../cluster/Seen.js"
import type { Given } from "./Given.js"
import { prunedOf } from "./Sides.js"

/** What becomes of a policy. */
export const PolicyChange = Schema.Struct({
  namespace: Schema.String,
  name: Schema.String,
  where: Schema.optionalKey(Schema.String.annotate({ description: "File, line and column; absent for one that is removed" })),
  change: Schema.Literals(["added", "changed", "unchanged", "removed"]),
  what: Schema.Array(Schema.Literals(["podSelector", "serviceAccountSelector", "groups"])).annotate({ description: "Of one that is changed: what" }),
  groups: Schema.Struct({ before: Schema.Array(Schema.String), after: Schema.Array(Schema.String) }),
  problems: Schema.Array(Schema.String).annotate({ description: "Why it would be ignored, each with its mend; empty where it is valid" }),
  selects: Schema.Struct({
    pods: Schema.Int.annotate({ description: "Living pods that are there" }),
    workloads: Schema.Array(Schema.String).annotate({ description: "Of the manifests" }),
    undecided: Schema.Int.annotate({ description: "Pods and workloads of which nobody knows: it depends on a service account that was not seen" }),
    known: Schema.Boolean.annotate({ description: "Whether all pods of the namespace were seen" })
  }).annotate({ description: "Once the manifests are applied" }),
  overlaps: Schema.Array(Schema.String).annotate({ description: "Policies that give groups to some of the same pods: those get the union" })
})
export type PolicyChange = typeof PolicyChange.Type

type Spec = SeenPolicy["spec"]

/** A selector's meaning as text; the order in which it is written means nothing. */
const selectorText = (selector: LabelSelector | null | undefined): string =>
  selector == null ? "" : JSON.stringify([
    Object.entries(selector.matchLabels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    (selector.matchExpressions ?? []).map(({ key, operator, values }) => JSON.stringify([key, operator, [...values ?? []].sort()])).sort()
  ])

const groupIds = (spec: Spec): ReadonlyArray<string> => [...new Set(spec?.securityGroups?.groupIds ?? [])]

const differences = (before: Spec, after: Spec): PolicyChange["what"] => [
  ...(selectorText(before?.podSelector) === selectorText(after?.podSelector) ? [] : ["podSelector" as const]),
  ...(selectorText(before?.serviceAccountSelector) === selectorText(after?.serviceAccountSelector) ? [] : ["serviceAccountSelector" as const]),
  ...(groupIds(before).toSorted().join() === groupIds(after).toSorted().join() ? [] : ["groups" as const])
]

/** A policy's change, before anybody asked whom it selects. */
export type BareChange = Omit<PolicyChange, "overlaps" | "selects">

/** The policies of the manifests, and those that go, by namespace and name. */
export const policyChanges = (look: Look, given: Given, prune: boolean): ReadonlyArray<BareChange> => {
  const before = itemsOf(look.cluster.policies)
  const those = given.policies.map(({ policy, where }): BareChange => {
    const { name, namespace } = policy.metadata
    const old = before.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
    const what = old === undefined ? [] : differences(old.spec, policy.spec)
    const compiled = compilePolicy(policy)
    return {
      namespace,
      name,
      where,
      change: old === undefined ? "added" : what.length > 0 ? "changed" : "unchanged",
      what,
      groups: { before: groupIds(old?.spec), after: groupIds(policy.spec) },
      problems: compiled._tag === "Invalid" ? compiled.problems.map(problemWithMend) : []
    }
  })
  const gone = (prune ? itemsOf(prunedOf(look, given)) : []).map(({ metadata: { name, namespace }, spec }): BareChange => ({
    namespace,
    name,
    change: "removed",
    what: [],
    groups: { before: groupIds(spec), after: [] },
    problems: []
  }))
  const key = ({ name, namespace }: BareChange): string => `${namespace}/${name}`
  return [...those, ...gone].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
