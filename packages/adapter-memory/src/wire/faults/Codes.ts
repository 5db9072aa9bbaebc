const missing = (what: string): string => `The ${what} does not exist`

/**
 * What EC2 says with the codes that a controller of trunks and branches meets (contract §6): a fault needs to name the code alone. Any other code works, too.
 * Source: Amazon EC2 API Reference, "Error codes".
 */
export const knownCodes = {
  RequestLimitExceeded: "Request limit exceeded.",
  InternalError: "An internal error has occurred",
  ServiceUnavailable: "The request has failed due to a temporary failure of the server.",
  Unavailable: "The server is overloaded and cannot handle the request.",
  UnauthorizedOperation: "You are not authorized to perform this operation.",
  AuthFailure: "AWS was not able to validate the provided access credentials",
  RequestExpired: "Request has expired.",
  InsufficientFreeAddressesInSubnet: "There are not enough free addresses in the subnet to satisfy the request.",
  InsufficientCidrBlocks: "There are not enough free CIDR blocks in the subnet to satisfy the request.",
  "InvalidNetworkInterfaceID.NotFound": missing("networkInterface ID"),
  "InvalidNetworkInterface.InUse": "The network interface is currently in use.",
  "InvalidAssociationID.NotFound": missing("association ID"),
  "InvalidAttachmentID.NotFound": missing("network interface attachment ID"),
  "InvalidGroup.NotFound": missing("security group"),
  "InvalidSubnetID.NotFound": missing("subnet ID"),
  "InvalidInstanceID.NotFound": missing("instance ID"),
  InvalidParameterValue: "The value of a parameter is not valid.",
  IdempotentParameterMismatch: "The client token was used before with different parameters.",
  SecurityGroupsPerInterfaceLimitExceeded: "The maximum number of security groups per interface has been reached.",
  NetworkInterfaceLimitExceeded: "The maximum number of network interfaces has been reached.",
  AttachmentLimitExceeded: "The maximum number of attachments of the instance has been reached.",
  DependencyViolation: "The resource has a dependent object."
} as const satisfies Readonly<Record<string, string>>

/** One of {@link knownCodes}. */
export type KnownCode = keyof typeof knownCodes

const messages: ReadonlyMap<string, string> = new Map(Object.entries(knownCodes))

/** What EC2 says with a code; of one that is not known, that a fault answered it. */
export const messageOf = (code: string): string => messages.get(code) ?? `${code}: answered by a fault.`
