import type { BranchDetails } from "../model/BranchAnnotation.js"
import type { AssociationId, EniId, SecurityGroupId, VlanId } from "../model/Ids.js"
import type { BranchKey, PodIdentity, WaitReason } from "./Branch.js"

/** What is to be done next, as data: each is safe to run again, and its outcome comes back as a `TrunkEvent`. */
export type Command =
  /** Ask EC2 for the allocation tag of any attempt for this pod. → BranchFound, BranchMissing */
  | { readonly _tag: "FindBranch"; readonly key: BranchKey; readonly pod: PodIdentity }
  /** → BranchCreated */
  | {
    readonly _tag: "CreateBranch"
    readonly key: BranchKey
    readonly pod: PodIdentity
    readonly attempt: number
    readonly vlanId: VlanId
    readonly trunkId: EniId
    readonly groups: ReadonlyArray<SecurityGroupId>
    readonly subnetId: string
  }
  /** → BranchPermitted */
  | { readonly _tag: "PermitBranch"; readonly key: BranchKey; readonly eniId: EniId }
  /** → BranchTagged */
  | {
    readonly _tag: "TagBranch"
    readonly key: BranchKey
    readonly eniId: EniId
    readonly vlanId: VlanId
    readonly trunkId: EniId
  }
  /** → BranchAssociated */
  | {
    readonly _tag: "AssociateBranch"
    readonly key: BranchKey
    readonly eniId: EniId
    readonly trunkId: EniId
    readonly vlanId: VlanId
  }
  /** Write the annotation, to this UID only. → PodAnnounced, or BranchHeld of another branch where somebody was quicker */
  | {
    readonly _tag: "AnnouncePod"
    readonly key: BranchKey
    readonly pod: PodIdentity
    readonly subnetId: string
    readonly details:
      & Omit<BranchDetails, "subnetCidr" | "subnetV6Cidr" | "associationID">
      & { readonly associationID: AssociationId | undefined }
  }
  /** → BranchRegrouped */
  | {
    readonly _tag: "RegroupBranch"
    readonly key: BranchKey
    readonly eniId: EniId
    readonly groups: ReadonlyArray<SecurityGroupId>
  }
  /** → BranchDisassociated */
  | {
    readonly _tag: "DisassociateBranch"
    readonly key: BranchKey
    readonly pod: PodIdentity | undefined
    readonly eniId: EniId
    readonly associationId: AssociationId
  }
  /** → BranchDeleted */
  | {
    readonly _tag: "DeleteBranch"
    readonly key: BranchKey
    readonly pod: PodIdentity | undefined
    readonly eniId: EniId
  }
  /** Say something to the pod's people, once. No outcome. */
  | { readonly _tag: "TellPod"; readonly key: BranchKey; readonly pod: PodIdentity; readonly news: PodNews }

/** What there is to tell about a pod. */
export type PodNews =
  | { readonly _tag: "Requested"; readonly groups: ReadonlyArray<SecurityGroupId>; readonly fallback: boolean }
  | { readonly _tag: "Allocated"; readonly annotation: string }
  | { readonly _tag: "Waits"; readonly why: WaitReason }
  | { readonly _tag: "AllocationFailed"; readonly why: string }
  | { readonly _tag: "AnnouncementFailed"; readonly why: string }
  /** The trunk was deleted under a pod that runs. */
  | { readonly _tag: "Severed"; readonly eniId: EniId }

const prices: Readonly<Record<Command["_tag"], number>> = {
  FindBranch: 1,
  CreateBranch: 1,
  PermitBranch: 1,
  TagBranch: 1,
  AssociateBranch: 1,
  AnnouncePod: 0,
  RegroupBranch: 1,
  DisassociateBranch: 1,
  DeleteBranch: 1,
  TellPod: 0
}

/** What a plan costs, in EC2 calls. */
export const ec2Calls = (plan: ReadonlyArray<Command>): number =>
  plan.reduce((calls, command) => calls + prices[command._tag], 0)
