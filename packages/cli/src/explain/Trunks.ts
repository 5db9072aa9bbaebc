import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import { empty, type Trunk } from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import { step } from "@branchline/core/allocation/TrunkMachine"
import { read as readConfigMap, silent } from "@branchline/core/controller/ConfigMapSettings"
import { annotationOf, identityOf, memories } from "@branchline/core/controller/Ledger"
import * as PodStore from "@branchline/core/controller/PodStore"
import { trunkAttachment } from "@branchline/core/controller/TrunkSetup"
import type { LimitsTable } from "@branchline/core/limits/Limits"
import { trunkLimitsOf } from "@branchline/core/limits/Limits"
import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { configMap, hasTrunkAttachedLabel, instanceIdTag, podEni } from "@branchline/core/model/Names"
import { instanceIdOf } from "@branchline/core/model/Node"
import { asksForTrunk } from "@branchline/core/model/NodeTraits"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { Result } from "effect"
import type { Ec2Found, SeenInstance, SeenInterface } from "../cluster/Ec2Seen.js"
import { foundOf, isKnown, itemsOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import type { SeenNode, SeenPod } from "../cluster/Seen.js"
import { ownersOf } from "./Owners.js"
import { perLook } from "./PerLook.js"
import { asTold, createdAt, endedAt, millisOf } from "./Moments.js"

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const instanceTypeLabel = "node.kubernetes.io/instance-type"

/** EC2's side, where it was looked at. */
export const ec2Of = ({ ec2 }: Look): Ec2Found | undefined => "unknown" in ec2 ? undefined : ec2

/** The instance behind a node: `"absent"` where EC2 has none, undefined where nobody knows. */
export const instanceOf = (look: Look, { spec }: SeenNode): SeenInstance | "absent" | undefined => {
  const instanceId = instanceIdOf(spec?.providerID ?? "")
  const instances = ec2Of(look)?.instances
  if (instanceId === undefined || instances === undefined || "unknown" in instances) return undefined
  return instances.items.find((one) => one.instanceId === instanceId) ?? "absent"
}

/** How long a branch cools down, milliseconds (contract §6). */
export const cooldownOf = ({ cluster }: Look): number => {
  const found = foundOf(cluster.configMaps, configMap.name, configMap.namespace)
  return readConfigMap(found === "absent" ? undefined : found, silent).settings.cooldown ?? defaultAllocationSettings.cooldown
}

/** Whether events, label or capacity tell that the trunk interface is there. */
export const isTrunkSeen = ({ cluster }: Look, node: SeenNode): boolean => {
  const { labels, name } = node.metadata
  if ((Number(node.status?.capacity?.[podEni] ?? 0) || 0) > 0 || labels?.[hasTrunkAttachedLabel] === "true") return true
  return itemsOf(cluster.events).some(({ involvedObject, reason }) => reason === "NodeTrunkInitiated" && involvedObject.kind === "Node" && involvedObject.name === name)
}

interface Sight {
  readonly look: Look
  readonly now: number
  readonly cooldown: number
  readonly nodeName: string
  readonly pods: ReadonlyArray<SeenPod>
  /** The node's interfaces, and those that its pods' annotations name; undefined where EC2 was not looked at. */
  readonly interfaces: ReadonlyArray<SeenInterface> | undefined
  readonly instanceId: InstanceId
}

/** What pods that are over held: it cools since they ended, as far as EC2 still has it, or where nobody asked EC2, as long as a cooldown lasts. */
const ended = ({ cooldown, interfaces, now, pods }: Sight): { readonly events: ReadonlyArray<TrunkEvent>; readonly held: ReadonlySet<EniId> } => {
  const held = new Set<EniId>()
  const events = pods.filter(isTerminal).flatMap((pod): ReadonlyArray<TrunkEvent> => {
    const details = annotationOf(pod)
    if (details === undefined) return []
    const at = endedAt(pod)
    const there = interfaces === undefined ? at !== undefined && at + cooldown > now : interfaces.some(({ eniId }) => eniId === details.eniId)
    if (!there) return []
    held.add(details.eniId)
    const since = Math.min(at ?? now, now)
    return [
      { _tag: "BranchHeld", pod: identityOf(pod), details, now: since },
      { _tag: "PodReleased", key: pod.metadata.uid, mayIdle: false, now: since }
    ]
  })
  return { events, held }
}

const podStoreOf = perLook(({ cluster }) => {
  const store = PodStore.make()
  for (const pod of itemsOf(cluster.pods)) store.note({ _tag: "Appeared", object: pod })
  return store
})

const podsOnNode = perLook(({ cluster }): ReadonlyMap<string, ReadonlyArray<SeenPod>> => {
  const found = new Map<string, Array<SeenPod>>()
  for (const pod of itemsOf(cluster.pods)) {
    const name = pod.spec.nodeName ?? ""
    const known = found.get(name)
    if (known === undefined) found.set(name, [pod])
    else known.push(pod)
  }
  return found
})

/** What EC2 and the pods' annotations tell a controller that starts now. */
const remembered = (sight: Sight): ReadonlyArray<TrunkEvent> => {
  const { instanceId, interfaces = [], look, nodeName, now, pods } = sight
  const store = podStoreOf(look)
  const over = ended(sight)
  const named = new Set(pods.flatMap((pod) => isTerminal(pod) ? [] : annotationOf(pod)?.eniId ?? []))
  const isOwn = ({ tags }: SeenInterface): boolean => tags[instanceIdTag] === instanceId
  const here = interfaces.filter((one) => (isOwn(one) || (named.has(one.eniId) && one.tags[instanceIdTag] === undefined)) && !over.held.has(one.eniId))
  const foreign = new Set(interfaces.filter((one) => named.has(one.eniId) && !isOwn(one) && one.tags[instanceIdTag] !== undefined).map(({ eniId }) => eniId))
  const since = allocatedAt(look)
  const owners = ownersOf(look)
  const at = (event: TrunkEvent): TrunkEvent => {
    if (event._tag === "BranchHeld") return { ...event, now: since.get(event.pod.uid) ?? now }
    // A branch that nobody has cools since its pod was told to end; where nobody knows of that, at most its whole time from now on.
    return event._tag === "BranchDiscovered" && event.claimant === undefined ? { ...event, now: owners.get(event.interface.eniId)?.endedAt ?? now } : event
  }
  return [...memories(here, foreign, nodeName, store, now).map(at), ...over.events]
}

/** Since when pods have had their branches: as their event tells, else not longer than they have been there. */
const allocatedAt = perLook(({ cluster }): ReadonlyMap<string, number> => {
  const since = new Map<string, number>()
  for (const pod of itemsOf(cluster.pods)) {
    const at = createdAt(pod)
    if (at !== undefined) since.set(pod.metadata.uid, at)
  }
  for (const event of itemsOf(cluster.events)) {
    const { uid } = event.involvedObject
    const at = event.reason === "ResourceAllocated" ? millisOf(asTold(event).lastTimestamp) : undefined
    if (at !== undefined && uid && since.has(uid)) since.set(uid, at)
  }
  return since
})

/** Pods that ask and have nothing yet, the oldest first: where the trunk is full, they stand in line. */
const waiting = (
  { pods }: Pick<Sight, "pods">,
  groupsOf: (pod: SeenPod) => ReadonlyArray<SecurityGroupId>,
  subnetId: string
): ReadonlyArray<TrunkEvent> =>
  pods.filter((pod) => wantsBranch(pod) && !isTerminal(pod) && !pod.metadata.deletionTimestamp && annotationOf(pod) === undefined)
    .toSorted((a, b) => (createdAt(a) ?? 0) - (createdAt(b) ?? 0) || (a.metadata.uid < b.metadata.uid ? -1 : 1))
    .map((pod) => {
      const groups = groupsOf(pod)
      return { _tag: "PodRequested", pod: identityOf(pod), groups, fallback: groups.length === 0, subnetId, now: createdAt(pod) ?? 0 }
    })

/** What a node's trunk is rebuilt with. */
export interface TrunkFrom {
  readonly limits: LimitsTable
  readonly groupsOf: (pod: SeenPod) => ReadonlyArray<SecurityGroupId>
  /** In which branches are made. */
  readonly subnetId: string
}

const limitOf = (limits: LimitsTable, instanceType: string | undefined, node: SeenNode): number => {
  const found = instanceType === undefined ? undefined : Result.getOrUndefined(trunkLimitsOf(limits, instanceType))
  return found?.branches ?? (Number(node.status?.capacity?.[podEni] ?? 0) || 0)
}

/**
 * A node's trunk as a controller would know it that starts now: from the annotations of its pods, and from EC2's interfaces where they were looked at. Undefined
 * where the node has no instance, or not all of its pods are known. Without EC2 nobody knows of branches that cool after their pod's object is gone.
 */
export const trunkOf = (look: Look, node: SeenNode, from: TrunkFrom): Trunk | "absent" | undefined => {
  const instanceId = instanceIdOf(node.spec?.providerID ?? "")
  // A branch of a pod that nobody could see would be taken for one that nobody has.
  if (instanceId === undefined || !isKnown(look.cluster.pods)) return undefined
  const { name } = node.metadata
  const instance = instanceOf(look, node)
  const cniNode = foundOf(look.cluster.cniNodes, name)
  const interfaces = ec2Of(look)?.interfaces
  const sight: Sight = {
    look,
    now: nowOf(look),
    cooldown: cooldownOf(look),
    nodeName: name,
    pods: podsOnNode(look).get(name) ?? [],
    interfaces: interfaces === undefined || "unknown" in interfaces ? undefined : interfaces.items,
    instanceId
  }
  const settings = { ...defaultAllocationSettings, cooldown: sight.cooldown }
  const attached = instance === undefined || instance === "absent" ? undefined : trunkAttachment(instance)
  const limit = limitOf(from.limits, instance === "absent" ? undefined : instance?.instanceType ?? node.metadata.labels?.[instanceTypeLabel], node)
  const run = (trunk: Trunk, event: TrunkEvent): Trunk => step(trunk, event).trunk
  const events: ReadonlyArray<TrunkEvent> = [
    ...(attached?.status === "attached" ? [{ _tag: "TrunkChanged", trunkId: attached.eniId, now: sight.now } as const] : []),
    { _tag: "AdmittingChanged", admitting: asksForTrunk(node, cniNode === "absent" ? undefined : cniNode), now: sight.now },
    ...remembered(sight)
  ]
  const known = events.reduce(run, empty(instanceId, limit, settings))
  // Where there is room nobody stands in line: that a pod has nothing yet has another reason.
  return known.occupied >= known.limit && known.trunkId !== undefined ? waiting(sight, from.groupsOf, from.subnetId).reduce(run, known) : known
}
