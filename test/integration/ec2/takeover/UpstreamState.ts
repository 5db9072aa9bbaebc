import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import type { EniId, InstanceId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import type { Snapshot } from "@branchline/adapter-memory/ec2/Control"
import { podDocument, podsPath } from "../support/Pods.js"
import type { World, WorldNode } from "../support/World.js"

// Everything here is spelled out once more, as the contract gives it: what is under test does not say what upstream's state is.

const group = "sg-079157a483bcb371f" as SecurityGroupId
const clusterName = "seed"

/** Contract §2: tags on every interface that upstream makes. */
const ownTags = (instanceId: InstanceId) => ({
  "eks:eni:owner": "eks-vpc-resource-controller",
  [`kubernetes.io/cluster/${clusterName}`]: "owned",
  "node.k8s.amazonaws.com/instance_id": instanceId
})

/** An instance with the trunk that upstream attached, at the highest device index of an m5.large. */
export const upstreamTrunk = async (world: World): Promise<{ readonly instanceId: InstanceId; readonly trunkId: EniId }> => {
  const instanceId = await world.launch("m5.large")
  const { eniId } = await world.run(world.ec2.control.createForeignInterface({
    subnetId: world.subnetId,
    groups: [group],
    description: "aws-k8s-trunk-eni",
    tags: ownTags(instanceId),
    type: "trunk",
    attachTo: { instanceId, deviceIndex: 2 }
  }))
  return { instanceId, trunkId: eniId }
}

/** A branch under the trunk; `tagged` where its tag says another VLAN id than the association. */
export const upstreamBranch = (
  world: World,
  { instanceId, trunkId }: { readonly instanceId: InstanceId; readonly trunkId: EniId },
  vlan: number,
  tagged = vlan
): Promise<NetworkInterface> =>
  world.run(world.ec2.control.createForeignInterface({
    subnetId: world.subnetId,
    groups: [group],
    description: "aws-k8s-branch-eni",
    tags: { ...ownTags(instanceId), "vpcresources.k8s.aws/vlan-id": String(tagged), "vpcresources.k8s.aws/trunk-eni-id": trunkId },
    under: { trunkId, vlanId: vlan as VlanId }
  }))

/** A branch that upstream made and did not come to associate: the tags are there from its creation on. */
export const upstreamHalfMade = (
  world: World,
  { instanceId, trunkId }: { readonly instanceId: InstanceId; readonly trunkId: EniId },
  tagged: number
): Promise<NetworkInterface> =>
  world.run(world.ec2.control.createForeignInterface({
    subnetId: world.subnetId,
    groups: [group],
    description: "aws-k8s-branch-eni",
    tags: { ...ownTags(instanceId), "vpcresources.k8s.aws/vlan-id": String(tagged), "vpcresources.k8s.aws/trunk-eni-id": trunkId }
  }))

/** An interface that hangs on nothing. */
export const leaked = (world: World, owner: "eks-vpc-resource-controller" | "amazon-vpc-cni", description: string): Promise<NetworkInterface> =>
  world.run(world.ec2.control.createForeignInterface({
    subnetId: world.subnetId,
    groups: [group],
    description,
    tags: { "eks:eni:owner": owner, [`kubernetes.io/cluster/${clusterName}`]: "owned" }
  }))

/** Contract §5: the forms that upstream has written over the years. */
export type Form = "five keys" | "eight keys" | "eight keys without an association"

export const annotationOf = (branch: NetworkInterface, vlan: number, form: Form, snapshot: Snapshot): string => {
  const subnetCidr = snapshot.subnets.find(({ subnetId }) => subnetId === branch.subnetId)?.cidr ?? ""
  const { eniId, macAddress: ifAddress, privateIp } = branch
  const associationID = form === "eight keys" ? snapshot.associations.find(({ branchId }) => branchId === eniId)?.associationId ?? "" : ""
  return JSON.stringify([
    form === "five keys"
      ? { eniId, ifAddress, privateIp, vlanId: vlan, subnetCidr }
      : { eniId, ifAddress, privateIp, ipv6Addr: "", vlanId: vlan, subnetCidr, subnetV6Cidr: "", associationID }
  ])
}

/** A pod that upstream served. */
export const upstreamPod = (world: World, name: string, node: WorldNode, annotation: string) =>
  world.admin.must("POST", podsPath, podDocument(name, node.name, annotation))

/** Contract §10: the CNINode that upstream made, which aws-node asked on, and the capacity that upstream wrote. */
export const upstreamCniNode = async (world: World, { instanceId, name }: WorldNode): Promise<void> => {
  const { metadata } = (await world.admin.must("GET", `/api/v1/nodes/${name}`)) as { readonly metadata: { readonly uid: string } }
  await world.admin.must("POST", "/apis/vpcresources.k8s.aws/v1alpha1/cninodes", {
    apiVersion: "vpcresources.k8s.aws/v1alpha1",
    kind: "CNINode",
    metadata: {
      name,
      labels: { "kubernetes.io/os": "linux" },
      finalizers: ["networking.k8s.aws/resource-cleanup"],
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }]
    },
    spec: {
      features: [{ name: "SecurityGroupsForPods" }],
      tags: { "cluster.k8s.amazonaws.com/name": clusterName, "node.k8s.amazonaws.com/instance_id": instanceId }
    }
  })
  await world.admin.must("PATCH", `/api/v1/nodes/${name}/status`, { status: { capacity: { "vpc.amazonaws.com/pod-eni": "9" } } })
}

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
const leasePath = `${leases}/cp-vpc-resource-controller`
export const upstreamIdentity = "ip-10-0-0-7.eu-west-1.compute.internal_5c3b4c0e-7a55-4b46-a0a1-6d3f3ad2f9d1"

const microTime = (): string => new Date().toISOString().replace("Z", "000Z")

/** Upstream leads: its Lease of 30 seconds, renewed just now. */
export const upstreamLeads = async (world: World): Promise<void> => {
  const spec = { holderIdentity: upstreamIdentity, leaseDurationSeconds: 30, acquireTime: microTime(), renewTime: microTime(), leaseTransitions: 3 }
  const { status } = await world.admin.call("PATCH", leasePath, { spec })
  if (status === 404) await world.admin.must("POST", leases, { metadata: { name: "cp-vpc-resource-controller" }, spec })
}

/** Upstream has ended in good order. Source: client-go, `LeaderElector.release`. */
export const upstreamReleases = async (world: World): Promise<void> => {
  await world.admin.must("PATCH", leasePath, { spec: { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime() } })
}

export const leaseHolder = async (world: World): Promise<string> => {
  const { spec } = (await world.admin.must("GET", leasePath)) as { readonly spec: { readonly holderIdentity?: string } }
  return spec.holderIdentity ?? ""
}

