import type { Look } from "../cluster/Look.js"
import type { GivenWorkload } from "./Given.js"
import type { LivePod } from "./Running.js"
import { keysRead } from "./Sides.js"

/** Keys of labels that controllers put on pods and no template has. Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const isGenerated = (key: string): boolean =>
  /^(apps\.kubernetes\.io\/pod-index|statefulset\.kubernetes\.io\/pod-name|batch\.kubernetes\.io\/.+|controller-(revision-hash|uid)|job-name|pod-template-(generation|hash))$/.test(key)

const told = (value: string | undefined): string => value === undefined ? "none" : value === "" ? "empty" : value

const selectorText = (selector: Readonly<Record<string, string>> | null | undefined): string =>
  Object.entries(selector ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`).join(", ")

/** Label keys of pods that policies of these sides read. */
const readBy = (sides: ReadonlyArray<Look>, namespace: string): ReadonlySet<string> => new Set(sides.flatMap((side) => [...keysRead(side, namespace)]))

/**
 * In what a template differs from a pod that it made, as far as that can be seen: labels, service account, host network, node selector. Images, environment and all else are not
 * in a look. A label that only the pod has may be another webhook's: it counts where a policy reads it.
 */
const differencesFrom = ({ hostNetwork, labels, placing, serviceAccountName }: GivenWorkload, { pod: { metadata, spec } }: LivePod, read: ReadonlySet<string>): ReadonlyArray<string> => {
  const has = metadata.labels ?? {}
  const keys = new Set([...Object.keys(labels), ...Object.keys(has).filter((one) => read.has(one) && !isGenerated(one))])
  const account = spec.serviceAccountName || "default"
  const [now, then] = [selectorText(spec.nodeSelector), selectorText(placing.nodeSelector)]
  return [
    ...[...keys].filter((key) => labels[key] !== has[key]).map((key) => `label ${key}: ${told(has[key])} → ${told(labels[key])}`),
    ...(account === serviceAccountName ? [] : [`service account: ${account} → ${serviceAccountName}`]),
    ...((spec.hostNetwork === true) === hostNetwork ? [] : [`hostNetwork: ${spec.hostNetwork === true} → ${hostNetwork}`]),
    ...(now === then ? [] : [`nodeSelector: ${now || "none"} → ${then || "none"}`])
  ]
}

/** What applying does to a workload's pods. */
export type Kind = "added" | "exchanged" | "scaled" | "unchanged"

/** A workload's pods now and then. */
export interface PodChange {
  readonly change: Kind
  /** In what the template differs from the pods that are there. */
  readonly differs: ReadonlyArray<string>
  readonly live: ReadonlyArray<LivePod>
  /** How many there will be; undefined where that depends on nodes that nobody saw. */
  readonly wanted: number | undefined
  /** What keeps the change from pods that are there. */
  readonly note: string | undefined
}

const noteOf = ({ kind, scale }: GivenWorkload, differs: ReadonlyArray<string>, live: number): string | undefined => {
  if (scale.later) return scale.replicas === 0 ? "it is suspended" : "as many for each of its runs"
  if (differs.length === 0 || live === 0) return undefined
  switch (scale.exchange._tag) {
    case "OnDelete":
      return "OnDelete: pods that are there stay as they are until somebody deletes them"
    case "None":
      return kind === "Pod" || kind === "Job" ? `the API server takes no such change of a ${kind}: delete it first` : `a ${kind} leaves the pods that are there as they are`
    case "Unknown":
      return `how a ${kind} exchanges its pods is not known here`
    default:
      return undefined
  }
}

/**
 * @param over whether pods of a Job were seen that are over: then it makes none again
 * @param nodes on how many nodes a DaemonSet's pods may run; undefined where nodes are not known
 */
export const podChangeOf = (
  workload: GivenWorkload,
  live: ReadonlyArray<LivePod>,
  sides: ReadonlyArray<Look>,
  { nodes, over }: { readonly nodes: number | undefined; readonly over: boolean }
): PodChange => {
  const { namespace, scale } = workload
  const read = readBy(sides, namespace)
  const each = live.map((one) => differencesFrom(workload, one, read))
  const older = each.filter((one) => one.length > 0).length
  // Where some of them are as the template has it, it has been applied before.
  const isUnderWay = older > 0 && older < live.length
  const differs = isUnderWay ? [] : [...new Set(each.flat())].sort()
  const base = { differs, live }
  if (over && live.length === 0) return { ...base, change: "unchanged", wanted: 0, note: "its pods are over; it makes none again" }
  const wanted = scale.replicas === "each node" ? nodes : scale.replicas ?? (live.length > 0 ? live.length : 1)
  if (isUnderWay) return { ...base, change: "unchanged", wanted, note: `${older} of ${live.length} pods are older than this template: an exchange is under way, or waits` }
  const exchanges = !["OnDelete", "None", "Unknown"].includes(scale.exchange._tag)
  const change = live.length === 0 ? "added" : differs.length > 0 && exchanges ? "exchanged" : wanted !== undefined && wanted !== live.length ? "scaled" : "unchanged"
  return { ...base, change, wanted, note: noteOf(workload, differs, live.length) }
}
