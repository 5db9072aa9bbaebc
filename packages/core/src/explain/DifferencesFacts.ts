import type { LimitsTable } from "../limits/Limits.js"
import type { CNINode } from "../model/CNINode.js"
import type { EniId, InstanceId, SecurityGroupId } from "../model/Ids.js"
import type { Node } from "../model/Node.js"
import type { Pod } from "../model/Pod.js"

/** An interface as EC2 describes it; the port's `NetworkInterface` is one. */
export interface SeenInterface {
  readonly eniId: EniId
  readonly type: "interface" | "trunk" | "branch"
  readonly status: "available" | "in-use"
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly tags: Readonly<Record<string, string>>
}

/** An instance as EC2 describes it; the port's `Instance` is one. */
export interface SeenInstance {
  readonly instanceId: InstanceId
  readonly instanceType: string
  readonly state: string
  readonly attachments: ReadonlyArray<{
    readonly eniId: EniId
    readonly type: "interface" | "trunk" | "branch"
    readonly status: "attaching" | "attached" | "detaching"
    readonly deleteOnTermination: boolean
  }>
}

/** A pod, and what follows for it from policies and time. */
export interface SeenPod {
  readonly pod: Pod
  /** What its policies give it now; empty where none matches, undefined where it is not known. */
  readonly groups: ReadonlyArray<SecurityGroupId> | undefined
  /** Since when it has been seen bound and without annotation, milliseconds since the epoch; undefined where it is neither. */
  readonly waitingSince: number | undefined
}

/** A node and its CNINode, where there is one. */
export interface SeenNode {
  readonly node: Node
  readonly cniNode: CNINode | undefined
}

/** How long what is on its way is no difference yet, milliseconds. */
export interface Patience {
  /** A bound pod that asks and has no annotation. */
  readonly annotation: number
  /** An interface on its way to or from a pod that hangs on nothing. */
  readonly making: number
  /** An associated branch after its pod has ended: its cooldown, and the time to give it back. */
  readonly cooling: number
}

/** What {@link differences} compares: the cluster and EC2 at about one moment. */
export interface DifferencesFacts {
  readonly clusterName: string
  readonly pods: ReadonlyArray<SeenPod>
  readonly nodes: ReadonlyArray<SeenNode>
  /** Of all nodes' instances; one that EC2 does not have is not here. */
  readonly instances: ReadonlyMap<InstanceId, SeenInstance>
  /** Those that carry the cluster's tags, and those that annotations name. */
  readonly interfaces: ReadonlyArray<SeenInterface>
  /** Since when an interface has been seen without anybody whose it is (`unclaimed`), milliseconds since the epoch. */
  readonly unclaimedSince: ReadonlyMap<EniId, number>
  readonly limits: LimitsTable
  readonly patience: Patience
  /** Milliseconds since the epoch. */
  readonly now: number
}
