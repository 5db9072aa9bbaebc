import { describe, expect, it } from "vitest"
import { exclusive } from "../../../src/simulation/oracle/Branches.js"
import { instance, naming, scene } from "./Scene.js"

/** `web` lives on `node-1` with `eni-a` under VLAN id 1; `next` has nothing yet. */
const living = () => {
  const one = scene()
  one.pod("web", { details: naming("a", 1) })
  one.pod("next")
  return { ...one, oracle: exclusive() }
}

describe("two living pods", () => {
  it("with one branch, wherever they are", () => {
    const { oracle, told } = living()
    expect(told(oracle, "next", { nodeName: "node-2", instanceId: instance("2"), details: naming("a", 2) })).toBe("default/next and default/web have eni-a")
  })

  it("with one VLAN id of a node", () => {
    const { oracle, told } = living()
    expect(told(oracle, "next", { details: naming("b", 1) })).toBe("default/next and default/web have VLAN id 1 of node-1")
  })

  it("with a branch and a VLAN id each", () => {
    const { oracle, told } = living()
    expect(told(oracle, "next", { details: naming("b", 2) })).toBeUndefined()
  })

  it("with one VLAN id of two nodes, or of two instances that had a node's name", () => {
    const { oracle, told } = living()
    expect(told(oracle, "next", { nodeName: "node-2", instanceId: instance("2"), details: naming("b", 1) })).toBeUndefined()
    expect(told(oracle, "third", { instanceId: instance("3"), details: naming("c", 1) })).toBeUndefined()
  })

  it("with one VLAN id of two nodes of which no instance is known", () => {
    const { oracle, pod, told } = living()
    pod("lost", { nodeName: "node-8", instanceId: undefined, details: naming("b", 1) })
    expect(told(oracle, "next", { nodeName: "node-9", instanceId: undefined, details: naming("c", 1) })).toBeUndefined()
  })

  it("of which somebody wrote over what one had on the node's last instance: nobody can know under which id", () => {
    const { oracle, pod, rename, told } = living()
    pod("web", { spoilt: true })
    rename("node-1", "2")
    expect(told(oracle, "next", { details: naming("b", 1) })).toBeUndefined()
    expect(told(oracle, "web", { details: naming("c", 1) })).toBeUndefined()
    expect(told(oracle, "web", { spoilt: false, details: naming("d", 1) })).toBe("default/web and default/next have VLAN id 1 of node-1")
  })

  it("of which somebody wrote over what one has on this instance", () => {
    const { oracle, pod, told } = living()
    pod("web", { spoilt: true })
    expect(told(oracle, "next", { details: naming("b", 1) })).toBeDefined()
  })

  it("are told once, and again where one of them lives again", () => {
    const { end, oracle, told } = living()
    const details = naming("a", 1)
    expect(told(oracle, "next", { details })).toBeDefined()
    expect(told(oracle, "next", { phase: "Pending" })).toBeUndefined()
    end("next")
    expect(told(oracle, "next", { living: true, phase: "Running" })).toBeDefined()
  })
})

describe("a pod", () => {
  it("that has ended may have what another one has", () => {
    const { end, oracle, told } = living()
    expect(told(oracle, "next", { details: naming("a", 1), living: false })).toBeUndefined()
    end("web")
    expect(told(oracle, "third", { details: naming("a", 1) })).toBeUndefined()
  })

  it("without an annotation has nothing of anybody's", () => {
    const { oracle, pod, told } = living()
    pod("web", { details: undefined })
    expect(told(oracle, "next", { phase: "Pending" })).toBeUndefined()
    expect(told(oracle, "next", { details: naming("a", 1) })).toBeUndefined()
  })
})
