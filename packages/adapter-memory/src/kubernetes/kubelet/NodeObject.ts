import type { Schema } from "effect"
import type { InstanceId } from "@branchline/core/model/Ids"

/** What a node says of itself when it registers. */
export interface NodeIdentity {
  /** As EC2 names hosts: `ip-192-168-31-166.eu-west-1.compute.internal`. */
  readonly nodeName: string
  readonly instanceId: InstanceId
  readonly instanceType: string
  /** Availability zone: `eu-west-1a`. */
  readonly zone: string
  readonly address: string
  /** Labels besides kubelet's own, which they override. */
  readonly labels?: Readonly<Record<string, string>>
}

/** `spec.providerID`, as the AWS cloud provider writes it. */
export const providerIdOf = ({ instanceId, zone }: NodeIdentity): string => `aws:///${zone}/${instanceId}`

const labelsOf = ({ instanceType, labels, nodeName, zone }: NodeIdentity): Schema.JsonObject => ({
  "beta.kubernetes.io/arch": "amd64",
  "beta.kubernetes.io/instance-type": instanceType,
  "beta.kubernetes.io/os": "linux",
  "kubernetes.io/arch": "amd64",
  "kubernetes.io/hostname": nodeName,
  "kubernetes.io/os": "linux",
  "node.kubernetes.io/instance-type": instanceType,
  "topology.kubernetes.io/region": zone.slice(0, -1),
  "topology.kubernetes.io/zone": zone,
  ...labels
})

/** kubelet's default for `maxPods`. */
const ownCapacity = { pods: "110" }

/** The Node as kubelet creates it: its status knows of no extended resource. */
export const nodeDocument = (identity: NodeIdentity, time: string): Schema.JsonObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: identity.nodeName, labels: labelsOf(identity) },
  spec: { providerID: providerIdOf(identity) },
  status: nodeStatus(identity, time)
})

/** The status of a node that is ready. */
export const nodeStatus = ({ address, nodeName }: NodeIdentity, time: string): Schema.JsonObject => ({
  capacity: ownCapacity,
  allocatable: ownCapacity,
  addresses: [
    { type: "InternalIP", address },
    { type: "Hostname", address: nodeName },
    { type: "InternalDNS", address: nodeName }
  ],
  conditions: [{
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: time,
    lastTransitionTime: time
  }],
  nodeInfo: { architecture: "amd64", kubeletVersion: "v1.22.12-eks-ba74326", operatingSystem: "linux" }
})
