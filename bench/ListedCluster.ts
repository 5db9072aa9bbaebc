import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import type { EniId, InstanceId, VlanId } from "@branchline/core/model/Ids"
import { noAssociationId } from "@branchline/core/model/Ids"
import * as Names from "@branchline/core/model/Names"
import { cniNodes, type KubernetesObject, nodes, pods, type Resource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Ec2, type Instance, type NetworkInterface, type Subnet } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Context, Effect, Layer, Stream } from "effect"
import { decoded, hex, podDocument, policyDocument, uidOf } from "./Documents.js"

/** How large the cluster is. */
export interface Size {
  readonly pods: number
  readonly nodes: number
  /** Settings in each of a pod's containers: 10 make 8 KB of JSON. */
  readonly settings: number
}

export const clusterName = "bench"
const pageSize = 500
const branchesOfType = "54"
const instanceType = "m5.4xlarge"

const nodeName = (node: number): string => `ip-192-168-${node >> 8}-${node & 255}.eu-west-1.compute.internal`
const instanceIdOf = (node: number): InstanceId => `i-${hex(node, 17)}` as InstanceId
const trunkIdOf = (node: number): EniId => `eni-1${hex(node, 16)}` as EniId
const branchIdOf = (pod: number): EniId => `eni-0${hex(pod, 16)}` as EniId
const addressOf = (pod: number): string => `10.0.${(pod >> 8) & 255}.${pod & 255}`
const macOf = (pod: number): string => (hex(pod, 12).match(/../g) ?? []).join(":")

const subnet: Subnet = { subnetId: "subnet-00000000000000001", vpcId: "vpc-1", cidr: "10.0.0.0/16", ipv6Cidr: "", freeAddresses: 50_000 }

/** A pod that runs: {@link podDocument} after admission, binding and allocation, with a status. */
const runningPod = (number: number, { nodes, settings }: Size) => {
  const { metadata, spec, ...rest } = podDocument(number, "shop", settings)
  const [first, ...others] = spec.containers
  const resources = { limits: { [Names.podEni]: "1", memory: "512Mi" }, requests: { [Names.podEni]: "1", cpu: "100m" } }
  const annotation = writeBranchAnnotation({
    eniId: branchIdOf(number),
    ifAddress: macOf(number),
    privateIp: addressOf(number),
    ipv6Addr: "",
    vlanId: Math.floor(number / nodes) + 1 as VlanId,
    subnetCidr: subnet.cidr,
    subnetV6Cidr: "",
    associationID: noAssociationId
  }, "eight")
  return {
    ...rest,
    metadata: {
      ...metadata,
      name: `${metadata.generateName}${hex(number, 5)}`,
      uid: uidOf(number),
      resourceVersion: String(1_000_000 + number),
      creationTimestamp: "2022-09-06T08:00:00Z",
      annotations: { ...metadata.annotations, [Names.podEni]: annotation }
    },
    spec: { ...spec, nodeName: nodeName(number % nodes), containers: [{ ...first, resources }, ...others] },
    status: {
      phase: "Running",
      podIP: addressOf(number),
      podIPs: [{ ip: addressOf(number) }],
      qosClass: "Burstable",
      conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({ type, status: "True" }))
    }
  }
}

const nodeDocument = (number: number) => {
  const resources = { cpu: "16", memory: "63588Mi", pods: "234", [Names.podEni]: branchesOfType }
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodeName(number),
      uid: uidOf(900_000 + number),
      resourceVersion: String(500_000 + number),
      labels: { [Names.osLabel]: "linux", "kubernetes.io/arch": "amd64", "node.kubernetes.io/instance-type": instanceType },
      annotations: { "node.alpha.kubernetes.io/ttl": "0" }
    },
    spec: { providerID: `aws:///eu-west-1a/${instanceIdOf(number)}` },
    status: {
      capacity: resources,
      allocatable: resources,
      // kubelet lists up to 50 images.
      images: Array.from({ length: 50 }, (_, image) => ({
        names: [`registry.example/shop/image-${image}@sha256:${hex(image, 64)}`],
        sizeBytes: 123_456_789
      }))
    }
  }
}

const cniNodeDocument = (number: number) => ({
  apiVersion: "vpcresources.k8s.aws/v1alpha1",
  kind: "CNINode",
  metadata: {
    name: nodeName(number),
    uid: uidOf(950_000 + number),
    resourceVersion: String(600_000 + number),
    labels: { [Names.osLabel]: "linux" },
    finalizers: [Names.cniNodeFinalizer],
    ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName(number), uid: uidOf(900_000 + number), controller: true }]
  },
  spec: {
    features: [{ name: Names.securityGroupsForPodsFeature }],
    tags: { [Names.cniNodeClusterTag]: clusterName, [Names.instanceIdTag]: instanceIdOf(number) }
  }
})

/** A list as an adapter reads it: page by page from a response's text, each item decoded, the page dropped. */
const readPages = <A extends KubernetesObject>(
  resource: Resource<A>,
  count: number,
  document: (number: number) => unknown
): ReadonlyArray<A> => {
  const items: Array<A> = []
  for (let start = 0; start < count; start += pageSize) {
    const page = Array.from({ length: Math.min(pageSize, count - start) }, (_, index) => document(start + index))
    const text = Buffer.from(JSON.stringify({ kind: `${resource.kind}List`, items: page })).toString()
    for (const item of JSON.parse(text).items) items.push(decoded(resource, item))
  }
  return items
}

const kubernetes = (size: Size): Kubernetes["Service"] => {
  const stored: Readonly<Record<string, readonly [count: number, document: (number: number) => unknown]>> = {
    [pods.plural]: [size.pods, (number) => runningPod(number, size)],
    [nodes.plural]: [size.nodes, nodeDocument],
    [cniNodes.plural]: [size.nodes, cniNodeDocument],
    [securityGroupPolicies.plural]: [100, (number) => policyDocument("shop", number)]
  }
  const notPlanned = (operation: string) =>
    Effect.fail(new KubernetesError({ operation, reason: { _tag: "NotFound" }, message: "everything is right already: nothing is asked" }))
  return {
    list: (resource) =>
      Effect.sync(() => {
        const [count, document] = stored[resource.plural] ?? [0, () => undefined]
        return { items: readPages(resource, count, document), malformed: [], resourceVersion: "2000000" }
      }),
    watch: () => Stream.never,
    get: (resource) => notPlanned(`get ${resource.plural}`),
    create: (resource) => notPlanned(`create ${resource.plural}`),
    patch: (resource) => notPlanned(`patch ${resource.plural}`),
    delete: (resource) => notPlanned(`delete ${resource.plural}`),
    recordEvent: () => Effect.void
  }
}

const ours = { [Names.clusterTag(clusterName)]: Names.clusterTagValue, [Names.ownerTag]: Names.ownerTagValue }

const branch = (number: number, { nodes }: Size): NetworkInterface => ({
  eniId: branchIdOf(number),
  type: "branch",
  status: "in-use",
  macAddress: macOf(number),
  privateIp: addressOf(number),
  ipv6Address: "",
  subnetId: subnet.subnetId,
  vpcId: subnet.vpcId,
  groups: [],
  description: Names.branchDescription,
  tags: {
    ...ours,
    [Names.instanceIdTag]: instanceIdOf(number % nodes),
    [Names.vlanIdTag]: String(Math.floor(number / nodes) + 1),
    [Names.trunkEniIdTag]: trunkIdOf(number % nodes)
  }
})

const instance = (instanceId: InstanceId): Instance => ({
  instanceId,
  instanceType,
  state: "running",
  subnetId: subnet.subnetId,
  vpcId: subnet.vpcId,
  groups: [],
  attachments: [{
    eniId: trunkIdOf(Number.parseInt(instanceId.slice(2), 16)),
    attachmentId: "eni-attach-1",
    type: "trunk",
    deviceIndex: 3,
    networkCard: 0,
    status: "attached",
    deleteOnTermination: true
  }]
})

const ec2 = (size: Size): Ec2["Service"] => {
  const notPlanned = (action: string) => Effect.die(new Error(`${action}: everything is right already, nothing is to be changed`))
  return {
    describeInstances: (ids) => Effect.sync(() => ids.map(instance)),
    describeSubnets: () => Effect.succeed([subnet]),
    describeInterfaces: ({ status }) =>
      Effect.sync(() => status === "available" ? [] : Array.from({ length: size.pods }, (_, number) => branch(number, size))),
    createTrunk: () => notPlanned("createTrunk"),
    createBranch: () => notPlanned("createBranch"),
    permitAttachment: () => notPlanned("permitAttachment"),
    attachTrunk: () => notPlanned("attachTrunk"),
    deleteOnTermination: () => notPlanned("deleteOnTermination"),
    associateBranch: () => notPlanned("associateBranch"),
    disassociateBranch: () => notPlanned("disassociateBranch"),
    deleteInterface: () => notPlanned("deleteInterface"),
    setGroups: () => notPlanned("setGroups"),
    tagInterface: () => notPlanned("tagInterface")
  }
}

/** A cluster in which everything is as it should be, and which keeps nothing itself: what is in memory afterwards is the controller's. */
export const ports = (size: Size): Layer.Layer<Kubernetes | Ec2> =>
  Layer.succeedContext(Context.make(Kubernetes, kubernetes(size)).pipe(Context.add(Ec2, ec2(size))))

/** Bytes of a running pod's JSON. */
export const podBytes = (size: Size): number => JSON.stringify(runningPod(size.pods, size)).length
