import { createPrivateKey, X509Certificate } from "node:crypto"
import { isIP } from "node:net"
import { Clock, Effect, Result } from "effect"
import type { SelfsignedOptions } from "selfsigned"
import { type KeyPair, validity } from "../TlsSource.js"

/** From when to when a certificate is valid, milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

/** What a serving certificate says. */
export interface ServingFacts extends Validity {
  readonly names: ReadonlyArray<string>
  /** Those of the wanted names that it is not good for. */
  readonly missing: ReadonlyArray<string>
}

/** Makes certificates and reads them. Keys come from the platform's source of randomness, never from a seed. */
export interface Issuer {
  readonly authority: (validity: Validity) => Effect.Effect<KeyPair>
  /** @param names DNS names and IP addresses */
  readonly serving: (authority: KeyPair, names: ReadonlyArray<string>, validity: Validity) => Effect.Effect<KeyPair>
  /** How long an authority's certificate is valid; with its key, whether they belong together. */
  readonly readAuthority: (cert: string, key?: string) => Result.Result<Validity, string>
  /** What a serving certificate says, if that authority signed it and the key is its own. */
  readonly readServing: (pair: KeyPair, authority: string, wanted: ReadonlyArray<string>) => Result.Result<ServingFacts, string>
}

const issue = (commonName: string, validity: Validity, options: SelfsignedOptions): Effect.Effect<KeyPair> =>
  Effect.promise(async () => (await import("./Certify.js")).certify(commonName, validity, options))

const unreadable = (error: unknown): string => error instanceof Error ? error.message : String(error)

const certificateOf = (pem: string): Result.Result<X509Certificate, string> =>
  Result.try({ try: () => new X509Certificate(pem), catch: unreadable })

const belongs = (certificate: X509Certificate, key: string): Result.Result<void, string> =>
  Result.flatMap(
    Result.try({ try: () => certificate.checkPrivateKey(createPrivateKey(key)), catch: unreadable }),
    (isOwn) => isOwn ? Result.succeed(undefined) : Result.fail("the key is not the certificate's")
  )

const covers = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined

/** `DNS:a.example, IP Address:10.0.0.1`, as OpenSSL prints it. */
const namesOf = ({ subjectAltName = "" }: X509Certificate): ReadonlyArray<string> =>
  subjectAltName.split(", ").flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? [])

/** X.509 certificates with P-256 keys. */
export const x509: Issuer = {
  // Each authority has a name of its own, so that whoever verifies a chain finds the right one of several in force.
  authority: (validity) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      issue(`branchline-webhook-ca-${now}`, validity, {
        extensions: [
          { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
          { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true }
        ]
      })),
  serving: (authority, names, validity) =>
    issue("branchline-webhook", validity, {
      ca: { key: authority.key, cert: authority.cert },
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        {
          name: "subjectAltName",
          altNames: names.map((name) => isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name })
        }
      ]
    }),
  readAuthority: (cert, key) =>
    Result.gen(function*() {
      const certificate = yield* certificateOf(cert)
      if (!certificate.ca) return yield* Result.fail("it is no certificate of an authority")
      if (key !== undefined) yield* belongs(certificate, key)
      return validity(certificate)
    }),
  readServing: (pair, authority, wanted) =>
    Result.gen(function*() {
      const certificate = yield* certificateOf(pair.cert)
      yield* belongs(certificate, pair.key)
      const signer = yield* certificateOf(authority)
      if (!certificate.verify(signer.publicKey)) return yield* Result.fail("another authority has signed it")
      return { ...validity(certificate), names: namesOf(certificate), missing: wanted.filter((name) => !covers(certificate, name)) }
    })
}
