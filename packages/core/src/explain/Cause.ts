import type { BranchState } from "../allocation/Branch.js"
import type { Occupancy } from "../allocation/Capacity.js"
import type { EniId, SecurityGroupId } from "../model/Ids.js"
import type { PolicyProblem } from "../selection/Policy.js"
import type { OverQuota, PolicyDecision } from "../selection/Selection.js"
import type { AllocationStep } from "./Allocation.js"
import type { Missed } from "./Admission.js"
import type { UnusableGroup } from "./Facts.js"

/** Something decides that nobody looked at. */
export interface NotLooked {
  readonly _tag: "NotLooked"
  readonly at: "pod" | "node" | "CNINode" | "trunk" | "service account" | "policies"
}

/** Why a node can carry no (new) branches. */
export type NodeObstacle =
  | NotLooked
  | { readonly _tag: "NodeAbsent" }
  /** EKS Auto Mode: the controller leaves the node alone (contract §2). */
  | { readonly _tag: "AutoMode" }
  | { readonly _tag: "NodeIncomplete"; readonly lacks: "provider id" | "OS label" }
  | { readonly _tag: "NotLinux"; readonly os: string }
  /** The node agent only patches what it finds (contract §10). */
  | { readonly _tag: "CNINodeAbsent" }
  | { readonly _tag: "NotAsked" }
  /** aws-node asks for no trunk at all: `ENABLE_POD_ENI` is not true. */
  | { readonly _tag: "FeatureOff" }
  /** A trunk needs a device index of its own, and every one is taken (contract §1.1, §6). */
  | { readonly _tag: "NoDeviceSlot"; readonly taken: number; readonly of: number }
  | {
    readonly _tag: "InstanceUnsupported"
    readonly instanceType: string
    /** `unknown`: the limits table has no such type. */
    readonly problem: "unknown" | "not trunk-compatible"
    readonly suggestion: string | undefined
  }
  | { readonly _tag: "EniConfigUnnamed" }
  | { readonly _tag: "EniConfigUnusable"; readonly name: string; readonly problem: "absent" | "without subnet" }
  /** `failure` is the node's last event about it. */
  | { readonly _tag: "NoTrunk"; readonly failure: string | undefined }
  | { readonly _tag: "NotRecovered" }
  /** It asks, but its trunk has not been told yet. */
  | { readonly _tag: "NotAdmitting" }

/** What a node waits for. */
export type NodeCause =
  | NodeObstacle
  | { readonly _tag: "CapacityNotPublished"; readonly published: number; readonly capacity: string | undefined }
  | { readonly _tag: "CapacityNotAllocatable"; readonly capacity: string; readonly allocatable: string | undefined }
  | { readonly _tag: "PodsInLine"; readonly waiting: number; readonly room: Occupancy }
  | { readonly _tag: "NodeReady" }

/** What a pod waits for: the one thing without which nothing goes on. */
export type PodCause =
  | NodeObstacle
  // Nothing is owed.
  | {
    readonly _tag: "Served"
    /** What policies or node would give it today, where that is known to differ from what it has. */
    readonly wouldGet: ReadonlyArray<SecurityGroupId> | undefined
    readonly by: "policies" | "node" | "fargate" | "unknown"
  }
  /** Succeeded or Failed. `branch`: what is left of it. */
  | { readonly _tag: "Finished"; readonly phase: string; readonly branch: BranchState | undefined }
  | { readonly _tag: "ShuttingDown"; readonly held: boolean }
  /** No policy gives it groups, and it does not ask. `nearest` is the policy that fails by least. */
  | { readonly _tag: "NotSelected"; readonly nearest: PolicyDecision | undefined }
  | { readonly _tag: "HostNetwork"; readonly selected: boolean }
  | { readonly _tag: "Windows"; readonly selected: boolean }
  // Somebody has to change something.
  | { readonly _tag: "PodAbsent" }
  | { readonly _tag: "AdmissionMissed"; readonly why: Missed; readonly policies: ReadonlyArray<string> }
  /** The CNI plugin reads the first container's limits alone (contract §5). */
  | { readonly _tag: "NotFirstContainer"; readonly containers: ReadonlyArray<string> }
  | { readonly _tag: "NoPolicyYet"; readonly nearest: PolicyDecision | undefined }
  // Scheduling.
  /** `why` some of them do not, by node; one node for each sort of cause. */
  | { readonly _tag: "NoNodeOffers"; readonly nodes: number; readonly why: ReadonlyArray<{ readonly node: string; readonly cause: NodeCause }> }
  | { readonly _tag: "AllNodesTaken"; readonly nodes: number }
  | { readonly _tag: "NotScheduled"; readonly message: string | undefined }
  // Allocation. `place` counts from 1.
  | { readonly _tag: "SlotCooling"; readonly place: number; readonly room: Occupancy; readonly at: number }
  | { readonly _tag: "SlotLeaving"; readonly place: number; readonly room: Occupancy }
  | { readonly _tag: "SlotsTaken"; readonly place: number; readonly room: Occupancy }
  | { readonly _tag: "VlanIdsQuarantined"; readonly place: number; readonly at: number | undefined }
  | { readonly _tag: "PreviousBranch"; readonly state: BranchState["_tag"] | undefined; readonly failure: string | undefined }
  | { readonly _tag: "AllocationRunning"; readonly step: AllocationStep; readonly since: number }
  | {
    readonly _tag: "AllocationFails"
    readonly step: AllocationStep
    readonly attempt: number
    /** EC2's error code, where the message has one. */
    readonly code: string | undefined
    readonly message: string
    readonly subnetId: string
    /** Matching policies with a group that the message names. */
    readonly policies: ReadonlyArray<string>
  }
  | { readonly _tag: "NotPickedUp" }
  /** Its node is full, as its last event tells; who holds the branches is not known. `cooling`: some of them cool down. */
  | { readonly _tag: "SlotsTakenAsTold"; readonly message: string; readonly cooling: boolean }
  | { readonly _tag: "SubnetEmpty"; readonly subnetId: string }
  | GroupsUnusable
  // Annotation and node.
  | { readonly _tag: "AnnouncementFails"; readonly message: string }
  /** `mended`: a branch is there or on its way from which the controller writes it anew. */
  | { readonly _tag: "AnnotationUnreadable"; readonly why: string; readonly mended: boolean }
  | { readonly _tag: "AnnotationLost" }
  | {
    readonly _tag: "AnnotationOfAnotherBranch"
    readonly named: EniId
    readonly namedVlanId: number
    readonly known: EniId | undefined
    readonly knownVlanId: number | undefined
    /** `namespace/name` of the pod that the trunk knows as holder of the named branch. */
    readonly holder: string | undefined
  }
  | { readonly _tag: "Severed"; readonly eniId: EniId }
  /** EC2 was asked for the interface that the annotation names: it is gone, or hangs on no trunk. */
  | { readonly _tag: "BranchLost"; readonly eniId: EniId; readonly how: "absent" | "not associated" }
  /** All is there, but the pod does not run yet. `message` is kubelet's last about the sandbox. */
  | { readonly _tag: "Sandbox"; readonly message: string | undefined }

/** EC2 cannot give these groups to an interface of the cluster. `policies` name them. */
export interface GroupsUnusable {
  readonly _tag: "GroupsUnusable"
  readonly groups: ReadonlyArray<UnusableGroup>
  readonly policies: ReadonlyArray<string>
}

/** What a policy waits for before it does what its author means. */
export type PolicyCause =
  | { readonly _tag: "PolicyAbsent" }
  | { readonly _tag: "PolicyInvalid"; readonly problems: ReadonlyArray<PolicyProblem> }
  | GroupsUnusable
  | { readonly _tag: "ServiceAccountsNotLooked"; readonly pods: ReadonlyArray<string> }
  | { readonly _tag: "SelectsNothing"; readonly pods: number; readonly nearest: { readonly pod: string; readonly decision: PolicyDecision } | undefined }
  | { readonly _tag: "PodsWithout"; readonly pods: ReadonlyArray<string> }
  | { readonly _tag: "UnionOverQuota"; readonly pods: ReadonlyArray<string>; readonly worst: OverQuota }
  | { readonly _tag: "PolicyServes"; readonly pods: number }

export type Cause = NodeCause | PodCause | PolicyCause

/** Whose move it is. `nobody`: nothing is owed. `time`: it ends by itself at a known moment. */
export type Actor = "nobody" | "time" | "controller" | "scheduler" | "kubelet" | "person"

/** The one thing that is waited for, whose move it is, and the next step for a person. */
export interface WaitsFor<C extends Cause> {
  readonly cause: C
  readonly actor: Actor
  readonly next: string
}
