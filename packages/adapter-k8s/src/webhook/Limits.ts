import { Duration } from "effect"

/** What one webhook server takes at most, so that nobody can make it use memory or connections without bound. */
export interface WebhookLimits {
  /**
   * Bytes of one body, default 7 MiB: the API server takes objects of at most 3 MiB, and the review of an update carries two of them.
   *
   * Source: Kubernetes, apiserver, `MaxRequestBodyBytes`.
   */
  readonly bodyBytes: number
  /** Bytes of all bodies that are being received, default 64 MiB; a request beyond them is answered 503. */
  readonly heldBytes: number
  /** Requests that are being received or decided, default 256; a request beyond them is answered 503. */
  readonly requests: number
  /** Connections, default 1,024; one beyond them is closed at once. */
  readonly connections: number
  /** Time for a decision, default 8 seconds: below the webhooks' `timeoutSeconds` of 10, so that the API server hears why. Answered 503. */
  readonly decision: Duration.Duration
  /** Time in which a request must have come in whole, default 10 seconds; Node looks every second. Answered 408. */
  readonly receiving: Duration.Duration
  /** How long a connection may be idle, default 2 minutes: longer than the API server's 90 seconds, so that it is the one that closes. */
  readonly idle: Duration.Duration
  /** How long new requests are still served after the end was asked for, default 1 second: API servers hear of it only through the endpoints. */
  readonly linger: Duration.Duration
  /** How long requests in flight are waited for after that, default 3 seconds; their connections are then cut. */
  readonly finishing: Duration.Duration
}

const mebibyte = 1_048_576

export const defaultLimits: WebhookLimits = {
  bodyBytes: 7 * mebibyte,
  heldBytes: 64 * mebibyte,
  requests: 256,
  connections: 1_024,
  decision: Duration.seconds(8),
  receiving: Duration.seconds(10),
  idle: Duration.minutes(2),
  linger: Duration.seconds(1),
  finishing: Duration.seconds(3)
}
