import { Data } from "effect"

/** Why EC2 cannot be worked with. */
export type AccessReason =
  /** Nobody says who asks. */
  | "no credentials"
  /** Nobody says where. */
  | "no region"
  /** Nobody answers there. */
  | "unreachable"
  /** AWS does not know, or no longer knows, who asks. */
  | "refused"
  /** This machine's clock is off. */
  | "clock"
  /** The cluster role may not be assumed. */
  | "role"
  /** Some action is not allowed. */
  | "unauthorized"

/** EC2 cannot be worked with as it is set up; the message names the place and the mend. Retryable where waiting can help: `unreachable`. */
export class AccessError extends Data.TaggedError("AccessError")<{
  readonly reason: AccessReason
  readonly message: string
}> {
  get isRetryable(): boolean {
    return this.reason === "unreachable"
  }
}
