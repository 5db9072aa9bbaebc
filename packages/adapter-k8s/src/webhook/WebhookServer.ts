import { Clock, Effect, type Scope, Stream, SubscriptionRef } from "effect"
import type { WebhookRequest, WebhookResponse } from "@branchline/core/admission/Webhook"
import { watchExpiry } from "./Expiry.js"
import { type Answered, counter, type WebhookFigures } from "./Figures.js"
import { handler } from "./Handler.js"
import { defaultLimits, type WebhookLimits } from "./Limits.js"
import * as Listening from "./Listening.js"
import type { TlsSource } from "./TlsSource.js"
import type { WebhookServerError } from "./WebhookServerError.js"

/** How a webhook server is made. */
export interface WebhookServerOptions {
  /** Default `0.0.0.0`. */
  readonly host?: string | undefined
  /** 0 to 65535; 0 for any that is free. Upstream's is 9443. */
  readonly port: number
  /** From `TlsFiles` or `SelfManagedTls`. */
  readonly tls: TlsSource
  /** Decides a review: the controller's `admit`, on every replica, leader or not. */
  readonly admit: (request: WebhookRequest) => Effect.Effect<WebhookResponse>
  /** Whether policies are known; asked until it is so. Before that reviews are answered 503: a pod that should be changed must not pass as it is without `failurePolicy` having a say. */
  readonly ready: Effect.Effect<boolean>
  readonly limits?: Partial<WebhookLimits> | undefined
  /** Told every answer, for metrics. */
  readonly onAnswer?: ((answer: Answered) => void) | undefined
}

/** A webhook server that listens. */
export interface WebhookServer {
  /** The one it listens at. */
  readonly port: number
  readonly figures: Effect.Effect<WebhookFigures>
}

/**
 * Serves the three admission webhooks over HTTPS until the scope ends: `POST /mutate-v1-pod`, `/validate-v1-pod`, `/validate-v1-node`, and
 * `GET /healthz` beside them.
 *
 * 200 carries an AdmissionReview, everything else a reason as text: 400 (no AdmissionReview, no JSON, no UTF-8), 404, 405, 408, 413, 415,
 * 431, 500 (a service account could not be read), 503 (not ready, overloaded, out of time). The API server treats those by the webhook's
 * `failurePolicy`, which whoever installs the webhook configurations chooses for each webhook:
 *
 * - `Ignore` (upstream's choice): pods start although no replica can be reached, but a pod that a policy selects then starts **without** its
 *   security groups, and stays so; and nothing guards the annotation.
 * - `Fail`: no pod that the webhook selects is created while no replica can be reached, the controller's own among them, unless its
 *   namespace is excluded.
 *
 * At the end of the scope it still serves for `limits.linger`, finishes what is in flight within `limits.finishing`, and closes every
 * connection. Fails with `WebhookServerError`, whose reason is `Address`.
 *
 * @example
 * const tls = yield* TlsFiles.make({ cert: "/tls/tls.crt", key: "/tls/tls.key" })
 * const { port } = yield* WebhookServer.make({ port: 9443, tls, admit: controller.admit, ready })
 */
export const make = (options: WebhookServerOptions): Effect.Effect<WebhookServer, WebhookServerError, Scope.Scope> =>
  Effect.gen(function*() {
    const limits: WebhookLimits = { ...defaultLimits, ...options.limits }
    const { onAnswer, tls } = options
    const clock = yield* Clock.Clock
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const counts = counter()
    const room = { held: 0, most: limits.heldBytes }
    const state = { inFlight: 0, closing: false }
    let failedHandshakes = 0
    let connections = 0

    const first = yield* SubscriptionRef.get(tls.pair)
    const server = Listening.prepare(first, limits, handler({
      limits,
      admit: options.admit,
      ready: options.ready,
      clock,
      fork: (effect) => run(effect),
      answered: (answer) => {
        counts.note(answer.path, answer.status)
        onAnswer?.(answer)
      },
      room,
      state
    }))
    server.on("tlsClientError", () => failedHandshakes++)
    server.on("connection", (socket) => {
      connections++
      socket.on("close", () => connections--)
    })

    const stop = Effect.gen(function*() {
      yield* Effect.sleep(limits.linger)
      state.closing = true
      yield* Listening.close(server, limits.finishing)
    })
    const port = yield* Effect.acquireRelease(Listening.listen(server, { host: options.host ?? "0.0.0.0", port: options.port }), () => stop)
    // What befalls a server that listens (too many open files) is no reason to end.
    server.on("error", (error) => run(Effect.logWarning("the webhook's listener had trouble", error)))

    let served = first.digest
    const follow = Stream.runForEach(SubscriptionRef.changes(tls.pair), (pair) =>
      Effect.sync(() => {
        if (pair.digest === served) return
        server.setSecureContext({ key: pair.key, cert: pair.cert, minVersion: "TLSv1.2" })
        served = pair.digest
      }))
    yield* Effect.forkScoped(follow)
    yield* Effect.forkScoped(watchExpiry(tls))

    return {
      port,
      figures: Effect.map(SubscriptionRef.get(tls.pair), (pair) => ({
        answers: counts.answers(),
        inFlight: state.inFlight,
        heldBytes: room.held,
        connections,
        failedHandshakes,
        certificateNotAfter: pair.notAfter
      }))
    }
  })
