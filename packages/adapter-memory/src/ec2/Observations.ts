/**
 * Something that EC2 saw and that a careful controller does not do. EC2's own rules are kept anyway (two branches never get one VLAN id
 * of a trunk): these are the attempts, and the habits that hurt on the node.
 */
export type ObservationKind =
  /** An association under a VLAN id that another branch of the trunk holds. */
  | "vlan-taken"
  /** An association under a VLAN id that was freed less than the `vlanCooldown` ago. */
  | "vlan-cooling"
  /** An association under an id above 152, some of which are the kernel's own routing tables (contract §11). */
  | "vlan-unsafe"
  /** An association beyond what the instance type carries. */
  | "over-limit"
  /** A second trunk on one instance. */
  | "second-trunk"
  /** An associated branch deleted without a disassociation. */
  | "associated-branch-deleted"
  /** A trunk deleted with branches under it. */
  | "trunk-with-branches-deleted"

export interface Observation {
  /** Clock milliseconds. */
  readonly at: number
  readonly kind: ObservationKind
  /** The interface it is about. */
  readonly subject: string
  readonly detail: string
}

/**
 * Whether an observation is an invariant violation. All are but one: an associated branch may be deleted directly where nobody knows its
 * association any more (contract §6).
 */
export const isViolation = ({ kind }: Observation): boolean => kind !== "associated-branch-deleted"
