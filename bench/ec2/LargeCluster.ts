import type { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Verbs } from "@branchline/adapter-memory/kubernetes/ApiServer"
import type { Document } from "@branchline/adapter-memory/kubernetes/Document"
import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { type EniId, type InstanceId, noAssociationId, SecurityGroupId, type VlanId } from "@branchline/core/model/Ids"
import {
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  podEni,
  securityGroupsForPodsFeature,
  trunkDescription,
  trunkEniIdTag,
  vlanIdTag
} from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource, pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { document } from "@branchline/core/patch/CNINodePatch"
import type { Subnet } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"

export const nodeCount = 1_700
export const branchesPerNode = 10
export const clusterName = "seed"
export const instanceType = "m5.4xlarge"
/** Branches that an m5.4xlarge carries. */
const places = "54"
const group = SecurityGroupId.make("sg-079157a483bcb371f")

export const nameOf = (index: number): string => `ip-10-${index >> 8}-${index & 255}-1.eu-west-1.compute.internal`

/** A pod on a node; served where it has an annotation. */
export const podOn = (nodeName: string, name: string, annotation?: string): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: "web" }, ...(annotation === undefined ? {} : { annotations: { [podEni]: annotation } }) },
  spec: { nodeName, containers: [{ name: "main", image: "web", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }] }
})

const tagsOf = (instanceId: string) => ({ [ownerTag]: ownerTagValue, [clusterTag(clusterName)]: clusterTagValue, [instanceIdTag]: instanceId })

interface Worlds {
  readonly admin: Verbs
  readonly control: MemoryEc2["Service"]["control"]
}

interface Place {
  readonly instanceId: InstanceId
  readonly nodeName: string
  readonly trunkId: EniId
  readonly vlanId: VlanId
}

/** A branch, and the living pod that has it. */
const addBranch = Effect.fnUntraced(function*({ admin, control }: Worlds, subnet: Subnet, { instanceId, nodeName, trunkId, vlanId }: Place) {
  const { eniId, macAddress, privateIp } = yield* control.createForeignInterface({
    subnetId: subnet.subnetId,
    groups: [group],
    description: branchDescription,
    tags: { ...tagsOf(instanceId), [vlanIdTag]: String(vlanId), [trunkEniIdTag]: trunkId },
    under: { trunkId, vlanId }
  })
  const annotation = writeBranchAnnotation(
    { eniId, ifAddress: macAddress, privateIp, ipv6Addr: "", vlanId, subnetCidr: subnet.cidr, subnetV6Cidr: "", associationID: noAssociationId },
    "eight"
  )
  yield* admin.create(podResource, podOn(nodeName, `${nodeName}-${vlanId}`, annotation))
})

/** A node with its instance, its trunk and its branches, as a controller left them. */
const addNode = Effect.fnUntraced(function*(worlds: Worlds, subnet: Subnet, index: number) {
  const { admin, control } = worlds
  const nodeName = nameOf(index)
  const { instanceId } = yield* control.launchInstance({ type: instanceType, subnetId: subnet.subnetId })
  const trunk = yield* control.createForeignInterface({
    subnetId: subnet.subnetId,
    type: "trunk",
    description: trunkDescription,
    tags: tagsOf(instanceId),
    attachTo: { instanceId, deviceIndex: 7 }
  })
  const { metadata } = yield* admin.create(nodeResource, {
    metadata: { name: nodeName, labels: { "kubernetes.io/os": "linux" } },
    spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
  })
  const status = { capacity: { [podEni]: places }, allocatable: { [podEni]: places } }
  yield* admin.patch(nodeResource, { name: nodeName }, { _tag: "merge", patch: { status } }, { subresource: "status" })
  const node = { name: nodeName, uid: (metadata as { readonly uid: string }).uid, os: "linux" }
  const spec = { features: [{ name: securityGroupsForPodsFeature, value: "" }], tags: { [instanceIdTag]: instanceId } }
  yield* admin.create(cniNodes, document({ node, instanceId, clusterName }, { spec }))
  for (let vlanId = 1; vlanId <= branchesPerNode; vlanId++) {
    yield* addBranch(worlds, subnet, { instanceId, nodeName, trunkId: trunk.eniId, vlanId: vlanId as VlanId })
  }
})

/** 1,700 nodes that carry ten living pods' branches each, in three subnets of one zone. What it does to EC2 are no calls. */
export const fill = Effect.fnUntraced(function*(worlds: Worlds, say: (text: string) => void) {
  const { admin, control } = worlds
  const subnets = yield* Effect.forEach([0, 64, 128], (second) => control.addSubnet({ cidr: `10.${second}.0.0/16`, zone: "eu-west-1a" }))
  yield* control.addSecurityGroup({ groupId: group })
  yield* admin.create(securityGroupPolicies, {
    metadata: { name: "web", namespace: "default" },
    spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: [group] } }
  })
  for (let index = 0; index < nodeCount; index++) {
    if (index % 500 === 0) say(`${index} of ${nodeCount} nodes with their branches`)
    yield* addNode(worlds, subnets[index % subnets.length]!, index)
  }
})
