import type { SecurityGroupId } from "../model/Ids.js"
import { candidates } from "./Candidates.js"
import { type CompiledSelector, type Labels, matches, type Mismatch, mismatches } from "./LabelSelector.js"
import type { CompiledPolicy, PolicyProblem, ValidPolicy } from "./Policy.js"
import { inNamespace, type PolicyIndex } from "./PolicyIndex.js"

/** Groups that EC2 allows on an interface when the account's quota was not raised (contract §3). */
export const defaultGroupsPerInterface = 5

/** Groups to which that quota can be raised (contract §3). */
export const maxGroupsPerInterface = 16

/** What selection needs to know of a pod. */
export interface PodFacts {
  /** Absent on a pod that is only about to get one (`generateName`). */
  readonly name?: string | undefined
  readonly namespace: string
  readonly labels: Labels
  readonly serviceAccountName: string
}

/** What is known of the pod's service account. */
export type ServiceAccountFacts =
  /** Nobody looked: right where {@link needsServiceAccount} says that it does not matter. */
  | { readonly _tag: "NotAsked" }
  /** There is no such service account. A policy that selects by it does not match, the others still do (contract §3). */
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Present"; readonly labels: Labels }
  /** A mirror pod, which has no service account: it is let through, but no policy that selects by one matches it (contract §3). */
  | { readonly _tag: "Mirror" }

/** Why a policy does or does not give a pod its groups. */
export type Verdict =
  | { readonly _tag: "Matched"; readonly groups: ReadonlyArray<SecurityGroupId> }
  | { readonly _tag: "PodMismatch"; readonly mismatches: ReadonlyArray<Mismatch> }
  | { readonly _tag: "ServiceAccountMismatch"; readonly mismatches: ReadonlyArray<Mismatch> }
  | { readonly _tag: "ServiceAccountAbsent" }
  /** A mirror pod has no service account whose labels could match. */
  | { readonly _tag: "NoServiceAccount" }
  /** The service account decides, but was not asked for. */
  | { readonly _tag: "ServiceAccountNotAsked" }
  /** The policy is ignored for every pod. */
  | { readonly _tag: "Invalid"; readonly problems: ReadonlyArray<PolicyProblem> }

/** A policy of the pod's namespace, and what became of it. */
export interface PolicyDecision {
  readonly policy: string
  readonly verdict: Verdict
}

/** More groups than the quota: EC2 may refuse the interface. A warning, never a refusal (contract §3). */
export interface OverQuota {
  readonly groups: number
  readonly quota: number
}

/** The groups of a pod, and how they came about. */
export interface Selection {
  readonly pod: PodFacts
  readonly serviceAccount: ServiceAccountFacts
  /** Union over the matching policies, by policy name, then in the policy's order; without duplicates. Empty: no policy matches. */
  readonly groups: ReadonlyArray<SecurityGroupId>
  /** Every policy of the namespace, by name. */
  readonly policies: ReadonlyArray<PolicyDecision>
  readonly overQuota: OverQuota | undefined
}

/** What {@link needsServiceAccount} and {@link groupsFor} read of a pod. */
export type SelectedPod = Pick<PodFacts, "namespace" | "labels">

const podMatches = (policy: ValidPolicy, labels: Labels): boolean =>
  policy.podSelector === undefined || matches(policy.podSelector, labels)

const serviceAccountMatches = (selector: CompiledSelector | undefined, serviceAccount: ServiceAccountFacts): boolean => {
  if (selector === undefined) return true
  switch (serviceAccount._tag) {
    case "Present":
      return matches(selector, serviceAccount.labels)
    case "Absent":
    case "Mirror":
    case "NotAsked":
      return false
  }
}

/** Whether the labels of the pod's service account can change which groups it gets. Otherwise there is no need to read it. */
export const needsServiceAccount = (index: PolicyIndex, pod: SelectedPod): boolean => {
  for (const policy of candidates(inNamespace(index, pod.namespace), pod.labels)) {
    if (policy.serviceAccountSelector !== undefined && podMatches(policy, pod.labels)) return true
  }
  return false
}

/**
 * The groups that a pod gets, as {@link select} finds them, without the reasons. Empty: no policy matches.
 *
 * @param serviceAccount `NotAsked` only where {@link needsServiceAccount} is false for the same index and pod.
 */
export const groupsFor = (
  index: PolicyIndex,
  pod: SelectedPod,
  serviceAccount: ServiceAccountFacts
): ReadonlyArray<SecurityGroupId> => {
  const groups = new Set<SecurityGroupId>()
  for (const policy of candidates(inNamespace(index, pod.namespace), pod.labels)) {
    if (podMatches(policy, pod.labels) && serviceAccountMatches(policy.serviceAccountSelector, serviceAccount)) {
      for (const group of policy.groups) groups.add(group)
    }
  }
  return [...groups]
}

/** The warning that these groups deserve, if any. `quota` is the account's groups per interface, 1 to 16. */
export const overQuota = (groups: ReadonlyArray<SecurityGroupId>, quota: number): OverQuota | undefined =>
  groups.length > quota ? { groups: groups.length, quota } : undefined

/**
 * The groups that a pod gets, with a reason for every policy of its namespace.
 *
 * ```ts
 * const policies = PolicyIndex.fromPolicies([policy])
 * const pod = { namespace: "default", labels: { role: "db" }, serviceAccountName: "default" }
 * select({ policies, pod, serviceAccount: { _tag: "NotAsked" } }).groups
 * ```
 */
export const select = ({ policies: index, pod, quota = defaultGroupsPerInterface, serviceAccount }: {
  readonly policies: PolicyIndex
  readonly pod: PodFacts
  readonly serviceAccount: ServiceAccountFacts
  /** The account's groups per interface, 1 to 16; 5 where it is not said. */
  readonly quota?: number | undefined
}): Selection => {
  const policies = inNamespace(index, pod.namespace).map((policy): PolicyDecision => ({
    policy: policy.name,
    verdict: judge(policy, pod.labels, serviceAccount)
  }))
  const groups = [...new Set(policies.flatMap(({ verdict }) => verdict._tag === "Matched" ? verdict.groups : []))]
  return { pod, serviceAccount, groups, policies, overQuota: overQuota(groups, quota) }
}

const judge = (policy: CompiledPolicy, labels: Labels, serviceAccount: ServiceAccountFacts): Verdict => {
  if (policy._tag === "Invalid") return { _tag: "Invalid", problems: policy.problems }
  const podMismatches = policy.podSelector === undefined ? [] : mismatches(policy.podSelector, labels)
  if (podMismatches.length > 0) return { _tag: "PodMismatch", mismatches: podMismatches }
  const matched: Verdict = { _tag: "Matched", groups: policy.groups }
  const selector = policy.serviceAccountSelector
  if (selector === undefined) return matched
  switch (serviceAccount._tag) {
    case "NotAsked":
      return { _tag: "ServiceAccountNotAsked" }
    case "Absent":
      return { _tag: "ServiceAccountAbsent" }
    case "Mirror":
      return { _tag: "NoServiceAccount" }
    case "Present": {
      const failing = mismatches(selector, serviceAccount.labels)
      return failing.length > 0 ? { _tag: "ServiceAccountMismatch", mismatches: failing } : matched
    }
  }
}
