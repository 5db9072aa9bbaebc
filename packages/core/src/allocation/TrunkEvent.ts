import type { AssociationId, EniId, PodUid, SecurityGroupId } from "../model/Ids.js"
import type { BranchDetails } from "../model/BranchAnnotation.js"
import type { BranchInterface, BranchKey, PodIdentity } from "./Branch.js"
import type { AllocationSettings } from "./AllocationSettings.js"

/** Why a command was not done, as far as the life cycle differs by it. */
export type FailureKind =
  /** Nothing was done; the same again later. Somebody may have to mend something first: that is the message's to say. */
  | "failed"
  /** Something may have been done. */
  | "unknown"
  /** EC2 refuses the VLAN id. */
  | "vlan refused"
  /** There is no such branch interface. */
  | "interface gone"
  /** There is no such trunk. */
  | "trunk gone"
  /** The create's client token was used with other parameters. */
  | "token spent"
  /** The branch is associated, under an id that nobody here knows: by another controller. */
  | "associated elsewhere"
  /** The association is no longer there. */
  | "association gone"

/** What happened, as the trunk machine is told it. Every `now` is milliseconds since the epoch. */
export type TrunkEvent =
  /** A living pod of this node wants a branch, still. */
  | {
    readonly _tag: "PodRequested"
    readonly pod: PodIdentity
    readonly groups: ReadonlyArray<SecurityGroupId>
    /** The groups are the node's, for want of a matching policy. */
    readonly fallback: boolean
    readonly subnetId: string
    /** The VLAN id that the node may have wired for the pod, from an annotation of the node's last instance. */
    readonly wired?: number | undefined
    readonly now: number
  }
  /** The pod is gone or terminal, still; what is due of its branch's end goes on. `mayIdle`: subnet and policies would let it idle. */
  | { readonly _tag: "PodReleased"; readonly key: BranchKey; readonly mayIdle: boolean; readonly now: number }
  /** The annotation of a living pod names this branch. */
  | {
    readonly _tag: "BranchHeld"
    readonly pod: PodIdentity
    readonly details: BranchDetails
    readonly now: number
  }
  /** EC2 has a branch of this trunk that nobody here knew. `claimant` is the living pod that waits for it. */
  | {
    readonly _tag: "BranchDiscovered"
    readonly interface: BranchInterface
    readonly subnetId: string
    readonly groups: ReadonlyArray<SecurityGroupId>
    readonly vlanId: number | undefined
    readonly trunkId: EniId | undefined
    readonly associated: boolean
    readonly claim: { readonly pod: PodUid; readonly attempt: number } | undefined
    readonly claimant: PodIdentity | undefined
    readonly now: number
  }
  /** The branch that only a pod's annotation told of is another instance's: the annotation promises nothing here. */
  | { readonly _tag: "BranchElsewhere"; readonly key: BranchKey; readonly now: number }
  /** Asked for the allocation tag, EC2 has it. */
  | {
    readonly _tag: "BranchFound"
    readonly key: BranchKey
    readonly interface: BranchInterface
    readonly attempt: number
    readonly vlanId: number | undefined
    readonly trunkId: EniId | undefined
    readonly associated: boolean
    readonly now: number
  }
  /** Asked for the allocation tag, EC2 has none. */
  | { readonly _tag: "BranchMissing"; readonly key: BranchKey; readonly now: number }
  | {
    readonly _tag: "BranchCreated"
    readonly key: BranchKey
    readonly interface: BranchInterface
    readonly now: number
  }
  | { readonly _tag: "BranchPermitted"; readonly key: BranchKey; readonly now: number }
  | { readonly _tag: "BranchTagged"; readonly key: BranchKey; readonly now: number }
  | {
    readonly _tag: "BranchAssociated"
    readonly key: BranchKey
    /** Undefined where EC2 says "associated already" without the id. */
    readonly associationId: AssociationId | undefined
    readonly now: number
  }
  /** The annotation with this text is on the pod. */
  | { readonly _tag: "PodAnnounced"; readonly key: BranchKey; readonly annotation: string; readonly now: number }
  | { readonly _tag: "BranchRegrouped"; readonly key: BranchKey; readonly now: number }
  | { readonly _tag: "BranchDisassociated"; readonly key: BranchKey; readonly now: number }
  | { readonly _tag: "BranchDeleted"; readonly key: BranchKey; readonly now: number }
  | {
    readonly _tag: "CommandFailed"
    readonly key: BranchKey
    readonly kind: FailureKind
    readonly message: string
    readonly now: number
  }
  /** The trunk interface is (again) there, or it is no more. */
  | { readonly _tag: "TrunkChanged"; readonly trunkId: EniId | undefined; readonly now: number }
  /** The node asked for a trunk, or no longer asks. */
  | { readonly _tag: "AdmittingChanged"; readonly admitting: boolean; readonly now: number }
  /** The node may have wired the id for a living pod whose branch is not here: nobody else gets it for a while. */
  | { readonly _tag: "VlanWired"; readonly vlanId: number; readonly now: number }
  | { readonly _tag: "SettingsChanged"; readonly settings: AllocationSettings; readonly now: number }
  /** Idle branches are wanted back: those of a subnet, those with groups that no policy names, or all. */
  | {
    readonly _tag: "IdleGivenUp"
    readonly subnetId: string | undefined
    readonly unlessGroups: ReadonlySet<string> | undefined
    readonly now: number
  }
