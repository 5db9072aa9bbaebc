import type { AssociationId, EniId, PodUid, SecurityGroupId, VlanId } from "../model/Ids.js"

/** A pod as the trunk knows it. The UID is who it is; namespace and name are where to read it. */
export interface PodIdentity {
  readonly uid: PodUid
  readonly namespace: string
  readonly name: string
}

/** What EC2 said of a branch when it was made, and what the annotation needs of it. */
export interface BranchInterface {
  readonly eniId: EniId
  readonly macAddress: string
  readonly privateIp: string
  readonly ipv6Address: string
}

/**
 * Where a branch is in its life. Times are milliseconds since the epoch.
 *
 * `Creating.settled` is false from the moment a create is under way until its outcome is known for certain; while it is false EC2 is asked
 * for the allocation tag before another create. `Creating.asked` is true once it was: from then on a failure is the question's own, and only
 * an answer settles the create. `Creating.wanted` is false once the pod is gone. `Creating.foundAt` is when an interface was found that may be
 * associated under an id that is another branch's here: whoever associated it has time to announce it. `Creating.spentAt` is when EC2 first
 * said that a token had made something before: that need not be shown yet.
 */
export type BranchState =
  | { readonly _tag: "Creating"; readonly settled: boolean; readonly asked: boolean; readonly wanted: boolean; readonly foundAt?: number; readonly spentAt?: number }
  | { readonly _tag: "Permitting" }
  /** The tags name another VLAN id or trunk than the branch is to get: they are rewritten before the association. */
  | { readonly _tag: "Retagging" }
  /** `contested`: another controller may have associated it, under an id that its tags do not tell any more, or that is another pod's here. */
  | { readonly _tag: "Associating"; readonly contested?: true }
  | { readonly _tag: "Announcing" }
  | { readonly _tag: "InUse" }
  | { readonly _tag: "Cooling"; readonly until: number }
  | { readonly _tag: "Idle"; readonly until: number }
  | { readonly _tag: "Regrouping" }
  | { readonly _tag: "Disassociating" }
  | { readonly _tag: "Deleting" }

/** Who drives a branch: its pod, or its interface where no pod is known. Unique on a trunk. */
export type BranchKey = PodUid | EniId

/** One branch of a trunk, from the first wish for it to its deletion. */
export interface Branch {
  readonly key: BranchKey
  /** Last owner where the branch is cooling or idle; undefined where nobody knows. */
  readonly pod: PodIdentity | undefined
  /** Undefined where the interface carries no usable id: it is only ever released. */
  readonly vlanId: VlanId | undefined
  /** Those that its pod is to have; empty where nobody knows. */
  readonly groups: ReadonlyArray<SecurityGroupId>
  /** EC2 was asked to change the groups of a finished branch to these, and has not said that it did. */
  readonly groupsAsked: boolean
  readonly subnetId: string
  readonly attempt: number
  readonly state: BranchState
  /** When the state was entered. */
  readonly since: number
  /** Known from `Permitting` on. */
  readonly interface: BranchInterface | undefined
  /** What the interface's tags say, or will say once the create or the tagging that is under way is done. */
  readonly tagged: { readonly vlanId: number | undefined; readonly trunkId: EniId | undefined }
  /** Undefined before the association and where nobody recorded it. */
  readonly associationId: AssociationId | undefined
  /** The annotation may have been written: the node may have wired the VLAN id, so that the branch cools before it ends. */
  readonly announced: boolean
  /** Its trunk was deleted under it: the association is gone, the pod's link on the node is not. */
  readonly severed: boolean
  /** Answers "not found" in a row; EC2 is eventually consistent, so that one proves nothing. */
  readonly misses: number
  /** Why the last try failed; told once, until it changes. */
  readonly failure: string | undefined
}

/** Nothing but a pod's annotation told of it: EC2 has not shown it. */
export const isHearsay = ({ state, subnetId }: Pick<Branch, "state" | "subnetId">): boolean => state._tag === "InUse" && subnetId === ""

/** Why a pod has to wait before a branch can be made for it. */
export type WaitReason = "no trunk" | "not admitting" | "full" | "no VLAN id" | "previous branch"

/** A pod in line for a branch. */
export interface Waiting {
  readonly pod: PodIdentity
  readonly groups: ReadonlyArray<SecurityGroupId>
  /** The groups are the node's, for want of a matching policy. */
  readonly fallback: boolean
  readonly subnetId: string
  /** The VLAN id that the node may have wired for the pod, from an annotation of the node's last instance. */
  readonly wired?: number | undefined
  /** The try at which its branch starts: past those of the pod's previous branch. */
  readonly attempt: number
  readonly since: number
  readonly why: WaitReason
}
