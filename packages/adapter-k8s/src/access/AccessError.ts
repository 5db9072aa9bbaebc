import { Data } from "effect"

/** Why the API server cannot even be asked. */
export type AccessReason =
  /** No kubeconfig was named or found, and this is not a pod. */
  | "NoConfiguration"
  /** A file that the configuration names is missing, unreadable, or not what it should be. */
  | "Unreadable"
  /** The configuration contradicts itself: a context, cluster or user is missing or incomplete. */
  | "Incomplete"
  /** A certificate or key cannot be used: no PEM, not a pair, expired. */
  | "Certificate"
  /** A credential plugin, token file or identity provider gave no credential. */
  | "Credentials"

/** Where the API server is, or who we are for it, cannot be told. The message names the place and the mend. */
export class AccessError extends Data.TaggedError("AccessError")<{
  readonly reason: AccessReason
  readonly message: string
}> {
  /** Whether it can go away although nobody mends anything: a plugin may fail once. */
  get isRetryable(): boolean {
    return this.reason === "Credentials"
  }
}

/** What somebody threw, as words. */
export const wordsOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)
