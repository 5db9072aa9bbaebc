import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { contentsOf, dataOf, type Secret } from "../../src/webhook/authority/CertificateSecret.js"
import { x509 } from "../../src/webhook/authority/Issuer.js"
import { nothing, trustedNow } from "../../src/webhook/authority/Rotation.js"
import { makePair } from "./support.js"

const names = ["webhook.kube-system.svc", "127.0.0.1", "::1"]
const life = { notBefore: 1_000_000, notAfter: 5_000_000 }

it.effect("signs certificates that say what they were asked to say", () =>
  Effect.gen(function*() {
    const authority = yield* x509.authority(life)
    const pair = yield* x509.serving(authority, names, { notBefore: 2_000_000, notAfter: 4_000_000 })
    expect(x509.readAuthority(authority.cert, authority.key)).toEqual(Result.succeed(life))
    const facts = Result.getOrThrow(x509.readServing(pair, authority.cert, [...names, "other.svc", "10.0.0.1"]))
    expect(facts).toMatchObject({ notBefore: 2_000_000, notAfter: 4_000_000, missing: ["other.svc", "10.0.0.1"] })
    expect(facts.names).toContain("webhook.kube-system.svc")
  }))

it.effect("tells what does not belong together", () =>
  Effect.gen(function*() {
    const [one, two] = [yield* makePair(), yield* makePair()]
    expect(x509.readServing(one.pair, two.ca, [])).toEqual(Result.fail("another authority has signed it"))
    expect(x509.readServing({ ...one.pair, key: two.pair.key }, one.ca, [])).toEqual(Result.fail("the key is not the certificate's"))
    expect(x509.readAuthority(one.ca, two.authority.key)).toEqual(Result.fail("the key is not the certificate's"))
    expect(x509.readAuthority(one.pair.cert)).toEqual(Result.fail("it is no certificate of an authority"))
    expect(Result.isFailure(x509.readAuthority("no PEM"))).toBe(true)
  }))

it.effect("reads back from a Secret what it wrote there, and takes what is damaged for absent", () =>
  Effect.gen(function*() {
    const [authority, next] = [yield* x509.authority(life), yield* x509.authority(life)]
    const pair = yield* x509.serving(authority, names, life)
    const facts = { names, missing: [], ...life }
    const bare = { ...nothing, current: { ...authority, ...life }, next: { ...next, ...life }, serving: { ...pair, ...facts } }
    const holdings = { ...bare, trusted: trustedNow(bare, 2_000_000) }
    const data = dataOf(holdings)
    const secretOf = (more: { readonly [entry: string]: string }): Secret => ({
      metadata: { name: "a", namespace: "b", uid: "c", resourceVersion: "1" },
      data: { ...Object.fromEntries(Object.entries(data).flatMap(([entry, value]) => value === null ? [] : [[entry, value]])), ...more }
    })
    const read = contentsOf(secretOf({}), x509, ["127.0.0.1"])
    expect(read.problems).toEqual([])
    expect(read.holdings.current).toEqual(holdings.current)
    expect(read.holdings.next).toEqual(holdings.next)
    expect(read.holdings.serving).toMatchObject(pair)
    expect(read.holdings.trusted).toEqual(holdings.trusted)

    const damaged = contentsOf(secretOf({ "tls.key": data["ca.key"] ?? "", "next-ca.crt": "!" }), x509, [])
    expect(damaged.problems).toEqual(["tls.crt: the key is not the certificate's"])
    expect(damaged.holdings).toMatchObject({ current: holdings.current, next: undefined, serving: undefined, trusted: holdings.trusted })
    expect(contentsOf({ metadata: secretOf({}).metadata }, x509, [])).toEqual({ holdings: nothing, problems: [] })
  }))
