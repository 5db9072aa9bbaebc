import { Schema } from "effect"

/** A pod's `metadata.uid`: who the pod is. Its name comes back within seconds on another pod. */
export const PodUid = Schema.NonEmptyString.pipe(Schema.brand("PodUid"))
export type PodUid = typeof PodUid.Type

/** An EC2 instance, `i-` and 8 to 17 hexadecimal digits. */
export const InstanceId = Schema.String.check(
  Schema.isPattern(/^i-[0-9a-f]{8,17}$/, { expected: "an instance id such as i-0123456789abcdef0" })
).pipe(Schema.brand("InstanceId"))
export type InstanceId = typeof InstanceId.Type

/** A network interface, trunk or branch, `eni-` and 8 to 17 hexadecimal digits. */
export const EniId = Schema.String.check(
  Schema.isPattern(/^eni-[0-9a-f]{8,17}$/, { expected: "an interface id such as eni-0123456789abcdef0" })
).pipe(Schema.brand("EniId"))
export type EniId = typeof EniId.Type

/**
 * A security group as a policy names it. Any non-empty text decodes: the custom resource's schema checks no form, and it is EC2 that
 * says whether a group exists.
 */
export const SecurityGroupId = Schema.NonEmptyString.pipe(Schema.brand("SecurityGroupId"))
export type SecurityGroupId = typeof SecurityGroupId.Type

/** A VLAN id as 802.1Q allows it, 1 to 4094. Which of them may be handed out is `allocation/VlanSpace`'s to say. */
export const VlanId = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4094 })).pipe(Schema.brand("VlanId"))
export type VlanId = typeof VlanId.Type

/** The association of a branch with its trunk, `trunk-assoc-…`; empty where nobody recorded it (older annotations). */
export const AssociationId = Schema.String.pipe(Schema.brand("AssociationId"))
export type AssociationId = typeof AssociationId.Type

/** What an annotation says where nobody recorded the association. */
export const noAssociationId = AssociationId.make("")
