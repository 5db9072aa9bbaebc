import { VlanId } from "@branchline/core/model/Ids"
import { describe, expect, it } from "vitest"
import type { Link } from "../../../src/kubernetes/kubelet/CniPlugin.js"
import { wiresKept } from "../../../src/simulation/oracle/Handover.js"
import { eni, naming, scene } from "./Scene.js"

/** The node's name is the instance `i-2` now; its plugin has wired the pod `web`, bound before, under VLAN id 3. */
const handedOver = (wiredFor = "uid-web") => {
  const one = scene()
  const link: Link = { podUid: wiredFor, eniId: eni("a"), vlanId: VlanId.make(3), table: 103 }
  const oracle = wiresKept({ nodes: new Map([["node-1", { kubelet: { plugin: { links: new Map([[link.vlanId, link]]) } } }]]) })
  const before = one.pod("web", { details: naming("a", 3) })
  one.launch("2", "t2")
  one.rename("node-1", "2")
  return { ...one, serve: (name: string, vlanId: number, changes = {}) => oracle.pod?.(one.pod("web", { details: naming(name, vlanId), ...changes }), before, one.book) }
}
const moved = "default/web was wired under 3 and is served under 4"

describe("a pod whose node changed hands", () => {
  it("keeps the VLAN id that the node has wired", () => {
    expect(handedOver().serve("b", 4)).toBe(moved)
    expect(handedOver().serve("b", 3)).toBeUndefined()
  })

  it("gets another where the node has not wired it, has wired another pod, or another pod has the id", () => {
    expect(handedOver("uid-other").serve("b", 4)).toBeUndefined()
    const taken = handedOver()
    taken.pod("other", { details: naming("c", 3) })
    expect(taken.serve("b", 4)).toBeUndefined()
    const elsewhere = handedOver()
    elsewhere.pod("other", { details: naming("c", 3), nodeName: "node-2" })
    expect(elsewhere.serve("b", 4)).toBe(moved)
  })

  it("is another matter where its instance is the same, it is over, it has the same branch, or a second controller is at work", () => {
    const same = handedOver()
    same.rename("node-1", "1")
    expect(same.serve("b", 4)).toBeUndefined()
    expect(handedOver().serve("b", 4, { living: false })).toBeUndefined()
    expect(handedOver().serve("a", 4)).toBeUndefined()
    const rivalled = handedOver()
    rivalled.rival()
    expect(rivalled.serve("b", 4)).toBeUndefined()
  })
})
