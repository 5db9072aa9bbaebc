import { expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { associationToken, claimsOf, claimText, disassociationToken, readClaim } from "../../src/allocation/Claim.js"
import type { PodUid } from "../../src/model/Ids.js"
import { association, eni, vlan } from "./Fixtures.js"

const uid = "0b2c9f5e-6a0a-4f0e-9a62-0d6f8b7c1a11" as PodUid

it("a claim is the pod's UID and the try, and fits a client token of 64 characters at the largest", () => {
  expect(claimText({ pod: uid, attempt: 3 })).toBe(`${uid}/3`)
  expect(claimText({ pod: uid, attempt: 999_999_999 }).length).toBeLessThanOrEqual(64)
})

it("the filter for a pod finds each of its tries and nobody else's", () => {
  expect(claimsOf(uid)).toBe(`${uid}/*`)
})

it.each(["", uid, `${uid}/`, `${uid}/0`, `${uid}/01`, `${uid}/-1`, `${uid}/1x`, `/1`, `a/b/1`, `${uid}/9999999999`])(
  "%j is no claim",
  (text) => {
    expect(readClaim(text)).toBeUndefined()
  }
)

it.prop("what is written as a claim reads as the same claim", {
  pod: Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[0-9a-f-]{1,36}$/))),
  attempt: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999 })))
}, ({ pod, attempt }) => {
  const claim = { pod: pod as PodUid, attempt }
  expect(readClaim(claimText(claim))).toEqual(claim)
})

it("an association's token is another for each branch, trunk and VLAN id, and fits 64 characters", () => {
  const long = "eni-0123456789abcdef0" as ReturnType<typeof eni>
  const tokens = [[1, 2, 3], [2, 2, 3], [1, 3, 3], [1, 2, 4]].map(([branch, trunk, vlanId]) =>
    associationToken(eni(branch!), eni(trunk!), vlan(vlanId!))
  )
  expect(new Set(tokens).size).toBe(4)
  expect(associationToken(long, long, vlan(152)).length).toBeLessThanOrEqual(64)
  expect(disassociationToken(association(1))).toBe(association(1))
})
