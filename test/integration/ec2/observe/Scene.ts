import type { EniId, InstanceId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import { podDocument, podsPath } from "../support/Pods.js"
import type { World, WorldNode } from "../support/World.js"
import { annotationOf, leaked, upstreamBranch, upstreamCniNode, upstreamPod, upstreamTrunk } from "../takeover/UpstreamState.js"

const group = "sg-079157a483bcb371f" as SecurityGroupId
export const stranger = "i-0fedcba9876543210"
const strangersTrunk = "eni-0fedcba9876543210"

export interface Place extends WorldNode {
  readonly trunkId: EniId
}

const nodeDocument = (name: string, instanceId: string) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.large" } },
  spec: { providerID: `aws:///eu-west-1a/${instanceId}` }
})

export const addNode = (world: World, name: string, instanceId: string) => world.admin.must("POST", "/api/v1/nodes", nodeDocument(name, instanceId))

/** A node as upstream leaves it: trunk, CNINode, capacity. */
export const wholeNode = async (world: World, name: string): Promise<Place> => {
  const { instanceId, trunkId } = await upstreamTrunk(world)
  await addNode(world, name, instanceId)
  await upstreamCniNode(world, { name, instanceId })
  return { name, instanceId, trunkId }
}

/** A pod that upstream serves. */
export const servedPod = async (world: World, node: Place, name: string, vlan: number): Promise<EniId> => {
  const branch = await upstreamBranch(world, node, vlan)
  await upstreamPod(world, name, node, annotationOf(branch, vlan, "eight keys", await world.snapshot()))
  return branch.eniId
}

/** Upstream serves a pod that is there. */
export const serve = async (world: World, node: Place, name: string, vlan: number): Promise<void> => {
  const branch = await upstreamBranch(world, node, vlan)
  const annotation = annotationOf(branch, vlan, "eight keys", await world.snapshot())
  await world.admin.must("PATCH", `${podsPath}/${name}`, { metadata: { annotations: { "vpc.amazonaws.com/pod-eni": annotation } } })
}

const missing = (n: number): EniId => `eni-0000000000000${String(n).padStart(4, "0")}` as EniId

const annotation = (eniId: string, vlanId: number): string =>
  JSON.stringify([{ eniId, ifAddress: "02:00:00:00:00:01", privateIp: "192.168.0.99", ipv6Addr: "", vlanId, subnetCidr: "192.168.0.0/19", subnetV6Cidr: "", associationID: "" }])

/** A node on which much is wrong with its pods; each pod is named after what. */
const brokenPods = async (world: World, node: Place): Promise<void> => {
  const { control } = world.ec2
  const { instanceId, trunkId } = node
  const tags = {
    "eks:eni:owner": "eks-vpc-resource-controller",
    "kubernetes.io/cluster/seed": "owned",
    "node.k8s.amazonaws.com/instance_id": instanceId as string,
    "vpcresources.k8s.aws/trunk-eni-id": trunkId as string
  }
  const branch = (vlan: number, more: Readonly<Record<string, string>> = {}, others: { readonly groups?: ReadonlyArray<SecurityGroupId>; readonly bare?: true; readonly apart?: true } = {}) =>
    world.run(control.createForeignInterface({
      subnetId: world.subnetId,
      groups: others.groups ?? [group],
      tags: others.bare ? {} : { ...tags, "vpcresources.k8s.aws/vlan-id": String(vlan), ...more },
      ...(others.apart ? {} : { under: { trunkId, vlanId: vlan as VlanId } })
    }))
  const promise = async (name: string, vlan: number, made: Promise<{ readonly eniId: string }>) => {
    await upstreamPod(world, name, node, annotation((await made).eniId, vlan))
  }
  await promise("interface-missing", 1, Promise.resolve({ eniId: missing(9_999) }))
  await promise("not-associated", 2, branch(2, {}, { apart: true }))
  await promise("other-vlan", 3, branch(3, { "vpcresources.k8s.aws/vlan-id": "33" }))
  await promise("other-trunk", 4, branch(4, { "vpcresources.k8s.aws/trunk-eni-id": strangersTrunk }))
  await promise("other-instance", 5, branch(5, { "node.k8s.amazonaws.com/instance_id": stranger }))
  await promise("other-groups", 6, branch(6, {}, { groups: ["sg-0123456789abcdef0" as SecurityGroupId] }))
  await promise("twin-1", 7, branch(7))
  await promise("twin-2", 7, branch(8, { "vpcresources.k8s.aws/vlan-id": "7" }))
  await promise("bare-tags", 9, branch(9, {}, { bare: true }))
  await upstreamPod(world, "unreadable", node, "[]")
  const { spec, ...pod } = podDocument("slipped", node.name)
  await world.admin.must("POST", podsPath, { ...pod, spec: { ...spec, containers: spec.containers.map(({ image, name }) => ({ image, name })) } })
}

/** The places of a scene in which every kind of difference is planted, and one node on which all is well. */
export interface Scene {
  readonly fine: Place
  readonly broken: Place
  /** On which a pod waits. */
  readonly busy: Place
  readonly leaks: { readonly own: EniId; readonly cni: EniId; readonly branch: EniId }
}

export const plant = async (world: World, attachLoosely: (instanceId: InstanceId) => Promise<unknown>): Promise<Scene> => {
  await world.admin.must("POST", "/api/v1/namespaces/kube-system/configmaps", { metadata: { name: "amazon-vpc-cni" }, data: { "branch-eni-cooldown": "30" } })
  const fine = await wholeNode(world, "node-fine")
  await servedPod(world, fine, "fine-1", 1)
  await servedPod(world, fine, "fine-2", 2)
  const broken = await wholeNode(world, "node-broken")
  await brokenPods(world, broken)

  const busy = await wholeNode(world, "node-busy")
  await world.admin.must("POST", podsPath, podDocument("waiting", busy.name))

  const bare = await world.launch("m5.large")
  await addNode(world, "node-no-trunk", bare)
  await upstreamCniNode(world, { name: "node-no-trunk", instanceId: bare })
  await world.admin.must("PATCH", "/api/v1/nodes/node-no-trunk/status", { status: { capacity: { "vpc.amazonaws.com/pod-eni": "5" } } })

  const loose = await world.launch("m5.large")
  await addNode(world, "node-loose-trunk", loose)
  await upstreamCniNode(world, { name: "node-loose-trunk", instanceId: loose })
  await attachLoosely(loose)

  await addNode(world, "node-no-cninode", await world.launch("m5.large"))
  const another = await world.launch("m5.large")
  await addNode(world, "node-other-cninode", another)
  await upstreamCniNode(world, { name: "node-other-cninode", instanceId: stranger as InstanceId })
  await world.admin.must("PATCH", "/api/v1/nodes/node-other-cninode/status", { status: { capacity: { "vpc.amazonaws.com/pod-eni": "0" } } })
  await addNode(world, "node-no-instance", stranger)

  const full = await wholeNode(world, "node-full")
  for (let n = 1; n <= 10; n++) await upstreamPod(world, `too-many-${n}`, full, annotation(missing(n), n))

  const [own, cni] = await Promise.all([leaked(world, "eks-vpc-resource-controller", "aws-k8s-branch-eni"), leaked(world, "amazon-vpc-cni", "aws-K8S")])
  const branch = await upstreamBranch(world, full, 77)
  return { fine, broken, busy, leaks: { own: own.eniId, cni: cni.eniId, branch: branch.eniId } }
}
