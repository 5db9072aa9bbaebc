import { Data } from "effect"

/**
 * Why the webhook server, or what it needs for TLS, could not start. Not retryable where the reason is `Certificate` or `Forbidden`:
 * somebody has to change something first. `Address` is retryable once the address is free, `Unreachable` when the API server is back.
 */
export class WebhookServerError extends Data.TaggedError("WebhookServerError")<{
  readonly reason: "Address" | "Certificate" | "Forbidden" | "Unreachable"
  /** What was wrong where, and the mend, in one sentence. */
  readonly message: string
}> {
  get isRetryable(): boolean {
    return this.reason === "Address" || this.reason === "Unreachable"
  }
}
