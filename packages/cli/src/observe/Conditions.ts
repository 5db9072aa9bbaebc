import type { ObservedKind } from "./Observed.js"
import type { Source } from "./Sources.js"

/** What is said of a whole cluster, in the manner of Kubernetes' conditions: True is well. */
export const conditionTypes = [
  "ClusterSeen",
  "WebhooksInPlace",
  "LeaseHeld",
  "CniNodesInPlace",
  "TrunksInPlace",
  "CapacityAsTypes",
  "PodsAsk",
  "RequestsSelected",
  "AnnotationsInPlace",
  "InterfacesAsAnnotated",
  "GroupsAsGiven",
  "GroupsAsPolicies",
  "VlanIdsDistinct",
  "VlanIdsRested",
  "InterfacesClaimed"
] as const
export type ConditionType = typeof conditionTypes[number]

/** What a condition is made of. */
export interface ConditionRule {
  readonly type: Exclude<ConditionType, "ClusterSeen">
  /** Which differences make it False, and what each needs to have been seen; `?` where a part of it will do. */
  readonly kinds: Partial<Record<ObservedKind, ReadonlyArray<Source | `${Source}?`>>>
  /** What is so while it is True. */
  readonly well: string
  /** What would have to be seen once more before it can be True. */
  readonly onSecondLook?: "always" | "unclaimed"
}

const pods = ["pods?"] as const
const selected = ["pods?", "policies?", "serviceAccounts?"] as const
const annotated = ["pods?", "interfaces?"] as const
const placed = ["pods?", "interfaces?", "nodes?", "instances"] as const

/** Every condition's rule; every sort of difference belongs to one. */
export const rules: ReadonlyArray<ConditionRule> = [
  {
    type: "WebhooksInPlace",
    kinds: {
      WebhookConfigurationMissing: ["mutatingWebhooks", "validatingWebhooks"],
      WebhookMissing: ["mutatingWebhooks?", "validatingWebhooks?"],
      WebhookServiceMissing: ["mutatingWebhooks?", "validatingWebhooks?", "services"],
      WebhookWithoutEndpoints: ["mutatingWebhooks?", "validatingWebhooks?", "services", "endpoints"]
    },
    well: "both webhook configurations are there, and each service that they name has a ready endpoint"
  },
  {
    type: "LeaseHeld",
    kinds: {
      LeaseUnheld: ["leases?"],
      LeaseContended: ["leases?"],
      LeadersTwo: ["leases?", "otherLeases"],
      TwoControllers: ["pods?", "events?"]
    },
    well: "one controller leads, and no other one works"
  },
  {
    type: "CniNodesInPlace",
    kinds: { CniNodeMissing: ["nodes?", "cniNodes"], CniNodeOfAnother: ["nodes?", "cniNodes"] },
    well: "each node has a CNINode, which names the node's instance"
  },
  {
    type: "TrunksInPlace",
    kinds: {
      InstanceMissing: ["nodes?", "cniNodes?", "instances"],
      TrunkMissing: ["nodes?", "cniNodes?", "instances"],
      TrunkOutlivesInstance: ["nodes?", "cniNodes?", "instances"],
      OverLimit: ["nodes?", "cniNodes?", "pods?", "instances", "interfaces"]
    },
    well: "each node that asks for a trunk has one, and none carries more than its type can"
  },
  {
    type: "CapacityAsTypes",
    kinds: { CapacityDiffers: ["nodes?", "cniNodes?"] },
    well: "each node offers the branch interfaces that its type carries"
  },
  { type: "PodsAsk", kinds: { RequestMissing: selected }, well: "each pod that a policy selected when it was made asks for a branch interface" },
  { type: "RequestsSelected", kinds: { RequestUnmatched: selected }, well: "each pod that asks for a branch interface is selected by a policy" },
  {
    type: "AnnotationsInPlace",
    kinds: { AnnotationMissing: pods, AnnotationUnreadable: pods },
    well: "each bound pod that asks for a branch interface has an annotation that the CNI plugin can read"
  },
  {
    type: "InterfacesAsAnnotated",
    kinds: {
      InterfaceMissing: annotated,
      InterfaceNotAssociated: annotated,
      VlanDiffers: annotated,
      TrunkDiffers: placed,
      InstanceDiffers: placed,
      TagsWrong: ["pods?", "interfaces?", "instances", "clusterName"]
    },
    well: "each annotation's interface is there, associated, and tagged for this VLAN id, trunk and instance"
  },
  { type: "GroupsAsGiven", kinds: { GroupsAltered: annotated }, well: "each branch interface has the groups that its pod was given when it was made" },
  {
    type: "GroupsAsPolicies",
    kinds: { GroupsDiffer: [...selected, "interfaces?"], PolicyYounger: selected },
    well: "no running pod would get other groups if it were made again"
  },
  { type: "VlanIdsDistinct", kinds: { VlanShared: pods }, well: "no two pods of a node have the same VLAN id" },
  { type: "VlanIdsRested", kinds: { VlanReusedEarly: pods }, well: "no VLAN id went to another pod within its cooldown", onSecondLook: "always" },
  {
    type: "InterfacesClaimed",
    kinds: { InterfaceUnexplained: ["pods", "interfaces", "instances", "clusterName"] },
    well: "each interface of the cluster's has a living pod, an instance, or a cooldown",
    onSecondLook: "unclaimed"
  }
]

/** The condition that a difference makes False. */
export const conditionOf: ReadonlyMap<ObservedKind, ConditionType> = new Map(
  rules.flatMap(({ kinds, type }) => (Object.keys(kinds) as ReadonlyArray<ObservedKind>).map((kind) => [kind, type] as const))
)

/** Every sort of difference, in the order of the conditions. */
export const observedKinds: ReadonlyArray<ObservedKind> = [...conditionOf.keys()]
