import { Clock, Effect, Result } from "effect"
import { readClaim } from "../allocation/Claim.js"
import type { BranchInterface, PodIdentity } from "../allocation/Branch.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import { readBranchAnnotation, type BranchDetails } from "../model/BranchAnnotation.js"
import type { EniId, InstanceId } from "../model/Ids.js"
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
import type { PodStore } from "./PodStore.js"
import { isTerminal, wantsBranch } from "../model/PodTraits.js"

/** What EC2 holds of the controller's interfaces: the ledger that outlives every process (design, "Identity, time, truth"). */
export interface Ledger {
  /** One pass over all of the cluster's interfaces, at the start. */
  readonly scan: Effect.Effect<void, Ec2Error>
  /** What the scan found for an instance, handed out once; an instance that came later is asked for by itself. */
  readonly take: (instanceId: InstanceId) => Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error>
  readonly holds: (instanceId: InstanceId) => boolean
  /** Instances that the scan found interfaces of and nobody has taken. */
  readonly untaken: () => ReadonlyArray<InstanceId>
}

/** The tags without which an interface is not the controller's to touch. */
export const ourTags = (clusterName: string): Readonly<Record<string, ReadonlyArray<string>>> => ({
  [clusterTag(clusterName)]: [clusterTagValue],
  [ownerTag]: [ownerTagValue]
})

export const make = (ec2: Ec2["Service"], clusterName: string): Ledger => {
  const found = new Map<InstanceId, Array<NetworkInterface>>()
  return {
    scan: Effect.gen(function*() {
      for (const one of yield* ec2.describeInterfaces({ tags: ourTags(clusterName) })) {
        const instanceId = one.tags[instanceIdTag] as InstanceId | undefined
        if (instanceId === undefined) continue
        const of = found.get(instanceId)
        if (of === undefined) found.set(instanceId, [one])
        else of.push(one)
      }
    }),
    take: (instanceId) => Effect.suspend(() => {
      const of = found.get(instanceId)
      found.delete(instanceId)
      return of !== undefined
        ? Effect.succeed(of)
        : ec2.describeInterfaces({ tags: { ...ourTags(clusterName), [instanceIdTag]: [instanceId] } })
    }),
    holds: (instanceId) => found.has(instanceId),
    untaken: () => [...found.keys()]
  }
}

/** A pod as the trunk knows it. */
export const identityOf = ({ metadata: { uid, namespace, name } }: Pod): PodIdentity => ({ uid, namespace, name })

/** What the annotation of a pod says, where the CNI plugin could read it. */
export const annotationOf = (pod: Pod): BranchDetails | undefined => {
  const text = pod.metadata.annotations?.[podEni]
  return typeof text === "string" ? Result.getOrUndefined(readBranchAnnotation(text)) : undefined
}

/** The part of an interface that a branch keeps. */
export const branchInterface = (from: NetworkInterface): BranchInterface => ({
  eniId: from.eniId,
  macAddress: from.macAddress,
  privateIp: from.privateIp,
  ipv6Address: from.ipv6Address
})

const isBranch = (one: NetworkInterface): boolean =>
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

/**
 * What a trunk has to be told so that it knows again what it carried: the living pods' annotations first, because they are the promise,
 * then what EC2 has beyond them. In a fixed order, so that the same ledger gives the same trunk.
 */
export const memories = (
  interfaces: ReadonlyArray<NetworkInterface>,
  podsOfNode: ReadonlyArray<Pod>,
  pods: PodStore,
  now: number
): ReadonlyArray<TrunkEvent> => {
  const living = podsOfNode.filter((pod) => !isTerminal(pod)).sort((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1))
  const mine = new Set(interfaces.map(({ eniId }) => eniId))
  const held = living.flatMap((pod): ReadonlyArray<TrunkEvent> => {
    const details = annotationOf(pod)
    return details !== undefined && mine.has(details.eniId) ? [{ _tag: "BranchHeld", pod: identityOf(pod), details, now }] : []
  })
  const branches = interfaces.filter(isBranch).sort((a, b) => (a.eniId < b.eniId ? -1 : 1))
  const discovered = branches.map((one): TrunkEvent => {
    const { claim, trunkId, vlanId } = tagsOf(one)
    const claimant = claim === undefined ? undefined : pods.get(claim.pod)
    const waits = claimant !== undefined && living.includes(claimant) && wantsBranch(claimant) && annotationOf(claimant) === undefined
    return {
      _tag: "BranchDiscovered",
      interface: branchInterface(one),
      subnetId: one.subnetId,
      groups: one.groups,
      vlanId,
      trunkId,
      associated: one.status === "in-use",
      claim,
      claimant: waits ? identityOf(claimant) : undefined,
      now
    }
  })
  return [...held, ...discovered]
}

/** Tells a member's trunk what EC2 and the pods remember of it. */
export const recover = Effect.fnUntraced(function*(
  ledger: Ledger,
  pods: PodStore,
  member: Member,
  apply: (member: Member, event: TrunkEvent) => Effect.Effect<void>
) {
  const interfaces = yield* ledger.take(member.instanceId)
  const now = yield* Clock.currentTimeMillis
  const onNode = member.nodeName === undefined ? [] : pods.onNode(member.nodeName)
  for (const event of memories(interfaces, onNode, pods, now)) yield* apply(member, event)
  member.recovered = true
})
