import { computeTypeLabel, osLabel, podEni } from "@branchline/core/model/Names"
import { isTerminal, kindOf, type PodKind } from "@branchline/core/model/PodTraits"
import type { Container } from "./Shapes.js"
import type { Item, Subject, Workload } from "./Subject.js"

/** Workloads that some policy selects. */
export const selected = ({ workloads }: Subject): ReadonlyArray<Workload> => workloads.filter(({ selection }) => selection.groups.length > 0)

/** Names of the policies that select a workload, by name. */
export const policiesOf = ({ selection }: Workload): ReadonlyArray<string> =>
  selection.policies.flatMap(({ policy, verdict }) => verdict._tag === "Matched" ? [policy] : [])

/** Whether it is only a matter of labels that nobody looked at if policies select a workload. */
export const undecided = ({ selection }: Workload): boolean => selection.policies.some(({ verdict }) => verdict._tag === "ServiceAccountNotAsked")

/** How a workload's pods are admitted. */
export const podKind = ({ labels, spec }: Workload): PodKind => {
  const byOs = spec.os?.name === "windows" ? { nodeSelector: { ...spec.nodeSelector, [osLabel]: "windows" } } : {}
  return kindOf(labels, { ...(spec.hostNetwork == null ? {} : { hostNetwork: spec.hostNetwork }), ...(spec.nodeSelector == null ? {} : { nodeSelector: spec.nodeSelector }), ...byOs })
}

/** Whether it is a pod whose life is over. */
export const isOver = ({ phase }: Workload): boolean => isTerminal({ status: { phase: phase ?? null } })

/** How many branches a container asks for, by limit or request; undefined where it asks for none. */
export const asksFor = ({ resources }: Container): string | undefined => {
  const amount = resources?.limits?.[podEni] ?? resources?.requests?.[podEni]
  return amount === undefined ? undefined : String(amount)
}

/** Values that required node affinity or the node selector leave for a node label; undefined where they leave it open. */
export const nodeLabelValues = ({ spec }: Workload, key: string): ReadonlyArray<string> | undefined => {
  const chosen = spec.nodeSelector?.[key]
  if (chosen !== undefined) return [chosen]
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const values = terms.map(({ matchExpressions }) => matchExpressions?.find((one) => one.key === key && one.operator === "In")?.values ?? undefined)
  // The terms are alternatives: one that says nothing of the label leaves it open.
  return values.length === 0 || values.includes(undefined) ? undefined : values.flatMap((some) => some ?? [])
}

/** Whether a workload's pods run on Fargate. */
export const onFargate = (workload: Workload): boolean =>
  podKind(workload) === "fargate" || nodeLabelValues(workload, computeTypeLabel)?.every((value) => value === "fargate") === true

/** Workloads whose pods get a branch interface: selected, not over, and on Linux nodes of EC2. */
export const served = (subject: Subject): ReadonlyArray<Workload> =>
  selected(subject).filter((workload) => podKind(workload) === "linux" && !onFargate(workload) && !isOver(workload))

/** Where a workload says what {@link nodeLabelValues} found. */
export const nodeLabelPlace = (workload: Workload, key: string) => {
  const { spec } = workload
  if (spec.nodeSelector?.[key] !== undefined) return workload.inPod(["spec", "nodeSelector", key])
  const required = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const term = terms.findIndex(({ matchExpressions }) => matchExpressions?.some((one) => one.key === key))
  const expression = terms[term]?.matchExpressions?.findIndex((one) => one.key === key) ?? -1
  return workload.inPod(expression < 0 ? required : [...required, term, "matchExpressions", expression, "values"])
}

/** `Deployment web`. */
export const short = ({ kind, name }: Item): string => `${kind} ${name === "" ? "(unnamed)" : name}`

/** Text from a document, ready for a sentence. */
export { quote } from "@branchline/core/selection/LabelSyntax"
export { counted, listed } from "@branchline/core/explain/Words"
