import { Data } from "effect"

/** Why a call to the API server did not do what was asked. */
export type KubernetesReason =
  /** There is no such object, or (on `create`) no such namespace. Not retryable. */
  | { readonly _tag: "NotFound" }
  /** `create`: the name is taken. Not retryable. */
  | { readonly _tag: "AlreadyExists" }
  /** The `resourceVersion` or UID that was a precondition is no longer the object's. Not retryable as it stands: read again first. */
  | { readonly _tag: "Conflict" }
  /** 422: the object would be invalid; also a merge patch whose `metadata.uid` differs, and a JSON Patch whose `test` fails. Not retryable. */
  | { readonly _tag: "Invalid"; readonly causes: ReadonlyArray<{ readonly field: string; readonly message: string }> }
  /** 400: the request makes no sense to the server. Not retryable. */
  | { readonly _tag: "BadRequest" }
  /** RBAC or admission says no. Not retryable by itself: somebody has to change something first. */
  | { readonly _tag: "Forbidden" }
  /** 410: the resource version or continue token is too old. Not retryable as it stands: list again. */
  | { readonly _tag: "Expired" }
  /** 429. Retryable, not before `retryAfter` milliseconds where the server says so. */
  | { readonly _tag: "TooManyRequests"; readonly retryAfter: number | undefined }
  /** 503 of the API server itself, no connection, or any 5xx and a lost answer of a read: surely nothing was done. Retryable. */
  | { readonly _tag: "Unavailable" }
  /** A write whose answer was lost, or was any other 5xx: the effect may or may not have taken place. Retryable after a look at what is there. */
  | { readonly _tag: "UnknownOutcome" }
  /** What came back contradicts our schema. Not retryable: it stays so until the object changes. */
  | { readonly _tag: "Malformed" }

const retryable: ReadonlySet<KubernetesReason["_tag"]> = new Set(["TooManyRequests", "Unavailable", "UnknownOutcome"])

/** The one error of the {@link Kubernetes} port. */
export class KubernetesError extends Data.TaggedError("KubernetesError")<{
  /** Verb and object, for people: `patch pods default/aws-cli`. */
  readonly operation: string
  readonly reason: KubernetesReason
  /** The server's own words. */
  readonly message: string
}> {
  /** Whether the same call can succeed later although nobody mends anything. */
  get isRetryable(): boolean {
    return retryable.has(this.reason._tag)
  }
}
