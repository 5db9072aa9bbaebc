import { isTerminal } from "@branchline/core/model/PodTraits"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { admitted, type Admitted } from "./Admitted.js"
import { podChangeOf, type PodChange } from "./Exchange.js"
import { nodesFor, placingOf, type Wish } from "./Fit.js"
import type { Given, GivenWorkload } from "./Given.js"
import { grouped } from "./Grouped.js"
import type { NodeRoom } from "./Nodes.js"
import { ownerKey, ownerOf } from "./Owner.js"
import type { LivePod, RunningChange } from "./Running.js"

/** A workload of the manifests, and what becomes of it. */
export interface Judged {
  readonly workload: GivenWorkload
  readonly admitted: Admitted
  readonly pods: PodChange
}

/** Whether applying the manifests makes its pods. */
export const isNow = ({ pods: { change }, workload }: Judged): boolean => change !== "unchanged" && !workload.scale.later

/** What becomes of the manifests' workloads. */
export const judge = (before: Look, after: Look, given: Given, live: ReadonlyArray<LivePod>, rooms: ReadonlyArray<NodeRoom> | undefined, quota: number): ReadonlyArray<Judged> => {
  const byOwner = grouped(live, ({ key }) => key)
  const over = new Set(itemsOf(before.cluster.pods).filter(isTerminal).map(ownerKey))
  return given.workloads.map((workload) => ({
    workload,
    admitted: admitted(after, workload, quota),
    pods: podChangeOf(workload, byOwner.get(workload.key) ?? [], [before, after], {
      nodes: rooms === undefined ? undefined : nodesFor({ placing: workload.placing, daemon: {} }, rooms).length,
      over: over.has(workload.key) && (workload.kind === "Job" || workload.kind === "Pod")
    })
  }))
}

/** Nodes of the pods that hold a branch, a node for each. */
export const bound = (pods: ReadonlyArray<LivePod>): ReadonlyArray<string> => pods.flatMap(({ asks, pod }) => asks && pod.spec.nodeName ? [pod.spec.nodeName] : [])

/** The slots that a workload's pods need besides those that they hold; of pods that are exchanged, all. */
export const wishOf = ({ admitted: { outcome }, pods: { change, live, wanted }, workload }: Judged): ReadonlyArray<Wish> => {
  if (outcome !== "branch" || wanted === undefined) return []
  const holding = change === "exchanged" ? [] : live.filter(({ asks }) => asks)
  const base = { key: workload.key, placing: workload.placing }
  if (workload.scale.replicas === "each node") return [{ ...base, count: wanted, daemon: { notOn: new Set(holding.flatMap(({ pod }) => pod.spec.nodeName ?? [])) } }]
  const count = Math.max(0, wanted - holding.length)
  return count === 0 ? [] : [{ ...base, count }]
}

export const runningKey = ({ groups, owner, pods }: RunningChange): string => `running ${owner} ${groups.after.join()} ${pods[0] ?? ""}`

/** Pods that get a branch for the first time when they are made again; those of a workload of the manifests are counted there. */
export const runningWishes = (running: ReadonlyArray<RunningChange>, live: ReadonlyArray<LivePod>, given: ReadonlySet<string>): ReadonlyArray<Wish> => {
  const byName = new Map(live.map((one) => [`${one.key} ${one.pod.metadata.name}`, one.pod]))
  return running.filter(({ branch, owner }) => branch === "first" && !given.has(owner)).flatMap((change): ReadonlyArray<Wish> => {
    const pods = change.pods.flatMap((name) => byName.get(`${change.owner} ${name}`) ?? [])
    const [first] = pods
    if (first === undefined) return []
    const on = new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []))
    const wish = { key: runningKey(change), count: pods.length, placing: placingOf(first) }
    // A DaemonSet's pod comes back to its node.
    return [ownerOf(first).kind === "DaemonSet" ? { ...wish, daemon: { on } } : { ...wish, runsOn: on }]
  })
}
