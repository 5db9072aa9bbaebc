import type { EniId, InstanceId, SecurityGroupId } from "../model/Ids.js"
import type { DifferencesFacts } from "./DifferencesFacts.js"
import { interfaceDifferences } from "./DifferencesInterfaces.js"
import { nodeDifferences } from "./DifferencesNodes.js"
import { podDifferences } from "./DifferencesPods.js"

/** A tag that an interface should carry and does not; `due` is empty where any value would do. */
export interface WrongTag {
  readonly key: string
  readonly has: string | undefined
  readonly due: string
}

/** One thing in which the cluster is another than it should be. Pods are `namespace/name`. */
export type Difference =
  /** The CNI plugin cannot read the pod's annotation (contract §5). */
  | { readonly _tag: "AnnotationUnreadable"; readonly pod: string; readonly why: string }
  /** The pod is bound, asks, and has had no annotation for longer than it takes. */
  | { readonly _tag: "AnnotationMissing"; readonly pod: string; readonly node: string }
  /** A policy matches the pod and it does not ask: the webhook did not see it, or the policy came later. */
  | { readonly _tag: "RequestMissing"; readonly pod: string; readonly groups: ReadonlyArray<SecurityGroupId> }
  /** The annotation names an interface that EC2 does not have. */
  | { readonly _tag: "InterfaceMissing"; readonly pod: string; readonly eniId: EniId }
  /** The annotation names an interface that hangs on no trunk. */
  | { readonly _tag: "InterfaceNotAssociated"; readonly pod: string; readonly eniId: EniId }
  | { readonly _tag: "VlanDiffers"; readonly pod: string; readonly eniId: EniId; readonly annotation: number; readonly tag: number }
  /** The interface was made for another trunk than the one that the pod's node has. */
  | { readonly _tag: "TrunkDiffers"; readonly pod: string; readonly eniId: EniId; readonly tag: string; readonly trunkId: EniId }
  /** The interface was made for another instance than the pod runs on. */
  | { readonly _tag: "InstanceDiffers"; readonly pod: string; readonly eniId: EniId; readonly tag: string; readonly instanceId: InstanceId }
  /** The pod's policies would give it other groups today; what runs keeps what it has (contract §3). */
  | {
    readonly _tag: "GroupsDiffer"
    readonly pod: string
    readonly eniId: EniId
    readonly has: ReadonlyArray<SecurityGroupId>
    readonly due: ReadonlyArray<SecurityGroupId>
  }
  /** Two living pods of one node have the same VLAN id: one's tear-down takes the other's link (contract §11). */
  | { readonly _tag: "VlanShared"; readonly node: string; readonly vlanId: number; readonly pods: ReadonlyArray<string> }
  /** No living pod, no cooldown and no instance explains the interface: a leak, in all likelihood. */
  | {
    readonly _tag: "InterfaceUnexplained"
    readonly eniId: EniId
    readonly what: "trunk" | "branch" | "left by the CNI plugin"
    readonly status: "available" | "in-use"
    readonly instanceId: string | undefined
  }
  /** The interface works and whoever looks for it by its tags will not find it. */
  | { readonly _tag: "TagsWrong"; readonly eniId: EniId; readonly tags: ReadonlyArray<WrongTag> }
  | { readonly _tag: "InstanceMissing"; readonly node: string; readonly instanceId: InstanceId }
  /** The node asks and its instance has no trunk. `pods`: so many have a branch all the same, and no network. */
  | { readonly _tag: "TrunkMissing"; readonly node: string; readonly instanceId: InstanceId; readonly pods: number }
  /** The trunk stays behind when its instance ends. */
  | { readonly _tag: "TrunkOutlivesInstance"; readonly node: string; readonly trunkId: EniId }
  | { readonly _tag: "CapacityDiffers"; readonly node: string; readonly has: string | undefined; readonly due: number }
  | { readonly _tag: "CniNodeMissing"; readonly node: string }
  | { readonly _tag: "CniNodeOfAnother"; readonly node: string; readonly has: string | undefined; readonly due: InstanceId }
  /** EC2 has more branches of the node's trunk than its instance type carries. */
  | { readonly _tag: "OverLimit"; readonly node: string; readonly branches: number; readonly limit: number }

/**
 * Where a cluster is another than it should be, in a fixed order; empty where all is well. Cluster and EC2 are never read at the same moment and EC2's
 * describes lag behind: believe what two looks show (`DifferencesBook`).
 *
 * @example differences(facts).map(differenceText)
 */
export const differences = (facts: DifferencesFacts): ReadonlyArray<Difference> => [
  ...nodeDifferences(facts),
  ...podDifferences(facts),
  ...interfaceDifferences(facts)
]

/** Names a difference: the same one at another look has the same key. */
export const differenceKey = (difference: Difference): string => JSON.stringify(difference)
