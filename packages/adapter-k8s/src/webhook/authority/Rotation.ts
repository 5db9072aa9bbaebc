import { Duration } from "effect"
import type { KeyPair } from "../TlsSource.js"
import type { ServingFacts, Validity } from "./Issuer.js"

/** An authority's certificate, without its key: what may be trusted. */
export interface Trusted extends Validity {
  readonly cert: string
}

/** An authority that can sign. */
export interface Authority extends Trusted, KeyPair {}

/** The certificate that all replicas serve. */
export interface Serving extends ServingFacts, KeyPair {}

/** What the Secret holds. */
export interface Holdings {
  /** Signs the serving certificate. */
  readonly current: Authority | undefined
  /** Signs nothing yet: it is only announced, so that every API server trusts it before it does. */
  readonly next: Authority | undefined
  /** Signed by `current`. */
  readonly serving: Serving | undefined
  /** In the `caBundle`: the authorities that are there, and those before, as long as what they signed can be valid. */
  readonly trusted: ReadonlyArray<Trusted>
}

export const nothing: Holdings = { current: undefined, next: undefined, serving: undefined, trusted: [] }

/** How long things live. */
export interface Lifetimes {
  /** Of an authority, default 1 year. */
  readonly authority: Duration.Duration
  /** Rest of an authority's life in which its successor is announced, default 120 days; at most half of its life. */
  readonly authorityRenewal: Duration.Duration
  /** Of a serving certificate, default 90 days; it never outlives its authority. */
  readonly serving: Duration.Duration
  /** Rest of a serving certificate's life in which it is replaced, default 30 days; at most half of its life. */
  readonly servingRenewal: Duration.Duration
  /** How long every webhook configuration must have trusted a new authority before it signs, default 5 minutes: API servers learn by a watch. */
  readonly settling: Duration.Duration
}

export const defaultLifetimes: Lifetimes = {
  authority: Duration.days(365),
  authorityRenewal: Duration.days(120),
  serving: Duration.days(90),
  servingRenewal: Duration.days(30),
  settling: Duration.minutes(5)
}

/** The one thing that is to be done next. */
export type Due =
  | { readonly _tag: "Nothing" }
  /** There is no authority that can sign: make one, and a certificate. */
  | { readonly _tag: "Begin" }
  | { readonly _tag: "AnnounceAuthority" }
  /** The announced authority takes over, and signs a certificate. */
  | { readonly _tag: "ChangeAuthority"; readonly next: Authority }
  | { readonly _tag: "Sign"; readonly authority: Authority; readonly names: ReadonlyArray<string> }
  /** Authorities have expired, or one that should be trusted is not among the trusted. */
  | { readonly _tag: "Tidy" }

/** What is known beside the holdings. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number
  /** What the serving certificate has to be good for. */
  readonly names: ReadonlyArray<string>
  /** The bundle (PEM) that every webhook configuration has, and since when; undefined where they have different ones. */
  readonly trusting: { readonly bundle: string; readonly since: number } | undefined
  readonly lifetimes: Lifetimes
}

const expired = ({ notAfter }: Validity, now: number): boolean => notAfter <= now

/** Rest of a life in which to renew, milliseconds: never more than half of it, or what is new would be due already. */
const renewal = (life: Duration.Duration, rest: Duration.Duration): number =>
  Math.min(Duration.toMillis(rest), Duration.toMillis(life) / 2)

/** Clocks differ: what is made now has been valid for an hour. */
const backdated = 3_600_000

export const authorityValidity = ({ lifetimes, now }: Circumstances): Validity => ({
  notBefore: now - backdated,
  notAfter: now + Duration.toMillis(lifetimes.authority)
})

/** No certificate outlives its authority: when an authority has expired, nothing that it signed is valid, and it need not be trusted. */
export const servingValidity = ({ lifetimes, now }: Circumstances, authority: Validity): Validity => ({
  notBefore: Math.max(now - backdated, authority.notBefore),
  notAfter: Math.min(now + Duration.toMillis(lifetimes.serving), authority.notAfter)
})

/** All that is to be trusted, in the order in which it came. */
export const trustedNow = ({ current, next, trusted }: Holdings, now: number): ReadonlyArray<Trusted> => {
  const all = [...trusted, ...[current, next].filter((one) => one !== undefined)]
  return all
    .filter((one, index) => !expired(one, now) && all.findIndex(({ cert }) => cert === one.cert) === index)
    .map(({ cert, notAfter, notBefore }) => ({ cert, notAfter, notBefore }))
}

/** The `caBundle`'s text, PEM. */
export const bundleOf = (trusted: ReadonlyArray<Trusted>): string =>
  trusted.map(({ cert }) => cert.endsWith("\n") ? cert : `${cert}\n`).join("")

const sameCertificates = (left: ReadonlyArray<Trusted>, right: ReadonlyArray<Trusted>): boolean =>
  left.length === right.length && left.every(({ cert }, index) => cert === right[index]?.cert)

const signature = (authority: Authority, serving: Serving | undefined, circumstances: Circumstances): Due | undefined => {
  const { lifetimes, names, now } = circumstances
  if (serving === undefined) return { _tag: "Sign", authority, names }
  if (serving.missing.length > 0) {
    // The other names may be another replica's, of the version before or after: two replicas must not take turns.
    return { _tag: "Sign", authority, names: [...new Set([...names, ...serving.names])] }
  }
  const rest = renewal(lifetimes.serving, lifetimes.servingRenewal)
  const isEnding = serving.notAfter - now <= rest
  const gained = servingValidity(circumstances, authority).notAfter - serving.notAfter
  // Towards an authority's end a new certificate would live no longer than the old one.
  return isEnding && gained > rest / 4 ? { _tag: "Sign", authority, names } : undefined
}

/**
 * What is due. Replicas that see the same holdings come to the same answer; whoever writes first wins, and the others read what it wrote.
 *
 * An authority is replaced in three steps: its successor is announced (both are trusted, the old one signs), takes over once every webhook
 * configuration has been trusting it for a while, and the old one, whose key is gone by then, stays trusted until it expires. So at no moment
 * does a replica serve a certificate that is not trusted, however late it hears of a change.
 */
export const due = (holdings: Holdings, circumstances: Circumstances): Due => {
  const { lifetimes, now, trusting } = circumstances
  const { current, serving } = holdings
  const next = holdings.next === undefined || expired(holdings.next, now) ? undefined : holdings.next
  if (current === undefined || expired(current, now)) return next === undefined ? { _tag: "Begin" } : { _tag: "ChangeAuthority", next }
  const isTrusted = trusting?.bundle === bundleOf(trustedNow(holdings, now))
  const isSettled = isTrusted && now - trusting.since >= Duration.toMillis(lifetimes.settling)
  if (next !== undefined && isSettled) return { _tag: "ChangeAuthority", next }
  if (next === undefined && current.notAfter - now <= renewal(lifetimes.authority, lifetimes.authorityRenewal)) return { _tag: "AnnounceAuthority" }
  const signed = signature(current, serving, circumstances)
  if (signed !== undefined) return signed
  return sameCertificates(holdings.trusted, trustedNow(holdings, now)) ? { _tag: "Nothing" } : { _tag: "Tidy" }
}
