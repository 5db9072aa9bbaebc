import { createHash, createPrivateKey, X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { Result, type SubscriptionRef } from "effect"

/** A private key and the certificate (with its chain, leaf first) that belongs to it, PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

/** A pair that was found fit to be served. */
export interface ServingPair extends KeyPair {
  /** SHA-256 of both texts, hex: which pair it is, without telling the key. */
  readonly digest: string
  /** The first and the last moment at which clients accept the certificate, milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Where the webhook server gets its certificate: the pair in force, and every one that follows. Subscribers see the present one first. */
export interface TlsSource {
  readonly pair: SubscriptionRef.SubscriptionRef<ServingPair>
}

/** Which pair it is: two texts with the same digest are the same pair. */
export const digestOf = ({ cert, key }: KeyPair): string => createHash("sha256").update(cert).update("\0").update(key).digest("hex")

const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const attempt = <A>(what: string, run: () => A): Result.Result<A, string> =>
  Result.try({ try: run, catch: (error) => `${what}: ${reasonOf(error)}` })

/** What a certificate says of its own life, milliseconds since 1970. */
export const validity = (certificate: X509Certificate): { readonly notBefore: number; readonly notAfter: number } => ({
  notBefore: certificate.validFromDate.getTime(),
  notAfter: certificate.validToDate.getTime()
})

/**
 * The pair, if TLS can be served with it; else what is wrong: no PEM, a key of another certificate, an algorithm that OpenSSL refuses. Whether
 * it is still valid is not asked: an expired certificate is better than none for those who do not check.
 */
export const servingPair = (pair: KeyPair): Result.Result<ServingPair, string> =>
  Result.gen(function*() {
    const certificate = yield* attempt("the certificate cannot be read", () => new X509Certificate(pair.cert))
    const key = yield* attempt("the key cannot be read", () => createPrivateKey(pair.key))
    if (!certificate.checkPrivateKey(key)) return yield* Result.fail("the key is not the certificate's")
    yield* attempt("TLS cannot be served with it", () => createSecureContext(pair))
    return { ...pair, digest: digestOf(pair), ...validity(certificate) }
  })
