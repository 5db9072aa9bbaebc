import { Effect, Result } from "effect"
import * as Ahead from "./Ahead.js"
import { readClaim } from "../allocation/Claim.js"
import type { BranchInterface, PodIdentity } from "../allocation/Branch.js"
import { branchesOf } from "../allocation/Trunk.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import { readBranchAnnotation, type BranchDetails } from "../model/BranchAnnotation.js"
import type { EniId, InstanceId, VlanId } from "../model/Ids.js"
import {
  allocationTag,
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  podEni,
  trunkEniIdTag,
  vlanIdTag
} from "../model/Names.js"
import type { Pod } from "../model/Pod.js"
import type { Ec2, NetworkInterface } from "../ports/Ec2.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import type { Member } from "./Fleet.js"
import { isKnownElsewhere } from "./Foreign.js"
import { notice } from "./Notices.js"
import type { Parts } from "./Parts.js"
import type { PodStore } from "./PodStore.js"
import { isTerminal, wantsBranch } from "../model/PodTraits.js"
import { steadyNow } from "./Steady.js"

/** What EC2 holds of the controller's interfaces: the ledger that outlives every process (design, "Identity, time, truth"). */
export interface Ledger {
  /** Reads what EC2 knows of these instances, the first first. */
  readonly readAhead: Ahead.Ahead["read"]
  readonly instance: Ahead.Ahead["instance"]
  /** The controller's interfaces of an instance. */
  readonly take: (instanceId: InstanceId) => Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error>
  /** Whether there were any when the controller started, or at a sweep; of an instance that joined later there are none but those it makes. */
  readonly holds: (instanceId: InstanceId) => Effect.Effect<boolean, Ec2Error>
  /** Whether an attached trunk was there when the controller started, or at a sweep, of an instance whose interfaces nobody has taken yet. */
  readonly heldTrunk: (instanceId: InstanceId) => Effect.Effect<boolean, Ec2Error>
  /** There may have been some when the controller started, or at a sweep, and nobody has taken them yet. */
  readonly isUntaken: Ahead.Ahead["isUntaken"]
  /** Instances that were there before, and whose nodes are away or were: EC2 is asked what it holds of one when its node is here, which may ask for nothing any more. */
  readonly away: (instanceIds: Iterable<InstanceId>) => void
  /** All that EC2 has was seen, and whoever has something and no node is known: a node that comes from now on is new. */
  readonly survey: () => void
  readonly isSurveyed: () => boolean
  /** Instances that have interfaces of ours and no node. */
  readonly leave: (instanceIds: Iterable<InstanceId>) => void
  readonly isLeft: (instanceId: InstanceId) => boolean
  /** Nothing of ours is left of the instance. */
  readonly cleared: (instanceId: InstanceId) => void
  /** Interfaces of an instance that is no more: whatever names one promises nothing. */
  readonly writeOff: (eniIds: ReadonlyArray<EniId>) => void
  readonly isWrittenOff: (eniId: EniId) => boolean
}

/** The tags without which an interface is not the controller's to touch. */
export const ourTags = (clusterName: string): Readonly<Record<string, ReadonlyArray<string>>> => ({
  [clusterTag(clusterName)]: [clusterTagValue],
  [ownerTag]: [ownerTagValue]
})

/** The newest that are remembered: more than living pods can name, and some megabytes at most however long it runs. */
const writtenOffKept = 50_000

const isAttachedTrunk = ({ status, type }: NetworkInterface): boolean => type === "trunk" && status === "in-use"

export const make = (ec2: Ec2["Service"], clusterName: string): Ledger => {
  const ahead = Ahead.make(ec2, ourTags(clusterName))
  const left = new Set<InstanceId>()
  let surveyed = false
  const writtenOff = new Set<EniId>()
  return {
    readAhead: ahead.read,
    instance: ahead.instance,
    take: ahead.interfaces,
    holds: (instanceId) =>
      left.has(instanceId) ? Effect.succeed(true) : Effect.map(ahead.peek(instanceId), (interfaces = []) => interfaces.length > 0),
    isUntaken: ahead.isUntaken,
    heldTrunk: (instanceId) => Effect.map(ahead.peek(instanceId), (interfaces = []) => interfaces.some(isAttachedTrunk)),
    away: (instanceIds) => {
      for (const instanceId of instanceIds) ahead.found(instanceId)
    },
    survey: () => void (surveyed = true),
    isSurveyed: () => surveyed,
    leave: (instanceIds) => {
      for (const instanceId of instanceIds) {
        left.add(instanceId)
        ahead.found(instanceId)
      }
    },
    isLeft: (instanceId) => left.has(instanceId),
    cleared: (instanceId) => {
      left.delete(instanceId)
      ahead.forget(instanceId)
    },
    writeOff: (eniIds) => {
      for (const eniId of eniIds) writtenOff.add(eniId)
      for (const eldest of writtenOff) {
        if (writtenOff.size <= writtenOffKept) break
        writtenOff.delete(eldest)
      }
    },
    isWrittenOff: (eniId) => writtenOff.has(eniId)
  }
}

/** A pod as the trunk knows it. */
export const identityOf = ({ metadata: { uid, namespace, name } }: Pod): PodIdentity => ({ uid, namespace, name })

/** By pod as the API server told it, which nobody changes: at a restart each is asked about six times, and reading costs more than all else that is done with it. */
const read = new WeakMap<Pod, BranchDetails | undefined>()

/** What the annotation of a pod says, where the CNI plugin could read it. */
export const annotationOf = (pod: Pod): BranchDetails | undefined => {
  const text = pod.metadata.annotations?.[podEni]
  if (typeof text !== "string") return undefined
  if (!read.has(pod)) read.set(pod, Result.getOrUndefined(readBranchAnnotation(text)))
  return read.get(pod)
}

/** The interfaces that living pods' annotations name, whether these are worth anything or not. */
export const namedByPods = ({ pods }: Pick<Parts, "pods">): Set<string> => {
  const eniIds = new Set<string>()
  for (const pod of pods.values()) {
    const eniId = isTerminal(pod) ? undefined : annotationOf(pod)?.eniId
    if (eniId !== undefined) eniIds.add(eniId)
  }
  return eniIds
}

/** The part of an interface that a branch keeps. */
export const branchInterface = (from: NetworkInterface): BranchInterface => ({
  eniId: from.eniId,
  macAddress: from.macAddress,
  privateIp: from.privateIp,
  ipv6Address: from.ipv6Address
})

/** An interface that is a branch, or was made to become one. */
export const isBranch = (one: NetworkInterface): boolean =>
  one.type !== "trunk" &&
  (one.type === "branch" || one.description === branchDescription || trunkEniIdTag in one.tags || allocationTag in one.tags)

/** What the tags of a branch say. A VLAN id that is no number is none. */
export const tagsOf = (one: NetworkInterface) => {
  const vlan = one.tags[vlanIdTag] ?? ""
  return {
    vlanId: /^\d{1,4}$/.test(vlan) ? Number(vlan) : undefined,
    trunkId: one.tags[trunkEniIdTag] as EniId | undefined,
    claim: readClaim(one.tags[allocationTag] ?? "")
  }
}

/** What a trunk is told of an interface that EC2 has; `claimant`: the living pod that waits for it. */
export const discovered = (one: NetworkInterface, claimant: PodIdentity | undefined, now: number): TrunkEvent => {
  const { claim, trunkId, vlanId } = tagsOf(one)
  return {
    _tag: "BranchDiscovered",
    interface: branchInterface(one),
    subnetId: one.subnetId,
    groups: one.groups,
    vlanId,
    trunkId,
    associated: one.status === "in-use",
    claim,
    claimant,
    now
  }
}

const onNode = (pods: PodStore, nodeName: string | undefined): ReadonlyArray<Pod> => nodeName === undefined ? [] : pods.onNode(nodeName)

/** A living pod that is to get a branch and was not told of any. */
export const isWaiting = (pod: Pod): boolean => !isTerminal(pod) && wantsBranch(pod) && annotationOf(pod) === undefined

/** The pod of the node that the branch was made for, where it waits for it still. */
export const claimantOf = (pods: PodStore, nodeName: string | undefined, one: NetworkInterface): PodIdentity | undefined => {
  const { claim } = tagsOf(one)
  const named = claim === undefined ? undefined : pods.get(claim.pod)
  return named !== undefined && isWaiting(named) && named.spec.nodeName === nodeName ? identityOf(named) : undefined
}

/** The pods whose address, as kubelet tells it, is that of a branch: they have it, whoever wrote over their annotations. */
const byBranch = (branches: ReadonlyArray<NetworkInterface>, pods: Iterable<Pod>): ReadonlyMap<EniId, Pod> => {
  const addressed = new Map<string, Pod>()
  for (const pod of pods) if (pod.status?.podIP) addressed.set(pod.status.podIP, pod)
  const wired = new Map<EniId, Pod>()
  for (const { eniId, ipv6Address, privateIp } of branches) {
    const pod = addressed.get(privateIp) ?? addressed.get(ipv6Address)
    if (pod !== undefined) wired.set(eniId, pod)
  }
  return wired
}

/** What hangs on the trunk has the VLAN id that its tag names, and comes before what is only tagged so; else by id. */
const byHold = (a: NetworkInterface, b: NetworkInterface): number => {
  if ((a.status === "in-use") !== (b.status === "in-use")) return a.status === "in-use" ? -1 : 1
  return a.eniId < b.eniId ? -1 : 1
}

/**
 * What a trunk has to be told so that it knows again what it carried: the living pods' annotations first, because they are the promise,
 * then what EC2 has beyond them. In a fixed order, so that the same ledger gives the same trunk.
 *
 * @param foreign interfaces that are another instance's: an annotation that names one promises nothing here. One that EC2 does not show is not foreign: it may
 * only lag, and its VLAN id must stay taken
 */
export const memories = (
  interfaces: ReadonlyArray<NetworkInterface>,
  foreign: ReadonlySet<EniId>,
  nodeName: string | undefined,
  pods: PodStore,
  now: number
): ReadonlyArray<TrunkEvent> => {
  const living = onNode(pods, nodeName).filter((pod) => !isTerminal(pod)).sort((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1))
  const held = living.flatMap((pod): ReadonlyArray<TrunkEvent> => {
    const details = annotationOf(pod)
    if (details === undefined) return []
    // The node's plugin may have read it before anybody could write another.
    return foreign.has(details.eniId) ? [{ _tag: "VlanWired", vlanId: details.vlanId, now }] : [{ _tag: "BranchHeld", pod: identityOf(pod), details, now }]
  })
  const branches = interfaces.filter(isBranch).sort(byHold)
  const wired = byBranch(branches, living.filter(isWaiting))
  const served = new Set([...wired.values()].map(({ metadata: { uid } }) => uid))
  const claimant = (one: NetworkInterface): PodIdentity | undefined => {
    // The tag of one that lay idle in between names the pod before.
    const pod = wired.get(one.eniId)
    if (pod !== undefined) return identityOf(pod)
    const named = claimantOf(pods, nodeName, one)
    return named !== undefined && served.has(named.uid) ? undefined : named
  }
  return [...held, ...branches.map((one) => discovered(one, claimant(one), now))]
}

/** The interfaces of living pods' annotations that the look at the instance did not show: looked for one by one, because they may be elsewhere. */
const lookForMissing = Effect.fnUntraced(function*(
  parts: Pick<Parts, "ec2" | "fleet" | "ledger">,
  member: Member,
  interfaces: ReadonlyArray<NetworkInterface>,
  podsOfNode: ReadonlyArray<Pod>
) {
  const { instanceId } = member
  const shown = new Set(interfaces.map(({ eniId }) => eniId))
  const missing = podsOfNode.flatMap((pod) => {
    const eniId = isTerminal(pod) ? undefined : annotationOf(pod)?.eniId
    return eniId === undefined || shown.has(eniId) ? [] : [eniId]
  })
  const found = missing.length === 0 ? [] : yield* parts.ec2.describeInterfaces({ eniIds: missing })
  const isHere = (one: NetworkInterface): boolean => (one.tags[instanceIdTag] ?? instanceId) === instanceId
  return {
    here: found.filter(isHere),
    foreign: new Set([...found.filter((one) => !isHere(one)).map(({ eniId }) => eniId), ...missing.filter((eniId) => isKnownElsewhere(parts, member, eniId))])
  }
})

/**
 * The VLAN ids that were announced on the node's last instance: the plugin may have wired them here, and takes a while to unwire what is over. In a fixed order.
 */
const wiredBefore = ({ fleet }: Pick<Parts, "fleet">, member: Member): ReadonlyArray<VlanId> =>
  [...fleet.members()].filter((other) => other !== member && other.formerNode !== undefined && other.formerNode === member.nodeName).flatMap(({ trunk }) =>
    branchesOf(trunk).flatMap(({ announced, vlanId }) => announced && vlanId !== undefined ? [vlanId] : [])
  ).sort((a, b) => a - b)

const sameSet = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && some.every((one) => others.includes(one))

/** In what an instance's trunk is another than one that would be made today; it stays as it is. */
const tellDifferences = Effect.fnUntraced(function*(member: Member, interfaces: ReadonlyArray<NetworkInterface>) {
  const { groups, instanceId, nodeName: node, subnet } = member
  const trunk = interfaces.find(isAttachedTrunk)
  if (trunk === undefined || node === undefined) return
  if (!sameSet(trunk.groups, groups)) yield* notice({ _tag: "TrunkDiffers", node, instanceId, attribute: "security_groups" })
  if (trunk.subnetId !== subnet.subnetId) yield* notice({ _tag: "TrunkDiffers", node, instanceId, attribute: "subnet" })
})

/** Tells a member's trunk what EC2 and the pods remember of it. Fails with the errors of the describe, and has then told nothing. */
export const recover = Effect.fnUntraced(function*(
  parts: Pick<Parts, "ec2" | "fleet" | "ledger" | "pods">,
  member: Member,
  apply: (member: Member, event: TrunkEvent) => Effect.Effect<void>
): Effect.fn.Return<void, Ec2Error> {
  const { ledger, pods } = parts
  const shown = yield* ledger.take(member.instanceId)
  const { foreign, here } = yield* lookForMissing(parts, member, shown, onNode(pods, member.nodeName))
  const now = yield* steadyNow
  for (const vlanId of wiredBefore(parts, member)) yield* apply(member, { _tag: "VlanWired", vlanId, now })
  for (const event of memories([...shown, ...here], foreign, member.nodeName, pods, now)) yield* apply(member, event)
  member.recovered = true
  yield* tellDifferences(member, shown)
})
