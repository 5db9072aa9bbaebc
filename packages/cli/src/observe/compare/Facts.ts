import type { DifferencesFacts, SeenNode, SeenPod } from "@branchline/core/explain/DifferencesFacts"
import { sinceUnclaimed } from "@branchline/core/explain/DifferencesInterfaces"
import { annotationOf } from "@branchline/core/explain/DifferencesPlaces"
import type { EniId, PodUid, SecurityGroupId } from "@branchline/core/model/Ids"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import type { PolicyIndex } from "@branchline/core/selection/PolicyIndex"
import { groupsFor, needsServiceAccount } from "@branchline/core/selection/Selection"
import { Result } from "effect"
import { itemsOf } from "../../cluster/Found.js"
import type * as Seen from "../../cluster/Seen.js"
import { endedAt, millisOf } from "../../explain/Moments.js"
import { arePoliciesSeen, policiesOf, serviceAccountOf } from "../../explain/Policies.js"
import { cooldownOf } from "../../explain/Trunks.js"
import type { Memory } from "../Memory.js"
import { type JudgeSettings, patience } from "../Settings.js"
import { clusterNameOf, ec2Of, type Sight } from "../Sight.js"

/** What every comparison is made from: the sight, put in order, and what the core's own comparison is told. */
export interface Facts extends DifferencesFacts {
  readonly sight: Sight
  readonly index: PolicyIndex
  readonly cooldown: number
  /** Of the cluster's pods, by UID, with what these commands read of them besides. */
  readonly wide: ReadonlyMap<PodUid, Seen.SeenPod>
}

const byName = <A extends { readonly metadata: { readonly name: string; readonly namespace?: string } }>(items: ReadonlyArray<A>): ReadonlyArray<A> => {
  const name = ({ metadata }: A): string => `${metadata.namespace ?? ""}/${metadata.name}`
  return items.toSorted((a, b) => name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0)
}

/** What a pod's policies give it now; undefined where that is not known. */
const groupsOf = ({ look }: Sight, index: PolicyIndex, pod: Seen.SeenPod): ReadonlyArray<SecurityGroupId> | undefined => {
  const { labels, namespace } = pod.metadata
  const selected = { namespace, labels: labels ?? {} }
  if (!arePoliciesSeen(look, namespace)) return undefined
  if (!needsServiceAccount(index, selected)) return groupsFor(index, selected, { _tag: "NotAsked" })
  const account = serviceAccountOf(look, pod)
  return account._tag === "NotAsked" ? undefined : groupsFor(index, selected, account)
}

/** Since when a pod has been bound, as it says itself. */
const boundAt = ({ status }: Seen.SeenPod): number | undefined =>
  millisOf(status?.conditions?.find((condition) => condition.type === "PodScheduled" && condition.status === "True")?.lastTransitionTime)

const waitingSinceOf = (memory: Memory, pod: Seen.SeenPod, now: number): number | undefined => {
  const waits = pod.spec.nodeName && !isTerminal(pod) && wantsBranch(pod) && annotationOf(pod) === undefined
  return waits ? Math.min(now, memory.waitingSince.get(pod.metadata.uid as PodUid) ?? boundAt(pod) ?? now) : undefined
}

/** The interfaces of pods that are over, and since when. */
const endedBranches = (pods: ReadonlyArray<Seen.SeenPod>, now: number): ReadonlyMap<EniId, number> =>
  new Map(pods.filter(isTerminal).flatMap((pod) => {
    const annotation = annotationOf(pod)
    return annotation === undefined || Result.isFailure(annotation) ? [] : [[annotation.success.eniId, Math.min(now, endedAt(pod) ?? now)] as const]
  }))

/** The sight as the comparisons take it: in a fixed order, with what is remembered. */
export const factsOf = (memory: Memory, sight: Sight, now: number, { clusterName, limits }: JudgeSettings): Facts => {
  const { cluster } = sight.look
  const index = policiesOf(sight.look)
  const wide = byName(itemsOf(cluster.pods))
  const cniNodes = new Map(itemsOf(cluster.cniNodes).map((cniNode) => [cniNode.metadata.name, cniNode]))
  const pods = wide.map((pod): SeenPod => ({ pod, groups: groupsOf(sight, index, pod), waitingSince: waitingSinceOf(memory, pod, now) }))
  const nodes = byName(itemsOf(cluster.nodes)).map((node): SeenNode => ({ node, cniNode: cniNodes.get(node.metadata.name) }))
  const ec2 = ec2Of(sight)
  const instances = new Map(itemsOf(ec2?.instances ?? { items: [] }).map((one) => [one.instanceId, one]))
  const interfaces = itemsOf(ec2?.interfaces ?? { items: [] }).toSorted((a, b) => a.eniId < b.eniId ? -1 : a.eniId > b.eniId ? 1 : 0)
  const cooldown = cooldownOf(sight.look)
  return {
    sight,
    index,
    cooldown,
    wide: new Map(wide.map((pod) => [pod.metadata.uid as PodUid, pod])),
    clusterName: clusterNameOf(sight, clusterName) ?? "",
    pods,
    nodes,
    instances,
    interfaces,
    unclaimedSince: sinceUnclaimed(new Map([...endedBranches(wide, now), ...memory.unclaimedSince]), { instances, interfaces, pods }, now),
    limits,
    patience: { annotation: patience.annotation, making: patience.making, cooling: cooldown + patience.givingBack },
    now
  }
}

/** Since when pods have been waiting, to be remembered. */
export const waitingSince = ({ pods }: Pick<Facts, "pods">): ReadonlyMap<PodUid, number> =>
  new Map(pods.flatMap(({ pod, waitingSince: since }) => since === undefined ? [] : [[pod.metadata.uid as PodUid, since] as const]))
