import { allocationTag, clusterTag, ownerTag, podEni } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import type { PodRecord } from "../../../src/simulation/oracle/Book.js"
import { settled, type SettledOptions } from "../../../src/simulation/oracle/Settled.js"
import { clusterName, instance, naming, nodeChange, ownTags, policyChange, scene } from "./Scene.js"

const node = (name: string, room: number): Document => ({ metadata: { name }, status: { allocatable: { [podEni]: String(room) } } })

/** `web` is served on `node-1`, an m5.large, which offers its nine branches. */
const calm = (options: Partial<SettledOptions> = {}) => {
  const one = scene()
  const oracle = settled({ clusterName, idleCap: 0, sweeps: false, excusedNodes: new Set(), ...options })
  const offer = (name: string, room: number) => void one.written(oracle, nodeChange(undefined, node(name, room)))
  offer("node-1", 9)
  one.branch("a", 1)
  one.pod("web", { details: naming("a", 1) })
  return { ...one, oracle, offer, wrongs: () => one.calm(oracle) }
}
type Calm = ReturnType<typeof calm>

it("all is well", () => {
  expect(calm().wrongs()).toEqual([])
})

describe("a pod that asks", () => {
  const cases: ReadonlyArray<readonly [string, (one: Calm) => void, string]> = [
    ["and has no annotation", ({ pod }) => void pod("next"), "default/next has no annotation on node-1"],
    ["and whose branch hangs nowhere", ({ loose }) => loose("a"), "default/web's eni-a is not under its node's trunk"],
    ["and whose branch hangs under another trunk", ({ branch }) => branch("a", 1, "t2"), "default/web's eni-a is not under its node's trunk"],
    ["and whose branch has another VLAN id", ({ branch }) => branch("a", 2), "default/web's eni-a has VLAN id 2, and not 1"],
    ["and does not run", ({ pod }) => void pod("web", { phase: "Pending" }), "default/web is Pending"],
    ["and is bound to no node although one has room", ({ pod }) => void pod("next", { nodeName: undefined, instanceId: undefined }), "default/next is bound to no node, and node-1 has room"]
  ]

  it.each(cases)("%s: told", (_, bring, text) => {
    const one = calm()
    bring(one)
    expect(one.wrongs()).toEqual([text])
  })

  it.each(cases)("%s: not told where somebody's own deed did it", (_, bring) => {
    const one = calm()
    bring(one)
    one.excuse("web")
    one.excuse("next")
    expect(one.wrongs()).toEqual([])
  })

  const waiting: Partial<PodRecord> = { nodeName: undefined, instanceId: undefined }

  it("and whose annotation somebody spoilt: told until it is mended", () => {
    const { pod, wrongs } = calm()
    pod("web", { spoilt: true })
    expect(wrongs()).toEqual(["default/web's annotation is what somebody made of it"])
    pod("web", { spoilt: false })
    expect(wrongs()).toEqual([])
  })

  it("may wait on a node that is full", () => {
    const { branch, pod, wrongs } = calm()
    for (let index = 1; index < 9; index++) {
      branch(`b${index}`, 1 + index)
      pod(`other-${index}`, { details: naming(`b${index}`, 1 + index) })
    }
    pod("next")
    expect(wrongs()).toEqual([])
  })

  it("may wait where no node has room", () => {
    const { branch, offer, pod, wrongs } = calm()
    for (let index = 1; index < 9; index++) {
      branch(`b${index}`, 1 + index)
      pod(`other-${index}`, { details: naming(`b${index}`, 1 + index) })
    }
    pod("next", waiting)
    offer("node-2", 0)
    expect(wrongs()).toEqual([])
  })

  it("may not wait for a place that a pod has which is going, or does not ask, or is done", () => {
    const others: ReadonlyArray<Partial<PodRecord>> = [{ asks: false }, { living: false }, { document: { metadata: { deletionTimestamp: "2022-09-06T08:00:00Z" } } }]
    for (const changes of others) {
      const { pod, wrongs } = calm()
      for (let index = 1; index < 8; index++) pod(`other-${index}`)
      pod("last", changes)
      pod("next", waiting)
      expect(wrongs()).toContain("default/next is bound to no node, and node-1 has room")
    }
  })

  it("is not waited for where its instance is one of which nothing can be expected", () => {
    const { pod, wrongs } = calm({ excusedNodes: new Set([instance("1")]) })
    pod("next")
    expect(wrongs()).toEqual([])
    pod("other", { nodeName: "node-2", instanceId: instance("2") })
    expect(wrongs()).toEqual(["default/other has no annotation on node-2"])
  })

  it("is not waited for where it is going, is done, or does not ask", () => {
    const { pod, wrongs } = calm()
    pod("going", { document: { metadata: { deletionTimestamp: "2022-09-06T08:00:00Z" } } })
    pod("done", { living: false, phase: "Succeeded" })
    pod("plain", { asks: false })
    expect(wrongs()).toEqual([])
  })
})

describe("a node", () => {
  it("offers what its type carries, not less and not more", () => {
    for (const room of [0, 8, 10]) {
      const { offer, wrongs } = calm()
      offer("node-1", room)
      expect(wrongs()).toEqual([`node-1 offers ${room} branches, and m5.large carries 9`])
    }
  })

  it("that says nothing offers nothing", () => {
    const { oracle, written, wrongs } = calm()
    written(oracle, nodeChange(undefined, { metadata: { name: "node-1" } }))
    expect(wrongs()).toEqual(["node-1 offers 0 branches, and m5.large carries 9"])
  })

  it("of a type that nobody knows offers nothing", () => {
    const { launch, offer, wrongs } = calm()
    launch("1", "t1", { instanceType: "z9.huge" })
    expect(wrongs()).toEqual(["node-1 offers 9 branches, and z9.huge carries 0"])
    offer("node-1", 0)
    expect(wrongs()).toEqual([])
  })

  it("of which nothing can be expected, whose instance is not there, or that is gone, offers what it will", () => {
    expect(calm({ excusedNodes: new Set([instance("1")]) }).wrongs()).toEqual([])
    const { offer, rename, wrongs } = calm({ excusedNodes: new Set([instance("1")]) })
    offer("node-1", 0)
    offer("node-2", 5)
    rename("node-3", "3")
    offer("node-3", 5)
    expect(wrongs()).toEqual([])
    const gone = calm()
    gone.rename("node-2", "1")
    gone.offer("node-2", 5)
    gone.written(gone.oracle, nodeChange(node("node-2", 5), undefined))
    expect(gone.wrongs()).toEqual([])
  })

  it("is what was written of nodes, and of nothing else", () => {
    const { oracle, written, wrongs } = calm()
    written(oracle, policyChange(undefined, node("node-1", 1)))
    expect(wrongs()).toEqual([])
  })
})

describe("an interface of the controller's", () => {
  const leaked = "eni-b is nobody's"

  it("that no living pod has is nobody's", () => {
    const { branch, wrongs } = calm()
    branch("b", 2)
    expect(wrongs()).toEqual([leaked])
  })

  it("that was made for a pod is nobody's once the pod is over or has another one, and its own while it waits", () => {
    const { end, excuse, pod, put, wrongs } = calm()
    put("b", { tags: { ...ownTags, [allocationTag]: "uid-next/1" } })
    expect(wrongs()).toEqual([leaked])
    pod("next")
    excuse("next")
    expect(wrongs()).toEqual([])
    pod("next", { details: naming("c", 3) })
    expect(wrongs()).toEqual([leaked])
    pod("next", { details: undefined })
    end("next")
    expect(wrongs()).toEqual([leaked])
  })

  it("that hangs under nothing is nobody's, trunk or not", () => {
    const { put, wrongs } = calm({ idleCap: 3 })
    put("b")
    put("t2", { type: "trunk" })
    expect(wrongs()).toEqual(["eni-b is nobody's", "the trunk eni-t2 is nobody's"])
  })

  it("may cool for twice its time after its pod, because a controller may begin anew in between", () => {
    const { branch, cool, end, later, pod, wrongs } = calm()
    branch("b", 2)
    pod("other", { details: naming("b", 2) })
    end("other")
    later(119_999)
    expect(wrongs()).toEqual([])
    later(1)
    expect(wrongs()).toEqual([leaked])
    cool(90_000)
    expect(wrongs()).toEqual([])
  })

  it("may be kept idle up to the cap, on each trunk", () => {
    const { branch, wrongs } = calm({ idleCap: 1 })
    branch("b", 2)
    branch("c", 2, "t2")
    expect(wrongs()).toEqual([])
    branch("d", 3)
    expect(wrongs()).toEqual(["eni-d is nobody's"])
  })

  it("that cools takes no idle place", () => {
    const { branch, end, pod, wrongs } = calm({ idleCap: 1 })
    branch("b", 2)
    pod("other", { details: naming("b", 2) })
    end("other")
    branch("c", 3)
    expect(wrongs()).toEqual([])
  })

  it("is told by its tags, all of them; others' interfaces and what hangs on instances stay", () => {
    const { put, wrongs } = calm()
    put("b", { tags: { ...ownTags, [ownerTag]: "amazon-vpc-cni" } })
    put("c", { tags: { [ownerTag]: ownTags[ownerTag] ?? "", [clusterTag("another")]: "owned" } })
    expect(wrongs()).toEqual([])
    put("t1", { type: "trunk", tags: ownTags })
    expect(wrongs()).toEqual([])
    put("p1", { tags: ownTags })
    expect(wrongs()).toEqual([])
  })
})

describe("a node that has no trunk", () => {
  const bare = (sweeps: boolean, type = "m5.large", room = 9) => {
    const one = calm({ sweeps })
    one.launch("2", undefined, { instanceType: type })
    one.rename("node-2", "2")
    one.offer("node-2", room)
    return one.wrongs()
  }

  it("is found by a sweep, whatever it offers", () => {
    expect([bare(true), bare(true, "m5.large", 0)]).toEqual([["node-2 has no trunk"], ["node-2 has no trunk"]])
  })

  it("need not be found where no sweep comes by, and none is wanting where the type carries none", () => {
    expect([bare(false), bare(true, "t3.medium", 0)]).toEqual([[], []])
  })
})
