import type { PolicyStory } from "@branchline/core/explain/PolicyStory"
import { explainPolicy } from "@branchline/core/explain/PolicyStory"
import { policyRows } from "@branchline/core/explain/PolicyText"
import { admissionText } from "@branchline/core/explain/PodText"
import { overQuotaSentence, problemSentence, verdictSentence } from "@branchline/core/explain/SelectionText"
import { Effect, Schema } from "effect"
import { foundOf, inNamespace } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import { NotSeen, notSeen, notSeenRows } from "../cluster/Unknowns.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import type { ExplainSettings } from "./ExplainPod.js"
import { createdAt } from "./Moments.js"
import { noSuch } from "./NoSuch.js"
import { madeAt, policiesOf, serviceAccountOf, unusableGroupsOf } from "./Policies.js"
import { Waits, waitsOf, waitsRows } from "./Waits.js"

/** What `explain policy -o json` prints. */
export const PolicyExplained = Schema.Struct({
  kind: Schema.Literal("SecurityGroupPolicy"),
  namespace: Schema.String,
  name: Schema.String,
  seenAt: Schema.String,
  valid: Schema.Boolean,
  problems: Schema.Array(Schema.Struct({ path: Schema.String, text: Schema.String, mend: Schema.String })),
  groups: Schema.Array(Schema.Struct({
    id: Schema.String,
    ec2: Schema.Literals(["there", "absent", "another VPC", "unknown"])
  })),
  pods: Schema.Array(Schema.Struct({
    name: Schema.String,
    phase: Schema.optionalKey(Schema.String),
    selected: Schema.Boolean,
    reason: Schema.String,
    without: Schema.Boolean.annotate({ description: "Selected, and runs or will run without what the policy means it to have" }),
    admission: Schema.optionalKey(Schema.String),
    groups: Schema.Array(Schema.String).annotate({ description: "The union over all policies that select it" }),
    warning: Schema.optionalKey(Schema.String)
  })).annotate({ description: "Living pods of the namespace" }),
  overlaps: Schema.Array(Schema.Struct({ policy: Schema.String, pods: Schema.Array(Schema.String), adds: Schema.Array(Schema.String) })),
  waitsFor: Waits,
  notSeen: Schema.Array(NotSeen)
})
export type PolicyExplained = typeof PolicyExplained.Type

const concerned = ["pods", "policies", "serviceAccounts"] as const

/** A policy's story, as the core tells it from what was found. */
export const policyStory = (look: Look, namespace: string, name: string, { quota }: ExplainSettings = {}): PolicyStory =>
  explainPolicy({
    namespace,
    name,
    policies: policiesOf(look),
    pods: inNamespace(look.cluster.pods, namespace).map((pod) => ({ pod, serviceAccount: serviceAccountOf(look, pod), createdAt: createdAt(pod) })),
    unusableGroups: unusableGroupsOf(look),
    quota,
    createdAt: madeAt(look, namespace),
    now: nowOf(look)
  })

const dataOf = (look: Look, story: PolicyStory): PolicyExplained => {
  const unusable = unusableGroupsOf(look)
  return {
    kind: "SecurityGroupPolicy",
    namespace: story.namespace,
    name: story.name,
    seenAt: look.takenAt,
    valid: story.policy === "valid",
    problems: story.problems.map((problem) => ({ path: problem.path, text: problemSentence(problem), mend: problem.mend })),
    groups: story.groups.map((id) => ({ id, ec2: unusable === undefined ? "unknown" : unusable.find(({ group }) => group === id)?.problem ?? "there" })),
    pods: story.pods.map(({ admission, groups, name, overQuota, phase, verdict, without }) => ({
      name,
      ...(phase === undefined ? {} : { phase }),
      selected: verdict._tag === "Matched",
      reason: verdictSentence(verdict),
      without,
      ...(admission === undefined ? {} : { admission: admissionText(admission) }),
      groups: verdict._tag === "Matched" ? groups : [],
      ...(overQuota === undefined ? {} : { warning: overQuotaSentence(overQuota) })
    })),
    overlaps: story.overlaps,
    waitsFor: waitsOf(story.waitsFor, story.now),
    notSeen: notSeen(look, concerned)
  }
}

/** Pods that it does not select are shown so many of. */
const shown = 5

const rowsOf = (story: PolicyStory, data: PolicyExplained): ReadonlyArray<ToneRow> => {
  const unusable = data.groups.filter(({ ec2 }) => ec2 === "absent" || ec2 === "another VPC")
  const passedOver = new Set(story.pods.filter(({ verdict }) => verdict._tag !== "Matched").slice(shown).map(({ name }) => name))
  return [
    ...policyRows(story).filter(({ label, under }) => under !== true || !passedOver.has(label)),
    ...(passedOver.size === 0 ? [] : [{ label: "others", text: `${passedOver.size} more are not selected`, under: true, tone: "faint" as const }]),
    ...(data.groups.some(({ ec2 }) => ec2 !== "unknown")
      ? [{ label: "EC2", text: unusable.length === 0 ? "has every group, in the cluster's VPC" : unusable.map(({ ec2, id }) => `${id}: ${ec2}`).join("; "), tone: unusable.length === 0 ? "good" : "bad" } as const]
      : []),
    ...waitsRows(data.waitsFor),
    ...notSeenRows(data.notSeen.filter(({ what }) => what !== "EC2"))
  ]
}

/** What a policy does, and for whom it does not. Fails where there is no such policy, or nobody may see it. */
export const explainPolicyOf = Effect.fnUntraced(function*(look: Look, namespace: string, name: string, settings: ExplainSettings = {}): Effect.fn.Return<Answer<PolicyExplained>, CouldNotLook> {
  const policy = foundOf(look.cluster.policies, name, namespace)
  if (policy === undefined || policy === "absent") return yield* noSuch(look.cluster.policies, { what: "SecurityGroupPolicy", name, namespace })
  const story = policyStory(look, namespace, name, settings)
  const data = dataOf(look, story)
  return { data, found: !data.waitsFor.fine, text: (page) => rowsText(rowsOf(story, data), page) }
})
