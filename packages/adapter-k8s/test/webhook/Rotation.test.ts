import { describe, expect, it } from "@effect/vitest"
import { Duration } from "effect"
import { type Authority, bundleOf, type Circumstances, defaultLifetimes, due, type Holdings, nothing, type Serving, servingValidity, trustedNow } from "../../src/webhook/authority/Rotation.js"

const day = 86_400_000

const authority = (name: string, notAfter: number): Authority => ({ cert: name, key: `${name} key`, notBefore: 0, notAfter })
const serving = (notAfter: number, more: Partial<Serving> = {}): Serving => ({ cert: "leaf", key: "leaf key", notBefore: 0, notAfter, names: ["a"], missing: [], ...more })
const holding = (parts: Partial<Holdings>): Holdings => {
  const holdings = { ...nothing, ...parts }
  return { ...holdings, trusted: parts.trusted ?? trustedNow(holdings, 0) }
}
const at = (now: number, more: Partial<Circumstances> = {}): Circumstances => ({ now, names: ["a"], trusting: undefined, lifetimes: defaultLifetimes, ...more })

/** Every configuration has had the bundle of these holdings for so long, milliseconds. */
const trusting = (holdings: Holdings, now: number, time = 5 * 60_000) =>
  at(now, { trusting: { bundle: bundleOf(trustedNow(holdings, now)), since: now - time } })
const a = authority("a", 365 * day)
const b = authority("b", 700 * day)

describe("what is due", () => {
  it("begins where there is no authority, or only one that has expired", () => {
    expect(due(nothing, at(0))).toEqual({ _tag: "Begin" })
    expect(due(holding({ current: a, serving: serving(90 * day) }), at(365 * day))).toEqual({ _tag: "Begin" })
  })

  it("is nothing where all is fresh", () => {
    expect(due(holding({ current: a, serving: serving(90 * day) }), at(0))).toEqual({ _tag: "Nothing" })
    expect(due(holding({ current: a, serving: serving(90 * day) }), at(60 * day - 1))).toEqual({ _tag: "Nothing" })
  })

  it("is a new certificate in the last 30 days of the old one, or where it is missing", () => {
    expect(due(holding({ current: a, serving: serving(90 * day) }), at(60 * day))).toEqual({ _tag: "Sign", authority: a, names: ["a"] })
    expect(due(holding({ current: a }), at(0))).toEqual({ _tag: "Sign", authority: a, names: ["a"] })
  })

  it("is a certificate for a name that is missing, besides the names that are there: two versions do not take turns", () => {
    const before = serving(90 * day, { names: ["old"], missing: ["new"] })
    expect(due(holding({ current: a, serving: before }), at(0, { names: ["new"] }))).toEqual({ _tag: "Sign", authority: a, names: ["new", "old"] })
  })

  it("is no new certificate that would live no longer than the old: towards the end of an authority", () => {
    const holdings = holding({ current: a, next: b, serving: serving(365 * day) })
    expect(due(holdings, at(364 * day))).toEqual({ _tag: "Nothing" })
  })

  it("is the next authority's announcement in the last 120 days of this one's life", () => {
    const holdings = holding({ current: a, serving: serving(335 * day) })
    expect(due(holdings, at(245 * day - 1))).toEqual({ _tag: "Nothing" })
    expect(due(holdings, at(245 * day))).toEqual({ _tag: "AnnounceAuthority" })
  })

  it("is the change to the next authority when all have been trusting it for five minutes, and no sooner", () => {
    const now = 250 * day
    const holdings = holding({ current: a, next: b, serving: serving(335 * day) })
    expect(due(holdings, at(now))).toEqual({ _tag: "Nothing" })
    expect(due(holdings, trusting(holdings, now, 299_999))).toEqual({ _tag: "Nothing" })
    expect(due(holdings, trusting(holdings, now))).toEqual({ _tag: "ChangeAuthority", next: b })
  })

  it("is no change because of how long they have been trusting this authority alone", () => {
    const alone = holding({ current: a, serving: serving(335 * day) })
    expect(due({ ...alone, next: b, trusted: trustedNow({ ...alone, next: b }, 0) }, trusting(alone, 250 * day, day))).toEqual({ _tag: "Nothing" })
  })

  it("is the change at once where this authority has expired: waiting helps nobody", () => {
    expect(due(holding({ current: a, next: b }), at(365 * day))).toEqual({ _tag: "ChangeAuthority", next: b })
  })

  it("is another announcement where the announced authority has expired before it signed", () => {
    const holdings = holding({ current: a, next: authority("b", 100 * day), serving: serving(335 * day) })
    expect(due(holdings, trusting(holdings, 250 * day))).toEqual({ _tag: "AnnounceAuthority" })
  })

  it("is to forget an authority that has expired, and none that has not", () => {
    const holdings = holding({ current: b, serving: serving(450 * day), trusted: [a, b] })
    expect(due(holdings, at(364 * day))).toEqual({ _tag: "Nothing" })
    expect(due(holdings, at(365 * day))).toEqual({ _tag: "Tidy" })
    expect(trustedNow(holdings, 365 * day).map(({ cert }) => cert)).toEqual(["b"])
  })

  it("renews within half of a life, however long the rest is set: what is new is not due again", () => {
    const lifetimes = { ...defaultLifetimes, authority: Duration.days(10), serving: Duration.days(10) }
    const fresh = holding({ current: authority("a", 10 * day), serving: serving(10 * day) })
    expect(due(fresh, at(0, { lifetimes }))).toEqual({ _tag: "Nothing" })
  })
})

it("gives no certificate a longer life than its authority's", () => {
  expect(servingValidity(at(0), a).notAfter).toBe(90 * day)
  expect(servingValidity(at(300 * day), a).notAfter).toBe(365 * day)
})
