import { hasTrunkAttachedLabel, instanceIdTag, podEni, securityGroupsForPodsFeature, trunkEniIdTag } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { unasked } from "../../../src/simulation/oracle/Unasked.js"
import { cniNodeChange, eni, instance, nodeChange, scene } from "./Scene.js"

const minutes = (count: number): number => count * 60_000
const node = (room: number, labels: Document = {}): Document => ({ metadata: { name: "node-1", labels }, status: { allocatable: { [podEni]: String(room) } } })
const cniNode = (features: ReadonlyArray<string>, of = "1"): Document =>
  ({ metadata: { name: "node-1" }, spec: { features: features.map((name) => ({ name })), tags: { [instanceIdTag]: instance(of) } } })

const silent = (room = 9, features: ReadonlyArray<string> = []) => {
  const one = scene()
  const oracle = unasked()
  const offer = (to: number, labels?: Document) => void one.written(oracle, nodeChange(undefined, node(to, labels)))
  const ask = (to: ReadonlyArray<string>, of?: string) => void one.written(oracle, cniNodeChange(cniNode([]), cniNode(to, of)))
  offer(room)
  ask(features)
  one.put("a", { tags: { [instanceIdTag]: instance("1"), [trunkEniIdTag]: eni("t1") } })
  return { ...one, oracle, offer, ask, make: () => one.done(oracle, "CreateNetworkInterface", {}, eni("a")), wrongs: () => one.calm(oracle) }
}
const made = "eni-a is made for node-1"
const offers = ["node-1 offers 9 branches"]

describe("a node that no longer asks", () => {
  it("gets no branch and offers nothing, once that may be known", () => {
    const { later, make, wrongs } = silent()
    later(minutes(4))
    expect([make(), wrongs()]).toEqual([undefined, []])
    later(1)
    expect([make(), wrongs()]).toEqual([made, offers])
  })

  it("is one whose CNINode has other features alone", () => {
    const { later, make } = silent(9, ["CustomNetworking"])
    later(minutes(5))
    expect(make()).toBe(made)
  })

  it("has not asked since it last did, whatever else is written", () => {
    const { ask, later, make } = silent(9, [securityGroupsForPodsFeature])
    later(minutes(60))
    ask([])
    later(minutes(3))
    ask(["CustomNetworking"])
    later(minutes(1) + 1)
    expect(make()).toBe(made)
  })

  it("may have a trunk", () => {
    const { done, later, oracle, put } = silent()
    put("t", { type: "trunk", tags: { [instanceIdTag]: instance("1") } })
    later(minutes(5))
    expect(done(oracle, "CreateNetworkInterface", {}, eni("t"))).toBeUndefined()
  })

  it("may get one as long after an outage as after it stopped asking", () => {
    const { later, make, outFor } = silent()
    outFor(minutes(60))
    later(minutes(64))
    expect(make()).toBeUndefined()
    later(1)
    expect(make()).toBe(made)
  })

  it("and offers nothing is well", () => {
    const { later, wrongs } = silent(0)
    later(minutes(5))
    expect(wrongs()).toEqual([])
  })

  it.each<readonly [string, (one: ReturnType<typeof silent>) => void]>([
    ["asks again", ({ ask }) => ask([securityGroupsForPodsFeature])],
    ["asks by the older label, whatever it says", ({ offer }) => offer(9, { [hasTrunkAttachedLabel]: "false" })],
    ["has no CNINode for the moment", ({ oracle, written }) => void written(oracle, cniNodeChange(cniNode([]), undefined))],
  ])("%s: it may have branches", (_, bring) => {
    const one = silent()
    one.later(minutes(5))
    bring(one)
    expect([one.make(), one.wrongs()]).toEqual([undefined, []])
  })

  it("that asked by its label until it was registered anew without it may have branches for as long as that may not be known", () => {
    const { later, make, offer, oracle, written, wrongs } = silent()
    const labels = { [hasTrunkAttachedLabel]: "true" }
    offer(9, labels)
    later(minutes(60))
    written(oracle, nodeChange(node(9, labels), undefined))
    expect([make(), wrongs()]).toEqual([undefined, []])
    later(minutes(1))
    offer(9)
    later(minutes(3))
    expect([make(), wrongs()]).toEqual([undefined, []])
    later(1)
    expect([make(), wrongs()]).toEqual([made, offers])
  })

  it("another instance's branch is nothing to it, nor are other calls and those that were refused", () => {
    const { ask, done, later, make, oracle, refused } = silent()
    later(minutes(5))
    expect(done(oracle, "CreateTags", {}, eni("a"))).toBeUndefined()
    expect(refused(oracle, "CreateNetworkInterface", {})).toBeUndefined()
    ask([], "2")
    expect(make()).toBeUndefined()
  })

  it("that is gone offers nothing", () => {
    const { later, oracle, written, wrongs } = silent()
    later(minutes(5))
    written(oracle, nodeChange(node(9), undefined))
    expect(wrongs()).toEqual([])
  })
})
