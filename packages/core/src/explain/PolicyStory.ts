import type { SecurityGroupId } from "../model/Ids.js"
import { isTerminal } from "../model/PodTraits.js"
import type { CompiledPolicy, PolicyProblem } from "../selection/Policy.js"
import { inNamespace } from "../selection/PolicyIndex.js"
import { type OverQuota, type PolicyDecision, select, type Verdict } from "../selection/Selection.js"
import { type Admission, admissionOf, matching } from "./Admission.js"
import type { PolicyCause, WaitsFor } from "./Cause.js"
import type { PolicyPod, PolicyStoryFacts } from "./Facts.js"
import { nearest } from "./Nearest.js"
import { waitsFor } from "./Next.js"

/** What a policy is to one pod of its namespace. */
export interface PolicyPodStory {
  readonly name: string
  readonly phase: string | undefined
  readonly verdict: Verdict
  /** Undefined where the policy does not select the pod. */
  readonly admission: Admission | undefined
  /** The pod runs, or is about to, without what the policy means it to have. */
  readonly without: boolean
  /** The union over all policies that match the pod. */
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly overQuota: OverQuota | undefined
}

/** Another policy that selects some of the same pods: they get the union of both. */
export interface Overlap {
  readonly policy: string
  readonly pods: ReadonlyArray<string>
  /** Groups that the other policy adds. */
  readonly adds: ReadonlyArray<SecurityGroupId>
}

/** A policy's story. */
export interface PolicyStory {
  readonly _tag: "PolicyStory"
  readonly namespace: string
  readonly name: string
  readonly now: number
  readonly policy: "absent" | "invalid" | "valid"
  readonly problems: ReadonlyArray<PolicyProblem>
  readonly groups: ReadonlyArray<SecurityGroupId>
  /** Living pods of the namespace, by name. */
  readonly pods: ReadonlyArray<PolicyPodStory>
  readonly overlaps: ReadonlyArray<Overlap>
  readonly waitsFor: WaitsFor<PolicyCause>
}

const byName = <A extends { readonly name: string }>(a: A, b: A): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)


const lacks = (admission: Admission): boolean => {
  switch (admission._tag) {
    case "Missed":
    case "AsksElsewhere":
      return true
    case "Fargate":
      return admission.missed !== undefined
    case "HostNetwork":
    case "Windows":
      // No groups of its own can be given to such a pod at all.
      return true
    case "Asks":
    case "NotConcerned":
      return false
  }
}

interface Judged {
  readonly story: PolicyPodStory
  readonly decisions: ReadonlyArray<PolicyDecision>
}

const judge = (facts: PolicyStoryFacts, { createdAt, pod, serviceAccount }: PolicyPod): Judged | undefined => {
  const { name, namespace, policies, quota } = facts
  const selection = select({
    policies,
    pod: {
      name: pod.metadata.name,
      namespace,
      labels: pod.metadata.labels ?? {},
      serviceAccountName: pod.spec.serviceAccountName || "default"
    },
    serviceAccount,
    quota
  })
  const verdict = selection.policies.find(({ policy }) => policy === name)?.verdict
  if (verdict === undefined) return undefined
  const admission = verdict._tag === "Matched"
    ? admissionOf(pod, selection, { pod: createdAt, policies: facts.createdAt })
    : undefined
  return {
    decisions: selection.policies,
    story: {
      name: pod.metadata.name,
      phase: pod.status?.phase ?? undefined,
      verdict,
      admission,
      without: admission !== undefined && lacks(admission),
      groups: selection.groups,
      overQuota: selection.overQuota
    }
  }
}

const overlapsOf = (name: string, groups: ReadonlyArray<SecurityGroupId>, judged: ReadonlyArray<Judged>): ReadonlyArray<Overlap> => {
  const overlaps = new Map<string, { readonly pods: Array<string>; readonly adds: ReadonlyArray<SecurityGroupId> }>()
  for (const { decisions, story } of judged) {
    if (story.verdict._tag !== "Matched") continue
    for (const other of matching({ policies: decisions })) {
      if (other === name) continue
      const known = overlaps.get(other)
      if (known !== undefined) known.pods.push(story.name)
      else {
        const verdict = decisions.find(({ policy }) => policy === other)?.verdict
        const theirs = verdict?._tag === "Matched" ? verdict.groups : []
        overlaps.set(other, { pods: [story.name], adds: theirs.filter((group) => !groups.includes(group)) })
      }
    }
  }
  return [...overlaps].map(([policy, overlap]) => ({ policy, ...overlap })).sort((a, b) => (a.policy < b.policy ? -1 : 1))
}

const closest = (pods: ReadonlyArray<PolicyPodStory>, policy: string): { readonly pod: string; readonly decision: PolicyDecision } | undefined => {
  const decisions = pods.map(({ verdict }) => ({ policy, verdict }))
  const decision = nearest(decisions)
  const pod = decision === undefined ? undefined : pods[decisions.indexOf(decision)]?.name
  return decision === undefined || pod === undefined ? undefined : { pod, decision }
}

const causeOf = (
  { name, unusableGroups = [] }: Pick<PolicyStoryFacts, "name" | "unusableGroups">,
  policy: CompiledPolicy | undefined,
  pods: ReadonlyArray<PolicyPodStory>
): PolicyCause => {
  if (policy === undefined) return { _tag: "PolicyAbsent" }
  if (policy._tag === "Invalid") return { _tag: "PolicyInvalid", problems: policy.problems }
  const unusable = unusableGroups.filter(({ group }) => policy.groups.includes(group))
  if (unusable.length > 0) return { _tag: "GroupsUnusable", groups: unusable, policies: [name] }
  const namesOf = (filter: (pod: PolicyPodStory) => boolean): ReadonlyArray<string> => pods.filter(filter).map((pod) => pod.name)
  const without = namesOf((pod) => pod.without)
  if (without.length > 0) return { _tag: "PodsWithout", pods: without }
  const over = pods.filter(({ overQuota, verdict }) => verdict._tag === "Matched" && overQuota !== undefined)
  const worst = over.reduce<OverQuota | undefined>(
    (most, { overQuota }) => (overQuota !== undefined && overQuota.groups > (most?.groups ?? 0) ? overQuota : most),
    undefined
  )
  if (worst !== undefined) return { _tag: "UnionOverQuota", pods: over.map((pod) => pod.name), worst }
  const undecided = namesOf(({ verdict }) => verdict._tag === "ServiceAccountNotAsked")
  if (undecided.length > 0) return { _tag: "ServiceAccountsNotLooked", pods: undecided }
  const selected = namesOf(({ verdict }) => verdict._tag === "Matched")
  return selected.length > 0
    ? { _tag: "PolicyServes", pods: selected.length }
    : { _tag: "SelectsNothing", pods: pods.length, nearest: closest(pods, name) }
}

/**
 * A policy's story: whether it is valid, which of these pods it selects and which of those run without what it means them to have, the
 * policies that it shares pods with, and the one thing that it waits for. Total.
 *
 * @example explainPolicy({ namespace: "default", name: "db", policies, pods, now }).waitsFor.cause // { _tag: "PodsWithout", pods: ["web-1"] }
 */
export const explainPolicy = (facts: PolicyStoryFacts): PolicyStory => {
  const { name, namespace, now } = facts
  const policy = inNamespace(facts.policies, namespace).find((one) => one.name === name)
  const judged = facts.pods
    .filter(({ pod }) => pod.metadata.namespace === namespace && !isTerminal(pod))
    .flatMap((one) => judge(facts, one) ?? [])
    .sort((a, b) => byName(a.story, b.story))
  const pods = judged.map(({ story }) => story)
  const groups = policy?._tag === "Valid" ? policy.groups : []
  return {
    _tag: "PolicyStory",
    namespace,
    name,
    now,
    policy: policy === undefined ? "absent" : policy._tag === "Valid" ? "valid" : "invalid",
    problems: policy?._tag === "Invalid" ? policy.problems : [],
    groups,
    pods,
    overlaps: overlapsOf(name, groups, judged),
    waitsFor: waitsFor(causeOf(facts, policy, pods))
  }
}
