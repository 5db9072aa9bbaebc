import { Result, Schema } from "effect"
import { Base64 } from "effect/encoding"
import { field, namespacedFields, StringMap } from "@branchline/core/model/Fields"
import { resource } from "@branchline/core/model/Resource"
import type { Issuer } from "./Issuer.js"
import { bundleOf, type Authority, type Holdings, type Serving, type Trusted } from "./Rotation.js"

/** `v1` Secret; values are base64. */
const Secret = Schema.Struct({ metadata: Schema.Struct(namespacedFields), data: field(StringMap) })
export type Secret = typeof Secret.Type

export const secrets = resource({ group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true }, Secret)

/** Our entries of the Secret. `tls.crt`, `tls.key` and `ca.crt` are named as everywhere; others of its entries are not touched. */
const entries = {
  cert: "tls.crt",
  key: "tls.key",
  authorityCert: "ca.crt",
  authorityKey: "ca.key",
  nextCert: "next-ca.crt",
  nextKey: "next-ca.key",
  trusted: "ca-bundle.crt"
} as const

const text = ({ data }: Secret, entry: string): string | undefined => {
  const value = data?.[entry]
  const decoded = value === undefined ? undefined : Base64.decodeString(value)
  return decoded === undefined || Result.isFailure(decoded) || decoded.success === "" ? undefined : decoded.success
}

/** One certificate after the other, each as {@link Issuer} writes it. */
const certificates = (bundle: string): ReadonlyArray<string> =>
  (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((cert) => `${cert.replaceAll("\r", "")}\n`)

/** What a Secret holds, and what in it cannot be used and counts as absent. */
export interface SecretContents {
  readonly holdings: Holdings
  readonly problems: ReadonlyArray<string>
}

/** Reads our part of the Secret. An empty one is as good as none: whoever installs us may have made it, so that we need no right to create Secrets. */
export const contentsOf = (secret: Secret, issuer: Issuer, names: ReadonlyArray<string>): SecretContents => {
  const problems: Array<string> = []
  const use = <A>(what: string, result: Result.Result<A, string>): A | undefined => {
    if (Result.isSuccess(result)) return result.success
    problems.push(`${what}: ${result.failure}`)
    return undefined
  }
  const authority = (certEntry: string, keyEntry: string): Authority | undefined => {
    const cert = certificates(text(secret, certEntry) ?? "")[0] ?? text(secret, certEntry)
    const key = text(secret, keyEntry)
    if (cert === undefined || key === undefined) return undefined
    const facts = use(certEntry, issuer.readAuthority(cert, key))
    return facts === undefined ? undefined : { cert, key, ...facts }
  }
  const trusted = certificates(text(secret, entries.trusted) ?? "").flatMap((cert): ReadonlyArray<Trusted> => {
    const facts = use(entries.trusted, issuer.readAuthority(cert))
    return facts === undefined ? [] : [{ cert, ...facts }]
  })
  const current = authority(entries.authorityCert, entries.authorityKey)
  const pair = { cert: text(secret, entries.cert), key: text(secret, entries.key) }
  const serving = (): Serving | undefined => {
    const { cert, key } = pair
    if (current === undefined || cert === undefined || key === undefined) return undefined
    const facts = use(entries.cert, issuer.readServing({ cert, key }, current.cert, names))
    return facts === undefined ? undefined : { cert, key, ...facts }
  }
  return { holdings: { current, next: authority(entries.nextCert, entries.nextKey), serving: serving(), trusted }, problems }
}

/** The Secret's `data` for these holdings; `null` for an entry that is to go. */
export const dataOf = ({ current, next, serving, trusted }: Holdings): { readonly [entry: string]: string | null } => {
  const value = (plain: string | undefined): string | null => plain === undefined ? null : Base64.encode(plain)
  return {
    [entries.cert]: value(serving?.cert),
    [entries.key]: value(serving?.key),
    [entries.authorityCert]: value(current?.cert),
    [entries.authorityKey]: value(current?.key),
    [entries.nextCert]: value(next?.cert),
    [entries.nextKey]: value(next?.key),
    [entries.trusted]: value(bundleOf(trusted))
  }
}
