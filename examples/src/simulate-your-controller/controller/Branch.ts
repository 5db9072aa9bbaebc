import { type BranchDetails, readBranchAnnotation, writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { type EniId, type SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import { branchDescription, podEni } from "@branchline/core/model/Names"
import type { Pod } from "@branchline/core/model/Pod"
import { pods } from "@branchline/core/model/Resource"
import { Ec2, type Instance, type NetworkInterface } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect, Result } from "effect"
import { branchTags, vlanOf } from "./Names.js"

/** Where a branch is to hang. */
export interface Place {
  readonly instance: Instance
  readonly trunkId: EniId
  /** The trunk's branches have these VLAN ids, or may have: a create whose answer was lost counts. */
  readonly used: Set<number>
  /** The node's pods were told of these. */
  readonly told: ReadonlySet<number>
}

/** What the pod was told. */
export const announcedTo = ({ metadata: { annotations } }: Pod): BranchDetails | undefined =>
  Result.getOrUndefined(readBranchAnnotation(annotations?.[podEni] ?? ""))

/** The lowest that nobody has; but a pod that was wired by what an earlier instance's annotation says keeps that id, because the node keeps its link. */
const vlanFor = (pod: Pod, { told, used }: Place): number => {
  const before = announcedTo(pod)?.vlanId
  if (before !== undefined && !used.has(before)) return before
  let vlanId = 1
  while (used.has(vlanId) || told.has(vlanId)) vlanId += 1
  return vlanId
}

const create = Effect.fnUntraced(function*(place: Place, pod: Pod, groups: ReadonlyArray<SecurityGroupId>) {
  const { instance, trunkId, used } = place
  const { metadata } = pod
  const vlanId = vlanFor(pod, place)
  used.add(vlanId)
  return yield* (yield* Ec2).createBranch({
    subnetId: instance.subnetId,
    groups,
    description: branchDescription,
    tags: branchTags(instance.instanceId, trunkId, vlanId, metadata),
    clientToken: `${metadata.uid}/${trunkId}`
  })
})

/**
 * Gives a pod its branch: the one that was found, or a new one. Every call may be made again, so nobody has to know how far the last try came.
 * The annotation goes to this pod and no other of its name, and only if nothing happened to it since it was read.
 */
export const serve = Effect.fnUntraced(function*(place: Place, pod: Pod, groups: ReadonlyArray<SecurityGroupId>, found: NetworkInterface | undefined) {
  const ec2 = yield* Ec2
  const kubernetes = yield* Kubernetes
  const branch = found ?? (yield* create(place, pod, groups))
  const { eniId, ipv6Address, macAddress, privateIp, subnetId } = branch
  const vlanId = VlanId.make(vlanOf(branch))
  yield* ec2.permitAttachment(eniId)
  // The token is the branch's own: a second call answers with the association that there is.
  const associationID = yield* ec2.associateBranch({ trunkId: place.trunkId, branchId: eniId, vlanId, clientToken: eniId })
  const [subnet] = yield* ec2.describeSubnets([subnetId])
  const details = { eniId, ifAddress: macAddress, privateIp, ipv6Addr: ipv6Address, vlanId, subnetCidr: subnet?.cidr ?? "", subnetV6Cidr: subnet?.ipv6Cidr ?? "", associationID }
  const { name, namespace, resourceVersion, uid } = pod.metadata
  const annotations = { [podEni]: writeBranchAnnotation(details, "eight") }
  yield* kubernetes.patch(pods, { namespace, name }, { _tag: "merge", patch: { metadata: { uid, resourceVersion, annotations } } })
})
