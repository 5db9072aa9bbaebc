import type { Snapshot } from "@branchline/adapter-memory/ec2/Control"
import type { SeenPod } from "../support/Pods.js"
import type { World, WorldNode } from "../support/World.js"

// A small reading of the contract of its own, with nothing of Branchline's in it: what upstream's controller, started now, would find.

const eniId = /^eni-[0-9a-f]{17}$/
const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/
const eightKeys = "eniId,ifAddress,privateIp,ipv6Addr,vlanId,subnetCidr,subnetV6Cidr,associationID"

type Interface = Snapshot["interfaces"][number]

/** Contract §2, §6: what a branch looks like whose trunk upstream asks for by tag. */
const branchTrouble = (branch: Interface, snapshot: Snapshot): ReadonlyArray<string> => {
  const association = snapshot.associations.find(({ branchId }) => branchId === branch.eniId)
  const instance = snapshot.instances.find(({ attachments }) => attachments.some((one) => one.eniId === association?.trunkId))
  const wanted: Readonly<Record<string, string | undefined>> = {
    "eks:eni:owner": "eks-vpc-resource-controller",
    "kubernetes.io/cluster/seed": "owned",
    "node.k8s.amazonaws.com/instance_id": instance?.instanceId,
    "vpcresources.k8s.aws/vlan-id": String(association?.vlanId),
    "vpcresources.k8s.aws/trunk-eni-id": association?.trunkId
  }
  return [
    ...Object.entries(wanted).filter(([tag, value]) => branch.tags[tag] !== value).map(([tag, value]) => `${branch.eniId}: tag ${tag} is ${branch.tags[tag]}, not ${value}`),
    ...(branch.description === "aws-k8s-branch-eni" ? [] : [`${branch.eniId}: description ${branch.description}`])
  ]
}

/** Contract §6: an instance's trunk is its attached interface of that type. */
const trunkTrouble = (node: WorldNode, snapshot: Snapshot): ReadonlyArray<string> => {
  const attachments = snapshot.instances.find(({ instanceId }) => instanceId === node.instanceId)?.attachments.filter(({ type }) => type === "trunk") ?? []
  const trunk = snapshot.interfaces.find((one) => one.eniId === attachments[0]?.eniId)
  return [
    ...(attachments.length === 1 ? [] : [`${node.name} has ${attachments.length} trunks`]),
    ...(attachments[0]?.deleteOnTermination === true ? [] : [`${node.name}: its trunk outlives it`]),
    ...(attachments[0]?.status === "attached" ? [] : [`${node.name}: its trunk is ${attachments[0]?.status}`]),
    ...(trunk?.description === "aws-k8s-trunk-eni" ? [] : [`${node.name}: the trunk's description is ${trunk?.description}`]),
    ...(trunk?.tags["eks:eni:owner"] === "eks-vpc-resource-controller" ? [] : [`${node.name}: the trunk's owner is ${trunk?.tags["eks:eni:owner"]}`]),
    ...(trunk?.tags["kubernetes.io/cluster/seed"] === "owned" ? [] : [`${node.name}: the trunk has no cluster tag`]),
    ...(trunk?.tags["node.k8s.amazonaws.com/instance_id"] === node.instanceId ? [] : [`${node.name}: the trunk is another instance's`])
  ]
}

/** Contract §5: the eight keys, in their order, with their types, and nothing else. */
const annotationTrouble = (pod: SeenPod, snapshot: Snapshot): ReadonlyArray<string> => {
  const { name } = pod.metadata
  const text = pod.metadata.annotations?.["vpc.amazonaws.com/pod-eni"] ?? ""
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed) || parsed.length !== 1) return [`${name}: ${text} is no array of one`]
  const one = parsed[0] as Readonly<Record<string, unknown>>
  const association = snapshot.associations.find(({ branchId }) => branchId === one["eniId"])
  const interfaceOf = snapshot.interfaces.find((candidate) => candidate.eniId === one["eniId"])
  const fits = Object.keys(one).join() === eightKeys &&
    eniId.test(String(one["eniId"])) && mac.test(String(one["ifAddress"])) && ipv4.test(String(one["privateIp"])) &&
    one["ipv6Addr"] === "" && one["subnetV6Cidr"] === "" && one["subnetCidr"] === "192.168.0.0/19" &&
    one["ifAddress"] === interfaceOf?.macAddress && one["privateIp"] === interfaceOf?.privateIp &&
    one["vlanId"] === association?.vlanId && one["associationID"] === association?.associationId
  return fits ? [] : [`${name}: ${text}, and EC2 has ${JSON.stringify(association)}`]
}

interface NodeObject {
  readonly metadata: { readonly uid: string }
  readonly status: { readonly capacity: Readonly<Record<string, string>> }
}

interface CniNode {
  readonly metadata: { readonly name: string; readonly finalizers?: ReadonlyArray<string>; readonly labels?: Readonly<Record<string, string>>; readonly ownerReferences?: ReadonlyArray<{ readonly uid: string; readonly controller?: boolean }> }
  readonly spec: { readonly features?: ReadonlyArray<{ readonly name: string; readonly value?: string }>; readonly tags?: Readonly<Record<string, string>> }
}

/** Contract §10, §1.2: the CNINode and the capacity. */
const nodeTrouble = async (world: World, { instanceId, name }: WorldNode): Promise<ReadonlyArray<string>> => {
  const node = await world.one<NodeObject>("/api/v1/nodes", name)
  const cniNode = await world.one<CniNode>("/apis/vpcresources.k8s.aws/v1alpha1/cninodes", name)
  if (node === undefined || cniNode === undefined) return [`${name}: its Node or its CNINode is not there`]
  const { metadata, spec } = cniNode
  const owner = metadata.ownerReferences?.[0]
  const right: Readonly<Record<string, boolean>> = {
    "the capacity": node.status.capacity["vpc.amazonaws.com/pod-eni"] === "9",
    "the CNINode's finalizer": metadata.finalizers?.includes("networking.k8s.aws/resource-cleanup") === true,
    "the CNINode's owner": owner?.uid === node.metadata.uid && owner.controller === true,
    "the CNINode's label": metadata.labels?.["kubernetes.io/os"] === "linux",
    "the CNINode's feature": spec.features?.some((feature) => feature.name === "SecurityGroupsForPods" && (feature.value ?? "") === "") === true,
    "the CNINode's tags": spec.tags?.["cluster.k8s.amazonaws.com/name"] === "seed" && spec.tags["node.k8s.amazonaws.com/instance_id"] === instanceId
  }
  return Object.entries(right).filter(([, is]) => !is).map(([what]) => `${name}: ${what}`)
}

/** What upstream would not recognise as its own. */
export const strangeToUpstream = async (
  world: World,
  { branches, nodes, pods }: { readonly branches: ReadonlyArray<string>; readonly nodes: ReadonlyArray<WorldNode>; readonly pods: ReadonlyArray<SeenPod> }
): Promise<ReadonlyArray<string>> => {
  const snapshot = await world.snapshot()
  return [
    ...nodes.flatMap((node) => trunkTrouble(node, snapshot)),
    ...(await Promise.all(nodes.map((node) => nodeTrouble(world, node)))).flat(),
    ...snapshot.interfaces.filter((one) => branches.includes(one.eniId)).flatMap((one) => branchTrouble(one, snapshot)),
    ...pods.flatMap((pod) => annotationTrouble(pod, snapshot))
  ]
}
