import type { AllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import type { PodStore } from "@branchline/core/controller/PodStore"
import type { LimitsTable } from "@branchline/core/limits/Limits"
import type { CNINode } from "@branchline/core/model/CNINode"
import type { ENIConfig } from "@branchline/core/model/ENIConfig"
import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { Node } from "@branchline/core/model/Node"
import type { Pod } from "@branchline/core/model/Pod"
import type { Instance, NetworkInterface } from "@branchline/core/ports/Ec2"

/** What EC2 has, as one look found it. */
export interface Ec2Sight {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Those that were asked for; what of them is not in `instances` EC2 does not have. */
  readonly asked: ReadonlySet<InstanceId>
  readonly instances: ReadonlyMap<InstanceId, Instance>
  /** Those that the controller made for the cluster, those that the CNI plugin left, and those that annotations name. */
  readonly interfaces: ReadonlyArray<NetworkInterface>
  readonly byId: ReadonlyMap<EniId, NetworkInterface>
  /** The same by the instance that their tag names. */
  readonly ofInstance: ReadonlyMap<string, ReadonlyArray<NetworkInterface>>
}

/** What the cluster has, as the caches know it. */
export interface ClusterSight {
  readonly pods: PodStore
  readonly nodes: { readonly get: (key: { readonly name: string }) => Node | undefined; readonly values: () => Iterable<Node> }
  readonly cniNodes: { readonly get: (key: { readonly name: string }) => CNINode | undefined; readonly values: () => Iterable<CNINode> }
  readonly eniConfigs: { readonly get: (key: { readonly name: string }) => ENIConfig | undefined }
}

/** By what is decided. */
export interface Rules {
  readonly clusterName: string
  readonly limits: LimitsTable
  readonly allocation: AllocationSettings
  readonly unmatched: "node-groups" | "wait"
  readonly groupsOf: (pod: Pod) => ReadonlyArray<SecurityGroupId>
}

/** All that a plan is made from. */
export interface Sight {
  readonly cluster: ClusterSight
  readonly ec2: Ec2Sight
  readonly rules: Rules
  /** Since when nobody has an interface; a branch among them cools from then on. Milliseconds since the epoch. */
  readonly unclaimedSince: ReadonlyMap<EniId, number>
  /** Milliseconds since the epoch. */
  readonly now: number
}
