import { describe, expect, it } from "vitest"
import { annotated } from "../../../src/simulation/oracle/Branches.js"
import { eni, naming, scene } from "./Scene.js"

/** `eni-a` hangs under VLAN id 1 of the node's trunk, and `web` was told of nothing yet. */
const ready = () => {
  const one = scene()
  one.branch("a", 1)
  one.pod("web")
  return { ...one, oracle: annotated() }
}

const announced = { details: naming("a", 1) }

describe("an annotation that is written", () => {
  it("is well where its branch is under that VLAN id of the node's trunk", () => {
    const { oracle, told } = ready()
    expect(told(oracle, "web", announced)).toBeUndefined()
  })

  it("of an interface that is not there", () => {
    const { gone, oracle, told } = ready()
    gone("a")
    expect(told(oracle, "web", announced)).toBe("default/web: eni-a is not there")
  })

  it("of an interface that hangs nowhere", () => {
    const { loose, oracle, told } = ready()
    loose("a")
    expect(told(oracle, "web", announced)).toBe("default/web: eni-a is associated with no trunk")
  })

  it("of a branch under another trunk, or where the node has none", () => {
    const { branch, launch, oracle, told } = ready()
    branch("a", 1, "t2")
    expect(told(oracle, "web", announced)).toBe("default/web: eni-a is under eni-t2, and the node's trunk is eni-t1")
    launch("1", undefined)
    expect(told(oracle, "other", announced)).toBe("default/other: eni-a is under eni-t2, and the node's trunk is not there")
  })

  it("of a branch under another VLAN id", () => {
    const { oracle, told } = ready()
    expect(told(oracle, "web", { details: naming("a", 2) })).toBe("default/web: eni-a has VLAN id 1, and not 2")
  })
})

describe("an annotation that was written", () => {
  const served = () => {
    const one = ready()
    one.told(one.oracle, "web", announced)
    return one
  }

  it("names another branch, or another VLAN id", () => {
    const { branch, oracle, told } = served()
    branch("b", 2)
    expect(told(oracle, "web", { details: naming("b", 2) })).toBe("that of default/web changed from eni-a/1 to eni-b/2")
    for (const [name, vlanId] of [["a", 3], ["b", 1]] as const) {
      const one = served()
      expect(one.told(one.oracle, "web", { details: naming(name, vlanId) })).toBe(`that of default/web changed from eni-a/1 to eni-${name}/${vlanId}`)
    }
  })

  it("is taken away, or made to be what nobody can read", () => {
    const { oracle, told } = served()
    expect(told(oracle, "web", { details: undefined })).toBe("that of default/web named eni-a/1 and names nothing any more")
  })

  it("is not looked at again when something else is written", () => {
    const { gone, oracle, told } = served()
    gone("a")
    expect(told(oracle, "web", { details: naming("a", 1), phase: "Pending" })).toBeUndefined()
  })

  it("a pod that was told of nothing is told of nothing", () => {
    const { oracle, told } = ready()
    expect(told(oracle, "web", { phase: "Pending" })).toBeUndefined()
  })
})

describe("a branch that was deleted", () => {
  const deleted = () => {
    const one = ready()
    one.told(one.oracle, "web", announced)
    one.gone("a")
    return one
  }
  const parameters = { NetworkInterfaceId: eni("a") }

  it("leaves the annotation of its pod with nothing", () => {
    const { done, oracle } = deleted()
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBe("default/web: eni-a is not there")
  })

  it("is there where the call was refused, or was another one", () => {
    const { done, oracle, refused } = deleted()
    expect(refused(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
    expect(done(oracle, "CreateNetworkInterfacePermission", parameters)).toBeUndefined()
  })

  it("is nothing to a pod that had it and has another one, or none, now", () => {
    const { branch, done, oracle, pod } = deleted()
    branch("b", 2)
    pod("web", { details: naming("b", 2) })
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
    pod("web", { details: undefined })
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
  })

  it("is told of whoever had it last", () => {
    const { done, end, oracle, pod } = deleted()
    end("web")
    pod("next", announced)
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBe("default/next: eni-a is not there")
  })
})

describe("nothing is promised", () => {
  type Ready = ReturnType<typeof ready>
  const ways: ReadonlyArray<readonly [string, (one: Ready) => void]> = [
    ["to a pod that has ended", ({ end }) => void end("web")],
    ["to a pod whose branch was taken by somebody's own deed", ({ excuse }) => excuse("web")],
    ["on an instance that is terminated", ({ launch }) => launch("1", "t1", { state: "terminated" })],
    ["where the node's name is another instance's now", ({ launch, rename }) => {
      launch("2", "t2")
      rename("node-1", "2")
    }]
  ]

  it.each(ways)("%s", (_, bring) => {
    const written = ready()
    written.gone("a")
    bring(written)
    expect(written.told(written.oracle, "web", announced)).toBeUndefined()

    const taken = ready()
    taken.told(taken.oracle, "web", announced)
    taken.gone("a")
    bring(taken)
    expect(taken.done(taken.oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })).toBeUndefined()
    expect(taken.told(taken.oracle, "web", { details: undefined })).toBeUndefined()
  })

  it("to a pod that is bound to no instance", () => {
    const { gone, oracle, told } = ready()
    gone("a")
    expect(told(oracle, "web", { ...announced, nodeName: undefined, instanceId: undefined })).toBeUndefined()
  })
})
