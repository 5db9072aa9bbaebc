import type { Trunk } from "../allocation/Trunk.js"
import type { NodeCause } from "./Cause.js"
import type { LimitsTable } from "../limits/Limits.js"
import type { CNINode } from "../model/CNINode.js"
import type { ENIConfig } from "../model/ENIConfig.js"
import type { Event } from "../model/Event.js"
import type { SecurityGroupId } from "../model/Ids.js"
import type { Node } from "../model/Node.js"
import type { Pod } from "../model/Pod.js"
import type { PolicyIndex } from "../selection/PolicyIndex.js"
import type { ServiceAccountFacts } from "../selection/Selection.js"

/** What a look found: the thing, `"absent"` where there is none, undefined where nobody looked or could. */
export type Found<A> = A | "absent" | undefined

/** What is known of a node. A controller's `Member` may be spread into it. */
export interface NodeFacts {
  readonly node: Found<Node>
  readonly cniNode: Found<CNINode>
  /** Of the instance behind the node; `"absent"` where the controller keeps none. */
  readonly trunk: Found<Trunk>
  /** Where it is not given, the node's label `node.kubernetes.io/instance-type` is read. */
  readonly instanceType?: string | undefined
  readonly limits?: LimitsTable | undefined
  /** Whether the trunk knows what EC2 has of it; false only while a controller starts. */
  readonly recovered?: boolean | undefined
  /**
   * The trunk is no controller's memory, but rebuilt from what EC2 and annotations tell at this moment: what fails is told by events alone, and `Nothing` may be
   * a branch that nobody could see.
   */
  readonly rebuilt?: boolean | undefined
  /** The trunk interface is there, as the node's capacity, label or events tell; EC2 was not asked, so that its id is not known. */
  readonly trunkSeen?: boolean | undefined
  /** Whether aws-node is told to ask for trunks (`ENABLE_POD_ENI`); undefined where nobody looked. */
  readonly podEniEnabled?: boolean | undefined
  /** Device indexes of network card 0: how many are taken, of how many. */
  readonly deviceSlots?: { readonly taken: number; readonly of: number } | undefined
  /** The groups that pods without a matching policy get here. */
  readonly groups?: ReadonlyArray<SecurityGroupId> | undefined
  /** The one that the node names; asked for only under custom networking. */
  readonly eniConfig?: Found<ENIConfig>
}

/** Milliseconds since the epoch. */
export interface CreationTimes {
  readonly pod?: number | undefined
  /** By policy name, in the pod's namespace. */
  readonly policies?: Readonly<Record<string, number>> | undefined
}

/** A node that a pod could be scheduled to. */
export interface SchedulingNode {
  readonly node: Node
  /** Pods bound to it, not Succeeded or Failed, that ask for a branch. */
  readonly asking: number
  /** Why it offers none, where that is known. */
  readonly lacks?: NodeCause | undefined
}

/** A group that EC2 was asked about, and that no interface in the cluster's VPC can have. */
export interface UnusableGroup {
  readonly group: SecurityGroupId
  readonly problem: "absent" | "another VPC"
}

/** What {@link explainPod} explains from. All of it may be partial: what nobody looked at is said to be unknown. */
export interface PodStoryFacts extends NodeFacts {
  readonly namespace: string
  readonly name: string
  readonly pod: Found<Pod>
  readonly policies: PolicyIndex
  /** Whether the policies of the namespace are known; true where it is not said. */
  readonly policiesSeen?: boolean | undefined
  readonly serviceAccount: ServiceAccountFacts
  /** Of the groups that policies name, where EC2 was asked. */
  readonly unusableGroups?: ReadonlyArray<UnusableGroup> | undefined
  /** What EC2 has of the interface that the annotation names, where it was asked and that is not what it should be. */
  readonly branchInterface?: "absent" | "not associated" | undefined
  /** In which a branch would be made, where EC2 was asked. */
  readonly subnet?: { readonly subnetId: string; readonly freeAddresses: number } | undefined
  /** The account's groups per interface, 1 to 16; 5 where it is not said. */
  readonly quota?: number | undefined
  /** What becomes of a pod that asks but matches no policy; `node-groups` where it is not said (contract §3). */
  readonly unmatched?: "node-groups" | "wait" | undefined
  readonly createdAt?: CreationTimes | undefined
  /** The nodes that there are, to say why a pod is not scheduled. */
  readonly nodes?: ReadonlyArray<SchedulingNode> | undefined
  /** Recent events about the pod and its node; others are passed over. */
  readonly events?: ReadonlyArray<Event> | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What {@link explainNode} explains from. */
export interface NodeStoryFacts extends NodeFacts {
  readonly name: string
  readonly events?: ReadonlyArray<Event> | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A pod that a policy may select. */
export interface PolicyPod {
  readonly pod: Pod
  readonly serviceAccount: ServiceAccountFacts
  /** When the pod was made, milliseconds since the epoch. */
  readonly createdAt?: number | undefined
}

/** What {@link explainPolicy} explains from. */
export interface PolicyStoryFacts {
  readonly namespace: string
  readonly name: string
  readonly policies: PolicyIndex
  /** Pods of other namespaces are passed over. */
  readonly pods: ReadonlyArray<PolicyPod>
  /** Of the groups that policies name, where EC2 was asked. */
  readonly unusableGroups?: ReadonlyArray<UnusableGroup> | undefined
  readonly quota?: number | undefined
  /** When this policy and its neighbours were made, by name; milliseconds since the epoch. */
  readonly createdAt?: Readonly<Record<string, number>> | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}
