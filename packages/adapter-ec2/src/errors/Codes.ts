import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"

/** What an error code of EC2's means: the core's reason, in words, and what a person can do about it. */
export interface Meaning {
  /** `Open`: `UnknownOutcome` for a call that changes something, else `Unavailable`. */
  readonly reason: Exclude<Ec2Reason["_tag"], "UnknownOutcome" | "Taken"> | "Open"
  readonly means: string
  readonly mend?: string
}

/** What a person does about a clock; how far it is off may follow. */
export const setClock = "set this machine's clock right (NTP)"

const throttled: Meaning = { reason: "Throttled", means: "The action's token bucket is empty" }

const unknownWho = (means: string, mend: string): Meaning => ({ reason: "Unauthenticated", means, mend })

const clock = unknownWho("The request was signed at another time than EC2's clock shows", setClock)
const signature = unknownWho("The signature is wrong", "check the secret access key and this machine's clock")
const ended = unknownWho("The credentials have ended", "let them be renewed: the token's file, the pod identity agent, or the profile")
const identityToken = unknownWho("The web identity token is not accepted", "check the service account's annotation and the cluster's OIDC provider")
const role = unknownWho("The role may not be assumed", "check the role's trust policy and the external id")

const subnetFull: Meaning = { reason: "SubnetFull", means: "The subnet has no free address", mend: "free addresses, or give the nodes a larger subnet" }
const unknownGroup: Meaning = {
  reason: "NotFound",
  means: "The security group does not exist, or is another VPC's",
  mend: "correct the SecurityGroupPolicy that names it"
}
const tooManyGroups: Meaning = {
  reason: "TooManyGroups",
  means: "More security groups than an interface may have",
  mend: "match the pod with fewer policies, or have the account's quota raised (16 at most)"
}
const inUse: Meaning = { reason: "InUse", means: "The interface is in use" }
const overloaded: Meaning = { reason: "Unavailable", means: "EC2 is overloaded" }
const failed: Meaning = { reason: "Open", means: "EC2 failed; whether it did what was asked is open" }
const notEc2: Meaning = { reason: "Open", means: "Something answers that does not speak as EC2 does: a proxy, or another server", mend: "check the endpoint" }

/**
 * The codes that are told apart. Source: contract §6; Amazon EC2 API Reference, "Error codes for the Amazon EC2 API"; AWS General Reference, "Common
 * errors"; of STS, AWS STS API Reference; of throttling, the AWS SDK's own list (@smithy/core, service-error-classification).
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
  BandwidthLimitExceeded: throttled,
  PriorRequestNotComplete: throttled,
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
  SignatureDoesNotMatch: signature,
  InvalidSignatureException: signature,
  IncompleteSignature: unknownWho("The signature is incomplete", "check the credentials"),
  MissingAuthenticationToken: unknownWho("The request is not signed", "give the controller credentials"),
  ExpiredToken: ended,
  ExpiredTokenException: ended,
  InvalidIdentityToken: identityToken,
  InvalidIdentityTokenException: identityToken,
  IDPRejectedClaim: identityToken,
  IDPRejectedClaimException: identityToken,
  AccessDenied: role,
  AccessDeniedException: role,
  RequestExpired: unknownWho("The request was signed at another time than EC2's clock shows, or the credentials have ended", `${setClock}, or let the credentials be renewed`),
  RequestInTheFuture: clock,
  RequestTimeTooSkewed: clock,
  OptInRequired: unknownWho("The account is not subscribed to EC2 in this Region", "enable the Region for the account"),
  RegionDisabledException: unknownWho("STS is not activated in this Region for the account", "activate STS in the Region, or name another endpoint of STS"),
  Blocked: unknownWho("The account is blocked", "ask AWS"),
  PendingVerification: unknownWho("The account is being verified", "wait, or ask AWS"),
  InsufficientFreeAddressesInSubnet: subnetFull,
  InsufficientCidrBlocks: { ...subnetFull, means: "The subnet has no free block of addresses" },
  "InvalidNetworkInterfaceID.NotFound": { reason: "NotFound", means: "The interface does not exist, or is not seen yet" },
  "InvalidAssociationID.NotFound": { reason: "NotFound", means: "The association does not exist" },
  "InvalidAttachmentID.NotFound": { reason: "NotFound", means: "The attachment does not exist" },
  "InvalidGroup.NotFound": unknownGroup,
  "InvalidSecurityGroupID.NotFound": unknownGroup,
  "InvalidSubnetID.NotFound": { reason: "NotFound", means: "The subnet does not exist", mend: "correct the ENIConfig that names it" },
  "InvalidInstanceID.NotFound": { reason: "NotFound", means: "The instance does not exist in this Region and account", mend: "check the Region and the account" },
  SecurityGroupsPerInterfaceLimitExceeded: tooManyGroups,
  SecurityGroupLimitExceeded: tooManyGroups,
  NetworkInterfaceLimitExceeded: { reason: "LimitReached", means: "The account has as many interfaces as it may in this Region", mend: "have the quota raised" },
  AttachmentLimitExceeded: { reason: "LimitReached", means: "The instance carries as many interfaces as its type can" },
  "Resource.AlreadyAssociated": { reason: "AlreadyAssociated", means: "The branch is under a trunk already" },
  IdempotentParameterMismatch: { reason: "TokenSpent", means: "The client token was used with other parameters" },
  "InvalidNetworkInterface.InUse": inUse,
  "InvalidParameterValue.InUse": inUse,
  DependencyViolation: { reason: "InUse", means: "Something hangs on it" },
  InvalidParameterValue: { reason: "Rejected", means: "A parameter is not as EC2 takes it, where its words name nothing else" },
  InvalidParameterCombination: { reason: "Rejected", means: "Parameters do not go together" },
  IncorrectState: { reason: "Rejected", means: "The resource is not in a state for this" },
  IncorrectInstanceState: { reason: "Rejected", means: "The instance is not running or stopped" },
  UnsupportedOperation: { reason: "Rejected", means: "EC2 does not do this here, for instance with this type of instance" },
  FilterLimitExceeded: { reason: "Rejected", means: "More filters or values than a describe takes" },
  TagLimitExceeded: { reason: "Rejected", means: "More than 50 tags", mend: "give the CNINode fewer tags" },
  DryRunOperation: { reason: "Rejected", means: "It is allowed, and was not to be done" },
  Unavailable: overloaded,
  ServiceUnavailable: overloaded,
  InternalError: failed,
  InternalFailure: failed,
  RequestTimeout: failed,
  RequestTimeoutException: failed,
  // What the SDK calls an answer without a code.
  Unknown: notEc2,
  NotFound: notEc2
}

/** Codes that are in no list, by what they are made like. Source: Amazon EC2 API Reference, "Error codes", whose names follow these patterns. */
export const families: ReadonlyArray<{ readonly like: string; readonly pattern: RegExp; readonly meaning: Meaning }> = [
  { like: "….NotFound", pattern: /\.NotFound$/, meaning: { reason: "NotFound", means: "It does not exist" } },
  { like: "….InUse", pattern: /\.InUse$/, meaning: { reason: "InUse", means: "It is in use" } },
  { like: "…LimitExceeded", pattern: /LimitExceeded$/, meaning: { reason: "LimitReached", means: "A limit of the account's, or of the instance type's", mend: "have the quota raised" } },
  { like: "…Throttl…", pattern: /throttl/i, meaning: throttled }
]
