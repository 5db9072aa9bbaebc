import { clusterTag, cniNodeFinalizer, instanceIdTag, ownerTag } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { finalizerLast } from "../../../src/simulation/oracle/Finalizer.js"
import { clusterName, cniNodeChange, instance, nodeChange, ownTags, scene } from "./Scene.js"

const cniNode = (finalizers: ReadonlyArray<string>, of = "1"): Document =>
  ({ metadata: { name: "node-1", finalizers }, spec: { tags: { [instanceIdTag]: instance(of) } } })
const node: Document = { metadata: { name: "node-1" } }

const leaving = () => {
  const one = scene()
  const oracle = finalizerLast(clusterName)
  one.put("a", { tags: { ...ownTags, [instanceIdTag]: instance("1") } })
  const write = (before: Document | undefined, after: Document | undefined) => one.written(oracle, cniNodeChange(before, after))
  return { ...one, oracle, write, letGo: () => write(cniNode(["other", cniNodeFinalizer]), cniNode(["other"])) }
}
const tooSoon = "node-1's was let go, and eni-a is left"

describe("a CNINode that goes", () => {
  it("is let go when nothing of its instance is left", () => {
    const { gone, letGo, write } = leaving()
    expect(letGo()).toBe(tooSoon)
    expect(write(cniNode([cniNodeFinalizer]), undefined)).toBe(tooSoon)
    gone("a")
    expect(letGo()).toBeUndefined()
  })

  it("may be let go while its node is there, and may not once that is gone", () => {
    const { letGo, oracle, written } = leaving()
    written(oracle, nodeChange(undefined, node))
    expect(letGo()).toBeUndefined()
    written(oracle, nodeChange(node, undefined))
    expect(letGo()).toBe(tooSoon)
  })

  it("may be let go for a while after its node is gone where it was deleted under it: whoever saw the node there has sent that already", () => {
    const { later, letGo, oracle, write, written } = leaving()
    const deleted = (finalizers: ReadonlyArray<string>): Document => ({ ...cniNode(finalizers), metadata: { name: "node-1", finalizers, deletionTimestamp: "2022-09-06T08:00:00Z" } })
    written(oracle, nodeChange(undefined, node))
    write(cniNode([cniNodeFinalizer]), deleted([cniNodeFinalizer]))
    written(oracle, nodeChange(node, undefined))
    later(14_000)
    expect(letGo()).toBeUndefined()
    later(2_000)
    expect(letGo()).toBe(tooSoon)
  })

  it("may be let go as well where its node came for a moment while it was being deleted", () => {
    const { later, letGo, oracle, write, written } = leaving()
    const deleted: Document = { ...cniNode([cniNodeFinalizer]), metadata: { name: "node-1", finalizers: [cniNodeFinalizer], deletionTimestamp: "2022-09-06T08:00:00Z" } }
    write(cniNode([cniNodeFinalizer]), deleted)
    expect(letGo()).toBe(tooSoon)
    written(oracle, nodeChange(undefined, node))
    written(oracle, nodeChange(node, undefined))
    expect(letGo()).toBeUndefined()
    later(15_000)
    expect(letGo()).toBe(tooSoon)
  })

  it("need not wait for what is another instance's, somebody else's, another cluster's, was there before, or is left out by EC2's describes", () => {
    for (const tags of [{ ...ownTags, [instanceIdTag]: instance("2") }, ownTags, { ...ownTags, [instanceIdTag]: instance("1"), [ownerTag]: "amazon-vpc-cni" }, { [ownerTag]: "eks-vpc-resource-controller", [instanceIdTag]: instance("1"), [clusterTag("another")]: "owned" }]) {
      const { letGo, put } = leaving()
      put("a", { tags })
      expect(letGo()).toBeUndefined()
    }
    const { inherit, letGo } = leaving()
    inherit("a")
    expect(letGo()).toBeUndefined()
    const unseen = leaving()
    unseen.hide("a")
    expect(unseen.letGo()).toBeUndefined()
  })

  it("is not let go by a change of anything else, nor of one that nobody held", () => {
    const { oracle, write, written } = leaving()
    expect(write(cniNode([cniNodeFinalizer]), cniNode([cniNodeFinalizer, "other"]))).toBeUndefined()
    expect(write(cniNode(["other"]), cniNode([]))).toBeUndefined()
    expect(write(undefined, cniNode([]))).toBeUndefined()
    expect(written(oracle, nodeChange(cniNode([cniNodeFinalizer]), cniNode([])))).toBeUndefined()
  })

  it("may be let go by hand, and another then still may not", () => {
    const { free, letGo } = leaving()
    free("node-2")
    expect(letGo()).toBe(tooSoon)
    free("node-1")
    expect(letGo()).toBeUndefined()
  })

  it("may be let go by a second controller beside the first", () => {
    const { letGo, rival } = leaving()
    rival()
    expect(letGo()).toBeUndefined()
  })
})
