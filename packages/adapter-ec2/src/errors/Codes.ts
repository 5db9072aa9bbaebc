/** What an error code of EC2's means: the core's reason, in words, and what a person can do about it. */
export interface Meaning {
  readonly reason:
    | "Throttled"
    | "Unauthorized"
    | "Unauthenticated"
    | "SubnetFull"
    | "NotFound"
    | "TooManyGroups"
    | "LimitReached"
    | "AlreadyAssociated"
    | "TokenSpent"
    | "InUse"
    | "Rejected"
    | "Unavailable"
    | "Open"
  readonly means: string
  readonly mend?: string
}

const throttled: Meaning = { reason: "Throttled", means: "The action's token bucket is empty" }

const unknownWho = (means: string, mend: string): Meaning => ({ reason: "Unauthenticated", means, mend })

const clock = unknownWho("The request was signed at another time than EC2's clock shows", "set this machine's clock right (NTP)")
const identityToken = unknownWho("The web identity token is not accepted", "check the service account's annotation and the cluster's OIDC provider")

/**
 * The codes that are told apart; any other is `Rejected` where EC2 says that the request is at fault, else `Unavailable` or open. Source: contract §6;
 * Amazon EC2 API Reference, "Error codes for the Amazon EC2 API"; AWS General Reference, "Common errors".
 */
export const codes: Readonly<Record<string, Meaning>> = {
  RequestLimitExceeded: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  ThrottledException: throttled,
  RequestThrottled: throttled,
  RequestThrottledException: throttled,
  EC2ThrottledException: throttled,
  TooManyRequestsException: throttled,
  SlowDown: throttled,
  UnauthorizedOperation: { reason: "Unauthorized", means: "The role may not do this", mend: "allow the action in the role's policy (deploy/iam)" },
  OperationNotPermitted: {
    reason: "Unauthorized",
    means: "The operation is not allowed on this resource or for this account; trunk and branch calls are open only to accounts that AWS allows",
    mend: "ask AWS whether the account may associate trunk interfaces"
  },
  AuthFailure: unknownWho("EC2 does not accept the credentials", "check the credentials, their account, and that the Region is one that the account uses"),
  InvalidClientTokenId: unknownWho("The access key does not exist", "check the credentials"),
  UnrecognizedClientException: unknownWho("The access key or the token does not exist", "check the credentials"),
  SignatureDoesNotMatch: unknownWho("The signature is wrong", "check the secret access key and this machine's clock"),
  MissingAuthenticationToken: unknownWho("The request is not signed", "give the controller credentials"),
  IncompleteSignature: unknownWho("The signature is incomplete", "check the credentials"),
  ExpiredToken: unknownWho("The credentials have ended", "let them be renewed: the token's file, the pod identity agent, or the profile"),
  ExpiredTokenException: unknownWho("The credentials have ended", "let them be renewed: the token's file, the pod identity agent, or the profile"),
  InvalidIdentityToken: identityToken,
  InvalidIdentityTokenException: identityToken,
  IDPRejectedClaim: identityToken,
  IDPRejectedClaimException: identityToken,
  AccessDenied: unknownWho("The role may not be assumed", "check the role's trust policy and the external id"),
  AccessDeniedException: unknownWho("The role may not be assumed", "check the role's trust policy and the external id"),
  RequestExpired: unknownWho("The request was signed at another time than EC2's clock shows, or the credentials have ended", "set this machine's clock right (NTP), or let the credentials be renewed"),
  RequestTimeTooSkewed: clock,
  OptInRequired: unknownWho("The account is not subscribed to EC2 in this Region", "enable the Region for the account"),
  Blocked: unknownWho("The account is blocked", "ask AWS"),
  PendingVerification: unknownWho("The account is being verified", "wait, or ask AWS"),
  InsufficientFreeAddressesInSubnet: { reason: "SubnetFull", means: "The subnet has no free address", mend: "free addresses, or give the nodes a larger subnet" },
  InsufficientCidrBlocks: { reason: "SubnetFull", means: "The subnet has no free block of addresses", mend: "free addresses, or give the nodes a larger subnet" },
  "InvalidNetworkInterfaceID.NotFound": { reason: "NotFound", means: "The interface does not exist, or is not seen yet" },
  "InvalidAssociationID.NotFound": { reason: "NotFound", means: "The association does not exist" },
  "InvalidTrunkInterfaceAssociationId.NotFound": { reason: "NotFound", means: "The association does not exist" },
  "InvalidAttachmentID.NotFound": { reason: "NotFound", means: "The attachment does not exist" },
  "InvalidGroup.NotFound": { reason: "NotFound", means: "The security group does not exist, or is another VPC's", mend: "correct the SecurityGroupPolicy that names it" },
  "InvalidSecurityGroupID.NotFound": { reason: "NotFound", means: "The security group does not exist, or is another VPC's", mend: "correct the SecurityGroupPolicy that names it" },
  "InvalidSubnetID.NotFound": { reason: "NotFound", means: "The subnet does not exist", mend: "correct the ENIConfig that names it" },
  "InvalidInstanceID.NotFound": { reason: "NotFound", means: "The instance does not exist in this Region and account", mend: "check the Region and the account" },
  SecurityGroupsPerInterfaceLimitExceeded: {
    reason: "TooManyGroups",
    means: "More security groups than an interface may have",
    mend: "match the pod with fewer policies, or have the account's quota raised (16 at most)"
  },
  SecurityGroupLimitExceeded: {
    reason: "TooManyGroups",
    means: "More security groups than an interface may have",
    mend: "match the pod with fewer policies, or have the account's quota raised (16 at most)"
  },
  NetworkInterfaceLimitExceeded: { reason: "LimitReached", means: "The account has as many interfaces as it may in this Region", mend: "have the quota raised" },
  AttachmentLimitExceeded: { reason: "LimitReached", means: "The instance carries as many interfaces as its type can" },
  "Resource.AlreadyAssociated": { reason: "AlreadyAssociated", means: "The branch is under a trunk already" },
  IdempotentParameterMismatch: { reason: "TokenSpent", means: "The client token was used with other parameters" },
  "InvalidNetworkInterface.InUse": { reason: "InUse", means: "The interface is in use" },
  "InvalidParameterValue.InUse": { reason: "InUse", means: "The interface is in use" },
  DependencyViolation: { reason: "InUse", means: "Something hangs on it" },
  InvalidParameterValue: { reason: "Rejected", means: "A parameter is not as EC2 takes it; a VLAN id or device index that is taken is told apart by the words" },
  InvalidParameterCombination: { reason: "Rejected", means: "Parameters do not go together" },
  IncorrectState: { reason: "Rejected", means: "The resource is not in a state for this" },
  IncorrectInstanceState: { reason: "Rejected", means: "The instance is not running or stopped" },
  TagLimitExceeded: { reason: "Rejected", means: "More than 50 tags", mend: "give the CNINode fewer tags" },
  Unavailable: { reason: "Unavailable", means: "EC2 is overloaded" },
  ServiceUnavailable: { reason: "Unavailable", means: "EC2 is overloaded" },
  InternalError: { reason: "Open", means: "EC2 failed; whether it did what was asked is open" },
  InternalFailure: { reason: "Open", means: "EC2 failed; whether it did what was asked is open" }
}
