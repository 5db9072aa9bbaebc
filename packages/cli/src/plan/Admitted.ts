import { asksServiceAccount, decide, podOf } from "@branchline/core/admission/MutatePod"
import type { AdmissionFacts } from "@branchline/core/admission/Facts"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { IncomingPod } from "@branchline/core/model/Pod"
import { wantsBranch } from "@branchline/core/model/PodTraits"
import { apply } from "@branchline/core/patch/JsonPatch"
import { type OverQuota, select, type Selection } from "@branchline/core/selection/Selection"
import { Option, Result, Schema } from "effect"
import type { Look } from "../cluster/Look.js"
import { policiesOf } from "../explain/Policies.js"
import type { GivenWorkload } from "./Given.js"
import { accountOf, matchedBy, undecidedBy } from "./Sides.js"

/** What becomes of a workload's new pods at the webhook. */
export const Outcome = Schema.Literals(["branch", "node's groups", "fargate", "host network", "windows", "undecided"]).annotate({
  description: "branch: they ask for a branch interface; node's groups: no policy gives them any; undecided: it depends on a service account that nobody looked at"
})

export interface Admitted {
  readonly outcome: typeof Outcome.Type
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly policies: ReadonlyArray<string>
  readonly overQuota: OverQuota | undefined
  readonly warnings: ReadonlyArray<string>
  /** With the reasons. */
  readonly selection: Selection
}

const decodePod = Schema.decodeUnknownOption(IncomingPod)

const documentOf = ({ annotations, containers, hostNetwork, labels, placing, serviceAccountName }: GivenWorkload, namespace: string): Schema.JsonObject => ({
  metadata: { namespace, labels: { ...labels }, annotations: { ...annotations } },
  spec: {
    hostNetwork,
    serviceAccountName,
    ...(placing.nodeSelector == null ? {} : { nodeSelector: { ...placing.nodeSelector } }),
    containers: containers.map(({ name, resources }) => ({ name, resources: { limits: { ...resources?.limits }, requests: { ...resources?.requests } } }))
  }
})

/** What the mutating webhook would make of a workload's pods, by the core's own admission. */
export const admitted = (look: Look, workload: GivenWorkload, quota: number): Admitted => {
  const { labels, name, namespace, serviceAccountName } = workload
  // Too many groups are told by the selection, with names.
  const facts: AdmissionFacts = { policies: policiesOf(look), groupsPerInterface: Infinity, windows: { ipamEnabled: false, served: false } }
  const object = documentOf(workload, namespace)
  const pod = podOf({ uid: "plan", operation: "CREATE", namespace, object })
  const account = accountOf(look, namespace, serviceAccountName)
  const selection = select({ policies: facts.policies, pod: { name, namespace, labels, serviceAccountName }, serviceAccount: account, quota })
  const told = { groups: selection.groups, policies: matchedBy(selection), overQuota: selection.overQuota, warnings: [], selection }
  const nothing = { groups: [], policies: [], overQuota: undefined, warnings: [], selection }
  if (Result.isFailure(pod)) return { ...nothing, outcome: "node's groups", warnings: [pod.failure] }
  if (pod.success.kind === "hostNetwork") return { ...nothing, outcome: "host network" }
  if (pod.success.kind === "windows") return { ...nothing, outcome: "windows" }
  if (asksServiceAccount(pod.success, facts) && undecidedBy(selection).length > 0) return { ...told, outcome: "undecided" }
  const decision = decide(pod.success, facts, account)
  const patch = decision._tag === "Allowed" ? decision.patch ?? [] : []
  const warnings = decision._tag === "Allowed" ? decision.warnings : []
  if (pod.success.kind === "fargate") return { ...told, outcome: "fargate", warnings }
  const made = Option.getOrUndefined(Option.flatMap(Result.getSuccess(apply(object, patch)), decodePod))
  if (made === undefined || !wantsBranch(made)) return { ...told, outcome: "node's groups", warnings }
  const byHand = selection.groups.length === 0 ? [`they ask for ${podEni} by themselves: no policy matches, so they get the node's groups on a branch`] : []
  return { ...told, outcome: "branch", warnings: [...warnings, ...byHand] }
}
