import { Data } from "effect"

/** What an EC2 id in a request names. */
export type Ec2Thing = "instance" | "subnet" | "security group" | "trunk" | "branch" | "interface" | "association"

/** Why an EC2 call did not do what was asked. The codes are those of contract §6. */
export type Ec2Reason =
  /** `RequestLimitExceeded`: a token bucket is empty. Retryable. */
  | { readonly _tag: "Throttled" }
  /** `UnauthorizedOperation`. Not retryable by itself: somebody has to change a role first. */
  | { readonly _tag: "Unauthorized" }
  /** `AuthFailure`, `ExpiredToken`, no credentials at all: EC2 does not know who asks. Retryable: credentials are renewed, clocks are set right. */
  | { readonly _tag: "Unauthenticated" }
  /** `InsufficientFreeAddressesInSubnet`, `InsufficientCidrBlocks`. Retryable, for the subnet as a whole. */
  | { readonly _tag: "SubnetFull"; readonly subnetId: string }
  /** `Invalid….NotFound`. Not retryable as it stands, but EC2 is eventually consistent: what was just made may not be seen yet. */
  | { readonly _tag: "NotFound"; readonly thing: Ec2Thing; readonly id: string }
  /** `SecurityGroupsPerInterfaceLimitExceeded`. Not retryable. */
  | { readonly _tag: "TooManyGroups" }
  /** `NetworkInterfaceLimitExceeded`, `AttachmentLimitExceeded`, or a trunk that carries all it can. Retryable: room may come. */
  | { readonly _tag: "LimitReached" }
  /** The VLAN id or the device index is taken. Not retryable with the same one. */
  | { readonly _tag: "Taken"; readonly what: "vlan" | "device index" }
  /** The branch is associated already. Not retryable: it is done. */
  | { readonly _tag: "AlreadyAssociated" }
  /** `IdempotentParameterMismatch`: the client token was used with other parameters. Not retryable with the same token. */
  | { readonly _tag: "TokenSpent" }
  /** The interface is still in use somewhere. Retryable: it may be let go. */
  | { readonly _tag: "InUse" }
  /** `InvalidParameterValue` and its like. Not retryable. */
  | { readonly _tag: "Rejected" }
  /** 503, a 5xx for a describe, or no connection: surely nothing was done. Retryable. */
  | { readonly _tag: "Unavailable" }
  /** The answer was lost, or is a 5xx that leaves it open: the effect may or may not have taken place. Retryable with the same token, or after a look. */
  | { readonly _tag: "UnknownOutcome" }

const retryable: ReadonlySet<Ec2Reason["_tag"]> = new Set([
  "Throttled",
  "Unauthenticated",
  "SubnetFull",
  "LimitReached",
  "InUse",
  "Unavailable",
  "UnknownOutcome"
])

/** The one error of the {@link Ec2} port. */
export class Ec2Error extends Data.TaggedError("Ec2Error")<{
  /** EC2's name of the action: `CreateNetworkInterface`. */
  readonly action: string
  /** EC2's error code where there was an answer, else a word for what happened instead. */
  readonly code: string
  readonly reason: Ec2Reason
  /** EC2's own words. */
  readonly message: string
  /** What a person can do about it, one sentence without its full stop; undefined where nobody has to do anything. */
  readonly mend?: string | undefined
  readonly requestId?: string | undefined
  /** It waited in line for an EC2 that lets nothing through until its caller's patience was over (`controller/Pacing`); the next try waits there again. */
  readonly heldBack?: boolean | undefined
}> {
  /** Whether the same call can succeed later although nobody mends anything. */
  get isRetryable(): boolean {
    return retryable.has(this.reason._tag)
  }
}
