import { Ec2Error, type Ec2Reason, type Ec2Thing } from "@branchline/core/ports/Ec2Error"

/** What EC2 answers instead of doing what was asked. The codes are those of contract §6 and of EC2's own list of error codes. */
export interface Refusal {
  readonly code: string
  readonly reason: Ec2Reason
  readonly message: string
}

const notFoundCodes: Readonly<Record<Ec2Thing, string>> = {
  instance: "InvalidInstanceID.NotFound",
  subnet: "InvalidSubnetID.NotFound",
  "security group": "InvalidGroup.NotFound",
  trunk: "InvalidNetworkInterfaceID.NotFound",
  branch: "InvalidNetworkInterfaceID.NotFound",
  interface: "InvalidNetworkInterfaceID.NotFound",
  association: "InvalidAssociationID.NotFound"
}

/** As EC2's messages name things. */
const words: Readonly<Record<Ec2Thing, string>> = {
  instance: "instance ID",
  subnet: "subnet ID",
  "security group": "security group",
  trunk: "networkInterface ID",
  branch: "networkInterface ID",
  interface: "networkInterface ID",
  association: "association ID"
}

export const notFound = (thing: Ec2Thing, id: string): Refusal => ({
  code: notFoundCodes[thing],
  reason: { _tag: "NotFound", thing, id },
  message: `The ${words[thing]} '${id}' does not exist`
})

export const vpcNotFound = (vpcId: string): Refusal => ({
  code: "InvalidVpcID.NotFound",
  reason: { _tag: "NotFound", thing: "subnet", id: vpcId },
  message: `The vpc ID '${vpcId}' does not exist`
})

export const attachmentNotFound = (attachmentId: string): Refusal => ({
  code: "InvalidAttachmentID.NotFound",
  reason: { _tag: "NotFound", thing: "interface", id: attachmentId },
  message: `The network interface attachment ID '${attachmentId}' does not exist`
})

export const throttled: Refusal = {
  code: "RequestLimitExceeded",
  reason: { _tag: "Throttled" },
  message: "Request limit exceeded."
}

export const unauthorized = (message: string): Refusal => ({
  code: "UnauthorizedOperation",
  reason: { _tag: "Unauthorized" },
  message: `You are not authorized to perform this operation. ${message}`
})

export const subnetFull = (subnetId: string): Refusal => ({
  code: "InsufficientFreeAddressesInSubnet",
  reason: { _tag: "SubnetFull", subnetId },
  message: `There are not enough free addresses in subnet '${subnetId}' to satisfy the requested number of instances.`
})

export const tooManyGroups = (quota: number): Refusal => ({
  code: "SecurityGroupsPerInterfaceLimitExceeded",
  reason: { _tag: "TooManyGroups" },
  message: `The maximum number of security groups per interface has been reached: ${quota}.`
})

export const limitReached = (
  code: "NetworkInterfaceLimitExceeded" | "AttachmentLimitExceeded",
  message: string
): Refusal => ({ code, reason: { _tag: "LimitReached" }, message })

// EC2 has no code of its own for a taken VLAN id or device index: both are an invalid parameter, told apart by the message.
export const vlanTaken = (vlanId: number, trunkId: string): Refusal => ({
  code: "InvalidParameterValue",
  reason: { _tag: "Taken", what: "vlan" },
  message: `The VLAN ID '${vlanId}' is already in use on trunk interface '${trunkId}'`
})

export const deviceIndexTaken = (deviceIndex: number, instanceId: string): Refusal => ({
  code: "InvalidParameterValue",
  reason: { _tag: "Taken", what: "device index" },
  message: `Instance '${instanceId}' already has an interface attached at device index '${deviceIndex}'.`
})

export const alreadyAssociated = (branchId: string, trunkId: string): Refusal => ({
  code: "Resource.AlreadyAssociated",
  reason: { _tag: "AlreadyAssociated" },
  message: `The interface '${branchId}' is already associated with trunk interface '${trunkId}'`
})

export const tokenSpent = (token: string): Refusal => ({
  code: "IdempotentParameterMismatch",
  reason: { _tag: "TokenSpent" },
  message: `The client token '${token}' was used before with different parameters.`
})

export const inUse = (eniId: string): Refusal => ({
  code: "InvalidNetworkInterface.InUse",
  reason: { _tag: "InUse" },
  message: `Interface '${eniId}' is currently in use.`
})

export const rejected = (message: string, code = "InvalidParameterValue"): Refusal => ({
  code,
  reason: { _tag: "Rejected" },
  message
})

/** The refusal as the port's error. */
export const toError = (action: string, requestId: string | undefined) => (refusal: Refusal): Ec2Error =>
  new Ec2Error({ action, requestId, ...refusal })
