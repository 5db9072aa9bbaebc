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

/**
 * In what a template differs from pods that it made, as far as that can be seen: labels, service account, host network, node selector. Images, environment and all else are not
 * in a look. A label that only the pods have may be another webhook's: it counts where a policy reads it.
 */
export const differencesFrom = ({ hostNetwork, labels, placing, serviceAccountName }: GivenWorkload, pods: ReadonlyArray<LivePod>, sides: ReadonlyArray<Look>): ReadonlyArray<string> => {
  const found = new Set<string>()
  const read = new Set(pods.slice(0, 1).flatMap(({ pod: { metadata } }) => sides.flatMap((side) => [...keysRead(side, metadata.namespace)])))
  for (const { pod: { metadata, spec } } of pods) {
    const has = metadata.labels ?? {}
    for (const key of new Set([...Object.keys(labels), ...Object.keys(has).filter((one) => read.has(one) && !isGenerated(one))])) {
      if (labels[key] !== has[key]) found.add(`label ${key}: ${told(has[key])} → ${told(labels[key])}`)
    }
    const account = spec.serviceAccountName || "default"
    if (account !== serviceAccountName) found.add(`service account: ${account} → ${serviceAccountName}`)
    if ((spec.hostNetwork === true) !== hostNetwork) found.add(`hostNetwork: ${spec.hostNetwork === true} → ${hostNetwork}`)
    const [now, then] = [selectorText(spec.nodeSelector), selectorText(placing.nodeSelector)]
    if (now !== then) found.add(`nodeSelector: ${now || "none"} → ${then || "none"}`)
  }
  return [...found].sort()
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
  const { scale } = workload
  const differs = differencesFrom(workload, live, sides)
  const note = noteOf(workload, differs, live.length)
  if (over && live.length === 0) return { change: "unchanged", differs, live, wanted: 0, note: "its pods are over; it makes none again" }
  const wanted = scale.replicas === "each node" ? nodes : scale.replicas ?? (live.length > 0 ? live.length : 1)
  const exchanges = !["OnDelete", "None", "Unknown"].includes(scale.exchange._tag)
  const change = live.length === 0 ? "added" : differs.length > 0 && exchanges ? "exchanged" : wanted !== undefined && wanted !== live.length ? "scaled" : "unchanged"
  return { change, differs, live, wanted, note }
}
