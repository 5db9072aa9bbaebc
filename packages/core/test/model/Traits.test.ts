import { describe, expect, it } from "vitest"
import type { CNINode } from "../../src/model/CNINode.js"
import { asksForTrunk, eniConfigName, osOf, trunkRequests } from "../../src/model/NodeTraits.js"
import { asksForBranch, isTerminal, kindOf, wantsBranch } from "../../src/model/PodTraits.js"
import { podEni } from "../../src/model/Names.js"

const metadata = (labels: Readonly<Record<string, string>> = {}) => ({ name: "n", uid: "u", resourceVersion: "1", labels })
const node = (labels?: Readonly<Record<string, string>>) => ({ metadata: metadata(labels) })
const cniNode = (...features: NonNullable<NonNullable<CNINode["spec"]>["features"]>): CNINode => ({ metadata: metadata(), spec: { features } })
const trunks = { name: "SecurityGroupsForPods", value: "" }

describe("pods", () => {
  it.each([
    [{}, { hostNetwork: true, nodeSelector: { "kubernetes.io/os": "windows" } }, "hostNetwork"],
    [{ "eks.amazonaws.com/fargate-profile": "p" }, { nodeSelector: { "kubernetes.io/os": "windows" } }, "fargate"],
    [{}, { nodeSelector: { "kubernetes.io/os": "windows" } }, "windows"],
    [{}, { nodeSelector: { "beta.kubernetes.io/os": "windows" } }, "windows"],
    [{}, { nodeSelector: { "kubernetes.io/os": "linux" } }, "linux"],
    [null, { nodeSelector: null, hostNetwork: null }, "linux"]
  ] as const)("with labels %j and %j are %s", (labels, spec, kind) => {
    expect(kindOf(labels, spec)).toBe(kind)
  })

  it("want a branch when any container asks for one, in limits or requests", () => {
    const asks = { name: "a", resources: { requests: { [podEni]: "1" } } }
    const none = { name: "b", resources: { limits: { [podEni]: "0", cpu: "1" }, requests: null } }
    expect(asksForBranch(asks)).toBe(true)
    expect(asksForBranch(none)).toBe(false)
    expect(wantsBranch({ spec: { containers: [none, asks] } })).toBe(true)
    expect(wantsBranch({ spec: { containers: [none, { name: "c" }] } })).toBe(false)
    expect(wantsBranch({ spec: { containers: [] } })).toBe(false)
  })

  it("are over in two phases and no other", () => {
    expect(["Pending", "Running", "Succeeded", "Failed", "Unknown"].filter((phase) => isTerminal({ status: { phase } })))
      .toEqual(["Succeeded", "Failed"])
    expect(isTerminal({})).toBe(false)
  })
})

describe("nodes", () => {
  it("ask for a trunk by feature, or by the older label with any value", () => {
    const label = (value: string) => node({ "vpc.amazonaws.com/has-trunk-attached": value })
    expect(asksForTrunk(node(), cniNode(trunks))).toBe(true)
    for (const value of ["false", "true", ""]) expect(asksForTrunk(label(value), undefined)).toBe(true)
    expect(asksForTrunk(node(), cniNode({ name: "CustomNetworking", value: "a" }))).toBe(false)
    expect(asksForTrunk(undefined, undefined)).toBe(false)
    expect(trunkRequests(label("false"), cniNode(trunks))).toEqual({ byFeature: true, byLabel: true })
  })

  it("name their ENIConfig by label before feature, and by nothing without custom networking", () => {
    const feature = cniNode({ name: "CustomNetworking", value: "zone-a" })
    expect(eniConfigName(node(), feature)).toBe("zone-a")
    expect(eniConfigName(node({ "vpc.amazonaws.com/eniConfig": "mine" }), feature)).toBe("mine")
    expect(eniConfigName(node(), cniNode({ name: "CustomNetworking", value: null }))).toBe("")
    expect(eniConfigName(node(), cniNode(trunks))).toBeUndefined()
  })

  it("have their OS by either label, the newer first", () => {
    expect(osOf(node({ "kubernetes.io/os": "linux", "beta.kubernetes.io/os": "windows" }))).toBe("linux")
    expect(osOf(node({ "beta.kubernetes.io/os": "windows" }))).toBe("windows")
    expect(osOf(node())).toBeUndefined()
  })
})
