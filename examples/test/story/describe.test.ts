import { describe, expect, it } from "vitest"
import { amountOf, cpuText, memoryText } from "../../src/story/describe/Quantity.js"
import { align } from "../../src/story/describe/Tabwriter.js"
import { humanDuration, rfc1123 } from "../../src/story/describe/Times.js"
import { describeNode } from "../../src/story/describe/Node.js"
import { describePod } from "../../src/story/describe/Pod.js"
import { playSeed } from "./support.js"

describe("kubectl's layout", () => {
  it("aligns the cells of neighbouring lines; a line without the cell ends the column", () => {
    expect(align(["a:\t1", "long name:\t2", "break", "b:\tx\ty", "bcd:\tlonger\tz"])).toEqual([
      "a:          1",
      "long name:  2",
      "break",
      "b:    x       y",
      "bcd:  longer  z"
    ])
  })

  it("leaves text without tabs as it is, and gives empty columns no room", () => {
    expect(align(["plain", "", "more"])).toEqual(["plain", "", "more"])
    expect(align(["\tx", "\ty"])).toEqual(["x", "y"])
  })

  it("shortens times as kubectl does", () => {
    const cases = [[0, "0s"], [74_900, "74s"], [119_999, "119s"], [120_000, "2m"], [200_000, "3m20s"], [599_000, "9m59s"], [600_000, "10m"], [7_300_000, "121m"], [4 * 3_600_000, "4h"], [30_000_000, "8h"]] as const
    for (const [millis, text] of cases) expect(humanDuration(millis)).toBe(text)
    expect(rfc1123("2022-09-06T08:00:01Z")).toBe("Tue, 06 Sep 2022 08:00:01 +0000")
    expect(rfc1123(undefined)).toBe("<unknown>")
  })

  it("sums quantities", () => {
    expect(["250m", "2", "1.5", "64Mi", "1Gi", "1e3", "5k", "many"].map(amountOf)).toEqual([0.25, 2, 1.5, 67_108_864, 1_073_741_824, 1000, 5000, 0])
    expect([0.25, 2, 0].map(cpuText)).toEqual(["250m", "2", "0"])
    expect([67_108_864, 1_073_741_824, 1536, 1000, 0].map(memoryText)).toEqual(["64Mi", "1Gi", "1536", "1000", "0"])
  })
})

describe("the seed's pod and node, described", () => {
  const { endedAt, events, nodes, pods } = playSeed()
  const [pod = {}] = pods
  const [node = {}] = nodes

  it("shows of the pod what the record shows", () => {
    const text = describePod(pod, nodes, events, endedAt).join("\n")
    expect(text).toMatch(/^Name: {9}aws-cli\nNamespace: {4}default\n/)
    expect(text).toMatch(/\nAnnotations: {2}vpc\.amazonaws\.com\/pod-eni:\n {16}\[\{"eniId":"eni-/)
    expect(text).toContain("    Limits:\n      vpc.amazonaws.com/pod-eni:  1\n    Requests:\n      vpc.amazonaws.com/pod-eni:  1\n")
    expect(text).toMatch(/\nTolerations: +node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s\n/)
    expect(text).toMatch(/\n {2}Type {5}Reason {18}Age {3}From {21}Message\n {2}---- {5}------ {18}---- {2}---- {21}-------\n/)
    expect(text).toMatch(/\n {2}Normal {3}Started {17}\d\ds {3}kubelet {18}Started container aws-cli$/)
  })

  it("shows of the node what it has and who is on it", () => {
    const text = describeNode(node, pods, events, endedAt).join("\n")
    expect(text).toMatch(/\nCapacity:\n {2}pods: {23}110\n {2}vpc\.amazonaws\.com\/pod-eni: {2}9\nAllocatable:\n {2}pods: {23}110\n {2}vpc\.amazonaws\.com\/pod-eni: {2}9\n/)
    expect(text).toMatch(/\nNon-terminated Pods: {2}\(1 in total\)\n/)
    expect(text).toMatch(/\n {2}vpc\.amazonaws\.com\/pod-eni {2}1 {9}1\nEvents:\n/)
    expect(text).toContain("NodeTrunkInitiated")
  })
})
