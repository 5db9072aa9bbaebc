import { type Agent, request } from "node:https"
import { DateTime, Effect, Result, SubscriptionRef } from "effect"
import { type Validity, x509 } from "../../src/webhook/authority/Issuer.js"
import { type KeyPair, servingPair, type TlsSource } from "../../src/webhook/TlsSource.js"

/** So long that it counts whether time is the host's or a test's. */
const always: Validity = { notBefore: 0, notAfter: DateTime.toEpochMillis(DateTime.makeUnsafe("2049-01-01T00:00:00Z")) }

/** An authority, and a certificate of its for loopback. */
export const makePair = (names: ReadonlyArray<string> = ["127.0.0.1"], validity = always) =>
  Effect.gen(function*() {
    const authority = yield* x509.authority(validity)
    return { ca: authority.cert, authority, pair: yield* x509.serving(authority, names, validity) }
  })

export const sourceOf = (pair: KeyPair): Effect.Effect<TlsSource> =>
  Effect.gen(function*() {
    const serving = yield* Effect.orDie(Effect.fromResult(Result.mapError(servingPair(pair), (problem) => new Error(problem))))
    return { pair: yield* SubscriptionRef.make(serving) }
  })

export interface Call {
  readonly port: number
  readonly ca: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** One that keeps connections; none by default. */
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: string
  /** Whose certificate was served: the leaf's fingerprint. */
  readonly fingerprint: string | undefined
}

/** One request over TLS that trusts nothing but `ca`; fails with the error's code where there is no answer. */
export const call = ({ agent, body = "{}", ca, headers, method = "POST", path = "/mutate-v1-pod", port }: Call): Effect.Effect<Answer, string> =>
  Effect.callback((resume) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      ca,
      path,
      method,
      agent: agent ?? false,
      headers: { "Content-Type": "application/json", ...headers }
    }, (response) => {
      const chunks: Array<Buffer> = []
      const socket = response.socket
      const fingerprint = "getPeerCertificate" in socket && typeof socket.getPeerCertificate === "function"
        ? (socket.getPeerCertificate() as { fingerprint256?: string }).fingerprint256
        : undefined
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString(), fingerprint })))
      response.on("error", (error) => resume(Effect.fail(String(error))))
    })
    sent.on("error", (error) => resume(Effect.fail("code" in error && typeof error.code === "string" ? error.code : error.message)))
    sent.end(method === "GET" || method === "HEAD" ? undefined : body)
  })
