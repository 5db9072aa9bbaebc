import { type Amounts, offerOf, type SchedulableNode, type SchedulablePod, type Taint, type Toleration } from "./Schedulable.js"

/** Why a node does not take a pod, in kube-scheduler's words. */
export interface Refusal {
  readonly reasons: ReadonlyArray<string>
  /** Whether pods that leave the node could help. */
  readonly resolvable: boolean
}

const notReady: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }

/** Kubernetes, "Taints and Tolerations": an empty key with Exists tolerates everything, an empty effect every effect. */
const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if ((toleration.effect ?? "") !== "" && toleration.effect !== taint.effect) return false
  if ((toleration.key ?? "") !== "" && toleration.key !== taint.key) return false
  if (toleration.operator === "Exists") return true
  return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "")
}

const isReady = (node: SchedulableNode): boolean =>
  (node.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True")

/** The node lifecycle controller taints a node that is not ready; here its condition stands for the taint. */
const taintsOf = (node: SchedulableNode): ReadonlyArray<Taint> =>
  isReady(node) ? node.spec?.taints ?? [] : [...node.spec?.taints ?? [], notReady]

/**
 * Why the node does not take the pod; undefined when it does. `used` is what its pods hold of extended resources.
 *
 * The filters and their order are kube-scheduler's: NodeUnschedulable, TaintToleration, NodeAffinity, NodeResourcesFit; the first that
 * refuses speaks. Source of the texts: Kubernetes, `pkg/scheduler/framework/plugins`.
 */
export const refusalOf = (pod: SchedulablePod, requests: Amounts, node: SchedulableNode, used: Amounts): Refusal | undefined => {
  const tolerations = pod.spec.tolerations ?? []
  if (node.spec?.unschedulable === true) return { reasons: ["node(s) were unschedulable"], resolvable: false }

  const taint = taintsOf(node).find((candidate) =>
    (candidate.effect === "NoSchedule" || candidate.effect === "NoExecute") &&
    !tolerations.some((toleration) => tolerates(toleration, candidate))
  )
  if (taint !== undefined) {
    return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`], resolvable: false }
  }

  const labels = node.metadata.labels ?? {}
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) {
    return { reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false }
  }

  const short = [...requests].filter(([name, amount]) => amount > offerOf(node, name) - (used.get(name) ?? 0))
  if (short.length === 0) return undefined
  return {
    reasons: short.map(([name]) => `Insufficient ${name}`),
    resolvable: short.every(([name, amount]) => amount <= offerOf(node, name))
  }
}

const histogram = (reasons: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(", ")
}

/**
 * What kube-scheduler says of a pod that no node takes, one refusal a node.
 *
 * @example "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
 */
export const unschedulableMessage = (refusals: ReadonlyArray<Refusal>): string => {
  if (refusals.length === 0) return "no nodes available to schedule pods"
  const head = `0/${refusals.length} nodes are available`
  const preemption = refusals.map(({ resolvable }) =>
    resolvable ? "No preemption victims found for incoming pod" : "Preemption is not helpful for scheduling"
  )
  return `${head}: ${histogram(refusals.flatMap(({ reasons }) => reasons))}. preemption: ${head}: ${histogram(preemption)}.`
}
