import { readFileSync } from "node:fs"
import { it as prop } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { type BranchDetails, readBranchAnnotation, writeBranchAnnotation } from "../../src/model/BranchAnnotation.js"

const seed = JSON.parse(readFileSync(new URL("../fixtures/seed/pod-described.json", import.meta.url), "utf8")) as {
  readonly annotation: ReadonlyArray<Readonly<Record<string, unknown>>>
}
const five = seed.annotation[0]!
const eight = { ...five, ipv6Addr: "", subnetV6Cidr: "", associationID: "trunk-assoc-0123456789abcdef0" }

const read = (...elements: ReadonlyArray<unknown>) => readBranchAnnotation(JSON.stringify(elements))
const detailsOf = (...elements: ReadonlyArray<unknown>): BranchDetails => Result.getOrThrow(read(...elements))

describe("the branch annotation (contract §5)", () => {
  it("of the record's era is read, and written again to the letter", () => {
    expect(writeBranchAnnotation(detailsOf(five), "five")).toBe(JSON.stringify(seed.annotation))
  })

  it("of today is read, and written again with eight keys in upstream's order", () => {
    const text = writeBranchAnnotation(detailsOf(eight), "eight")
    expect(text).toBe(JSON.stringify([{
      eniId: five["eniId"],
      ifAddress: five["ifAddress"],
      privateIp: five["privateIp"],
      ipv6Addr: "",
      vlanId: 1,
      subnetCidr: five["subnetCidr"],
      subnetV6Cidr: "",
      associationID: "trunk-assoc-0123456789abcdef0"
    }]))
  })

  it("is read whatever the case of its names", () => {
    const { vlanId, ...rest } = five
    expect(detailsOf({ ...rest, vlanID: vlanId })).toEqual(detailsOf(five))
    expect(detailsOf(Object.fromEntries(Object.entries(eight).map(([key, value]) => [key.toUpperCase(), value])))).toEqual(detailsOf(eight))
  })

  it("is element 0 of the array, and null means absent", () => {
    expect(detailsOf(five, { ...five, vlanId: 2 })).toEqual(detailsOf(five))
    expect(detailsOf({ ...five, ipv6Addr: null, associationID: null })).toEqual(detailsOf(five))
  })

  it("of IPv6 alone needs no IPv4 subnet", () => {
    const details = detailsOf({ ...eight, privateIp: "", subnetCidr: "", ipv6Addr: "2001:db8::5", subnetV6Cidr: "2001:db8::/64" })
    expect(details).toMatchObject({ privateIp: "", ipv6Addr: "2001:db8::5", subnetV6Cidr: "2001:db8::/64" })
  })

  it("takes a subnet with host bits, as the plugin's parser does", () => {
    expect(detailsOf({ ...five, subnetCidr: "192.168.0.7/19" }).subnetCidr).toBe("192.168.0.7/19")
  })

  it.each<readonly [why: string, text: string, problem: string]>([
    ["no JSON at all", "not json", "not JSON"],
    ["an object", JSON.stringify(five), "not an array"],
    ["an empty array", "[]", "no element"],
    ["null in the array", "[null]", "no element"],
    ["VLAN id 0", JSON.stringify([{ ...five, vlanId: 0 }]), "vlanId"],
    ["VLAN id 4096", JSON.stringify([{ ...five, vlanId: 4096 }]), "vlanId"],
    ["no VLAN id", JSON.stringify([{ ...five, vlanId: undefined }]), "vlanId"],
    ["a VLAN id as text", JSON.stringify([{ ...five, vlanId: "1" }]), "vlanid"],
    ["a VLAN id with a fraction", JSON.stringify([{ ...five, vlanId: 1.5 }]), "vlanid"],
    ["a wrong type in a later element", JSON.stringify([five, { ...five, privateIp: 7 }]), "privateip"],
    ["an empty MAC", JSON.stringify([{ ...five, ifAddress: "" }]), "ifAddress"],
    ["a broken MAC", JSON.stringify([{ ...five, ifAddress: "02:b0:01:6c:b5" }]), "ifAddress"],
    ["no address", JSON.stringify([{ ...five, privateIp: "" }]), "both empty"],
    ["a subnet that does not parse", JSON.stringify([{ ...five, subnetCidr: "192.168.0.0/33" }]), "subnetCidr"],
    ["a subnet without a prefix length", JSON.stringify([{ ...five, subnetCidr: "192.168.0.0" }]), "subnetCidr"],
    ["an IPv6 subnet that does not parse", JSON.stringify([{ ...eight, ipv6Addr: "2001:db8::5", subnetV6Cidr: "x" }]), "subnetV6Cidr"],
    ["no interface", JSON.stringify([{ ...five, eniId: "" }]), "eniId"]
  ])("with %s is refused, and the reason names the place", (_, text, problem) => {
    const result = readBranchAnnotation(text)
    expect(Result.isFailure(result) && result.failure).toContain(problem)
  })

  prop.prop("never makes the reader throw", { json: Arbitrary.schema(Schema.Json) }, ({ json }) => {
    const results = [readBranchAnnotation(JSON.stringify(json)), readBranchAnnotation(JSON.stringify([json, json]))]
    return results.every((result) => Result.isSuccess(result) || result.failure.length > 0)
  }, { arbitrary: { runs: 500, seed: 1 } })
})
