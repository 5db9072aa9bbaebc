import type { AssociationId, EniId, PodUid, VlanId } from "../model/Ids.js"

/** For which pod, and at which try, a branch was made: the text of its allocation tag. */
export interface Claim {
  readonly pod: PodUid
  /** From 1; grows when a try is known to be spent. */
  readonly attempt: number
}

/** The value of the allocation tag, which is the create's client token too: at most 64 characters for a UID of 36. */
export const claimText = (claim: Claim): string => `${claim.pod}/${claim.attempt}`

/** The value of a tag filter that finds every attempt for a pod. */
export const claimsOf = (pod: PodUid): string => `${pod}/*`

/** A claim from an allocation tag; undefined where the text is none. */
export const readClaim = (text: string): Claim | undefined => {
  const match = /^([^/]+)\/([1-9]\d{0,8})$/.exec(text)
  return match === null ? undefined : { pod: match[1] as PodUid, attempt: Number(match[2]) }
}

/** The client token of an association: one for each (branch, trunk, VLAN id), so that a repeated call is a replay and never a mismatch. */
export const associationToken = (branchId: EniId, trunkId: EniId, vlanId: VlanId): string =>
  `${branchId}/${trunkId}/${vlanId}`

/** The client token of a disassociation. */
export const disassociationToken = (associationId: AssociationId): string => associationId
