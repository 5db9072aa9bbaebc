import type { EniId, InstanceId, SecurityGroupId, PodUid } from "@branchline/core/model/Ids"
import type { Ec2Side } from "../../src/cluster/Ec2Seen.js"
import type { ClusterFound, Look } from "../../src/cluster/Look.js"
import type { SeenNode, SeenPod, SeenPolicy, SeenServiceAccount } from "../../src/cluster/Seen.js"
import type { Text } from "../../src/lint/Sources.js"

export const notLooked = { unknown: "this command does not look at it", why: "not looked" } as const
export const noAws: Ec2Side = { unknown: "EC2 was not looked at: say --aws", why: "not looked" }

const stored = (name: string, namespace: string) => ({ name, namespace, uid: `uid-${namespace}-${name}`, resourceVersion: "1" })

const hex = (at: number): string => at.toString(16).padStart(17, "0")

/** A node of m5.large, which carries 9 branches, or of what is said. */
export const node = (at: number, change: { readonly slots?: number; readonly type?: string; readonly labels?: Readonly<Record<string, string>>; readonly spec?: SeenNode["spec"] & object } = {}): SeenNode => {
  const slots = { "vpc.amazonaws.com/pod-eni": String(change.slots ?? 9) }
  return {
    metadata: {
      name: `node-${at}`,
      uid: `uid-node-${at}`,
      resourceVersion: "1",
      labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": change.type ?? "m5.large", ...change.labels }
    },
    spec: { providerID: `aws:///eu-west-1a/i-${hex(at)}`, ...change.spec },
    status: change.slots === 0 ? {} : { capacity: slots, allocatable: slots }
  }
}

/** What a pod's annotation says of the branch that it holds. */
const annotation = (at: number): string =>
  JSON.stringify([{ eniId: `eni-${hex(at)}`, ifAddress: "02:00:00:00:00:01", privateIp: "10.0.0.9", ipv6Addr: "", vlanId: (at % 150) + 1, subnetCidr: "10.0.0.0/19", subnetV6Cidr: "", associationID: `trunk-assoc-${hex(at)}` }])

/** A pod that is over since this moment, whose branch cools. */
export const finished = (name: string, on: string, finishedAt: string): SeenPod => {
  const one = pod(name, { on, branch: true, owner: { kind: "Job", name }, phase: "Succeeded" })
  return { ...one, status: { phase: "Succeeded", containerStatuses: [{ name: "main", ready: false, restartCount: 0, state: { terminated: { finishedAt } } }] } }
}

let pods = 0

/** A running pod of a Deployment, or of what is said; `branch`: it asks for one and has it. */
export const pod = (name: string, change: {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly owner?: { readonly kind: string; readonly name: string; readonly hash?: string }
  readonly on?: string
  readonly branch?: boolean
  readonly account?: string
  readonly phase?: string
} = {}): SeenPod => {
  const { account = "default", branch = false, labels = {}, namespace = "shop", on, owner, phase = "Running" } = change
  const at = ++pods
  return {
    metadata: {
      ...stored(name, namespace),
      uid: `uid-${namespace}-${name}` as PodUid,
      labels: { ...labels, ...(owner?.hash === undefined ? {} : { "pod-template-hash": owner.hash }) },
      ...(branch && on !== undefined ? { annotations: { "vpc.amazonaws.com/pod-eni": annotation(at) } } : {}),
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(owner === undefined ? {} : {
        ownerReferences: [{
          apiVersion: "apps/v1",
          kind: owner.hash === undefined ? owner.kind : "ReplicaSet",
          name: owner.hash === undefined ? owner.name : `${owner.name}-${owner.hash}`,
          uid: `uid-${owner.name}`,
          controller: true
        }]
      })
    },
    spec: {
      ...(on === undefined ? {} : { nodeName: on }),
      serviceAccountName: account,
      containers: [{ name: "main", ...(branch ? { resources: { limits: { "vpc.amazonaws.com/pod-eni": "1" }, requests: { "vpc.amazonaws.com/pod-eni": "1" } } } : {}) }]
    },
    status: { phase }
  }
}

/** So many pods of a Deployment, on these nodes in turn. */
export const deploymentPods = (name: string, count: number, on: ReadonlyArray<string>, change: { readonly labels?: Readonly<Record<string, string>>; readonly branch?: boolean; readonly account?: string } = {}): ReadonlyArray<SeenPod> =>
  Array.from({ length: count }, (_, i) => {
    const at = on[i % on.length]
    return pod(`${name}-7d4b9-${i}`, { labels: { app: name }, ...change, owner: { kind: "Deployment", name, hash: "7d4b9" }, ...(at === undefined ? {} : { on: at }) })
  })

export const seenPolicy = (name: string, groups: ReadonlyArray<string>, labels: Readonly<Record<string, string>>, more: SeenPolicy["spec"] = {}): SeenPolicy => ({
  metadata: stored(name, "shop"),
  spec: { ...(Object.keys(labels).length === 0 ? {} : { podSelector: { matchLabels: labels } }), securityGroups: { groupIds: groups as ReadonlyArray<SecurityGroupId> }, ...more }
})

export const seenAccount = (name: string, labels: Readonly<Record<string, string>> = {}): SeenServiceAccount => ({ metadata: { ...stored(name, "shop"), labels } })

/** A look at a cluster in which all is known but EC2. */
export const look = (found: {
  readonly nodes?: ReadonlyArray<SeenNode>
  readonly pods?: ReadonlyArray<SeenPod>
  readonly policies?: ReadonlyArray<SeenPolicy>
  readonly accounts?: ReadonlyArray<SeenServiceAccount>
  readonly cluster?: Partial<ClusterFound>
  readonly ec2?: Ec2Side
} = {}): Look => ({
  apiVersion: "branchline.dev/snapshot/v1",
  kind: "Snapshot",
  takenAt: "2026-01-01T12:00:00.000Z",
  takenBy: { tool: "branchline", version: "0.0.0" },
  namespace: "shop",
  cluster: {
    pods: { items: found.pods ?? [] },
    nodes: { items: found.nodes ?? [] },
    cniNodes: {
      items: (found.nodes ?? []).map(({ metadata: { name } }) => ({
        metadata: { name, uid: `uid-cni-${name}`, resourceVersion: "1" },
        spec: { features: [{ name: "SecurityGroupsForPods" as const, value: "" }] }
      }))
    },
    policies: { items: found.policies ?? [] },
    serviceAccounts: { items: found.accounts ?? [seenAccount("default")] },
    namespaces: notLooked,
    eniConfigs: { items: [] },
    configMaps: { items: [] },
    daemonSets: notLooked,
    services: notLooked,
    leases: notLooked,
    mutatingWebhooks: notLooked,
    validatingWebhooks: notLooked,
    events: { items: [] },
    ...found.cluster
  },
  ec2: found.ec2 ?? noAws
})

/** EC2's side: these nodes in one subnet with so many free addresses, their trunks, and the branches of these pods. */
export const ec2 = (nodes: ReadonlyArray<SeenNode>, freeAddresses: number): Ec2Side => {
  const instances = nodes.map((_, i) => ({
    instanceId: `i-${hex(i + 1)}` as InstanceId,
    instanceType: "m5.large",
    state: "running" as const,
    subnetId: "subnet-0a",
    vpcId: "vpc-0a",
    groups: ["sg-node" as SecurityGroupId],
    attachments: [{ eniId: `eni-${hex(0xf000 + i)}` as EniId, attachmentId: "eni-attach-1", type: "trunk" as const, deviceIndex: 1, networkCard: 0, status: "attached" as const, deleteOnTermination: true }]
  }))
  return {
    region: "eu-west-1",
    instances: { items: instances },
    interfaces: { items: [] },
    subnets: { items: [{ subnetId: "subnet-0a", vpcId: "vpc-0a", cidr: "10.0.0.0/19", ipv6Cidr: "", freeAddresses }] },
    securityGroups: { items: [] }
  }
}

/** Manifests in one text. */
export const text = (...documents: ReadonlyArray<string>): ReadonlyArray<Text> => [{ name: "shop.yaml", text: documents.join("---\n") }]

export const policyManifest = (name: string, groups: ReadonlyArray<string>, labels: Readonly<Record<string, string>>): string => `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  podSelector: { matchLabels: ${JSON.stringify(labels)} }
  securityGroups: { groupIds: ${JSON.stringify(groups)} }
`

export const deploymentManifest = (name: string, replicas: number, change: { readonly labels?: Readonly<Record<string, string>>; readonly spec?: string; readonly pod?: string } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
${change.spec === undefined ? "" : `  ${change.spec}\n`}  template:
    metadata: { labels: ${JSON.stringify(change.labels ?? { app: name })} }
    spec:
${change.pod === undefined ? "" : `      ${change.pod}\n`}      containers: [{ name: main, image: "registry.example/${name}:1", resources: { limits: { cpu: 1 } } }]
`
