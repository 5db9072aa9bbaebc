import { Clock, Effect, Result } from "effect"
import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createSecureContext } from "node:tls"
import { AccessError, wordsOf } from "./AccessError.js"
import type { Credential } from "./Credentials.js"
import type { Target } from "./Target.js"

/** What a handshake needs. */
export interface TlsMaterial {
  /** PEM; the system's authorities where it is undefined. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean
}

/** Whether two handshakes would be the same. */
export const isSame = (one: TlsMaterial, other: TlsMaterial): boolean =>
  one.ca === other.ca && one.cert === other.cert && one.key === other.key && one.servername === other.servername &&
  one.rejectUnauthorized === other.rejectUnauthorized

const unusable = (message: string) => new AccessError({ reason: "Certificate", message })

const pem = Effect.fnUntraced(function*(what: string, file: string | undefined, data: string | undefined) {
  if (file === undefined) return data === undefined || data === null ? undefined : Buffer.from(data, "base64").toString("utf8")
  return yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) => new AccessError({ reason: "Unreadable", message: `${what} cannot be read: ${wordsOf(cause)}` })
  })
})

/** What is wrong with it, before a server could say so in fewer words. */
const check = Effect.fnUntraced(function*({ cluster, source, user }: Target, { ca, cert, key }: TlsMaterial) {
  const authority = Result.try({ try: () => createSecureContext({ ca }), catch: wordsOf })
  if (Result.isFailure(authority) || ca?.includes("-----BEGIN CERTIFICATE-----") === false) {
    return yield* unusable(`the certificate-authority of cluster ${cluster.name} in ${source} is no PEM certificate`)
  }
  if ((cert === undefined) !== (key === undefined)) {
    return yield* unusable(`user ${user.name} of ${source} has a client ${cert === undefined ? "key without its certificate" : "certificate without its key"}`)
  }
  if (cert === undefined) return
  const pair = Result.try({ try: () => createSecureContext({ cert, key }), catch: wordsOf })
  if (Result.isFailure(pair)) {
    return yield* unusable(`the client certificate and key of user ${user.name} in ${source} cannot be used together: ${pair.failure}`)
  }
  const end = new X509Certificate(cert).validToDate.getTime()
  if (end <= (yield* Clock.currentTimeMillis)) {
    return yield* unusable(
      `the client certificate of user ${user.name} in ${source} expired at ${new X509Certificate(cert).validTo}: get a new one, or set this machine's clock`
    )
  }
})

/** Certificates and keys as they are now in kubeconfig, files and credential. */
export const read = Effect.fnUntraced(function*(target: Target, credential: Credential) {
  const { cluster, source, user } = target
  const material: TlsMaterial = {
    ca: yield* pem(`the certificate-authority of cluster ${cluster.name} in ${source}`, cluster.caFile, cluster.caData),
    cert: credential.cert ?? (yield* pem(`the client-certificate of user ${user.name} in ${source}`, user.certFile, user.certData)),
    key: credential.key ?? (yield* pem(`the client-key of user ${user.name} in ${source}`, user.keyFile, user.keyData)),
    servername: cluster.tlsServerName || undefined,
    rejectUnauthorized: !cluster.skipTLSVerify
  }
  yield* check(target, material)
  return material
})
