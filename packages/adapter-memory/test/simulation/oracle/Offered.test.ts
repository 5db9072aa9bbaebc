import { hasTrunkAttachedLabel, podEni } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { notWithdrawn } from "../../../src/simulation/oracle/Offered.js"
import { instance, nodeChange, scene } from "./Scene.js"

const node = (capacity: string | undefined, allocatable = "9", of = "1"): Document => ({
  metadata: { name: "node-1" },
  spec: { providerID: `aws:///eu-west-1a/${instance(of)}` },
  status: { capacity: capacity === undefined ? {} : { [podEni]: capacity }, allocatable: { [podEni]: allocatable } }
})

const offering = (excused: ReadonlyArray<string> = []) => {
  const one = scene()
  const oracle = notWithdrawn(new Set(excused))
  return { ...one, write: (before: Document | undefined, after: Document | undefined) => one.written(oracle, nodeChange(before, after)) }
}
const withdrawn = "node-1 offers none any more, and eni-t1 is attached"

describe("what a node offers", () => {
  it("is not withdrawn while its trunk is attached", () => {
    expect(offering().write(node("9"), node("0"))).toBe(withdrawn)
  })

  it("may change, be said again, be forgotten by a kubelet, or go with the node", () => {
    const { write } = offering()
    const changes = [[node("9"), node("18")], [node("0"), node("0")], [node(undefined), node("0")], [node("9"), node("0", "0")], [node("9"), node(undefined)], [node("9"), undefined]] as const
    for (const [before, after] of changes) expect(write(before, after)).toBeUndefined()
  })

  it("may be withdrawn by who does not see yet that a Node that was made anew has its label again", () => {
    const { later, write } = offering()
    const labelled = (one: Document): Document => ({ ...one, metadata: { name: "node-1", labels: { [hasTrunkAttachedLabel]: "false" } } })
    write(node("9"), labelled(node("9")))
    expect(write(labelled(node("9")), labelled(node("0")))).toBeUndefined()
    later(180_000)
    write(labelled(node("0")), labelled(node("9")))
    expect(write(labelled(node("9")), labelled(node("0")))).toBe(withdrawn)
  })

  it("may be withdrawn where nobody asks, the trunk is gone, the name is another instance's, or a second controller is at work", () => {
    expect(offering([instance("1")]).write(node("9"), node("0"))).toBeUndefined()
    expect(offering().write(node("9"), node("0", "9", "2"))).toBeUndefined()
    const lost = offering()
    lost.launch("1", undefined)
    expect(lost.write(node("9"), node("0"))).toBeUndefined()
    const rivalled = offering()
    rivalled.rival()
    expect(rivalled.write(node("9"), node("0"))).toBeUndefined()
  })
})
