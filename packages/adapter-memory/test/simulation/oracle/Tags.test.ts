import { allocationTag, instanceIdTag, trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import { nothingTwice, refusedIdsRest, truthfulTags } from "../../../src/simulation/oracle/Tags.js"
import { naming, scene } from "./Scene.js"

const association = (vlanId: number, trunk = "eni-t1") => ({ BranchInterfaceId: "eni-a", TrunkInterfaceId: trunk, VlanId: vlanId })

describe("the tags of a branch that is associated", () => {
  const tagged = (tags: Readonly<Record<string, string>>) => {
    const one = scene()
    one.put("a", { type: "branch", tags })
    return { ...one, oracle: truthfulTags() }
  }

  it("name another VLAN id, or another trunk", () => {
    const other = tagged({ [vlanIdTag]: "4", [trunkEniIdTag]: "eni-t1" })
    expect(other.done(other.oracle, "AssociateTrunkInterface", association(5))).toBe(`eni-a is associated under 5, and its tag ${vlanIdTag} says 4`)
    const strange = tagged({ [vlanIdTag]: "5", [trunkEniIdTag]: "eni-t2" })
    expect(strange.done(strange.oracle, "AssociateTrunkInterface", association(5))).toBe(`eni-a is associated under eni-t1, and its tag ${trunkEniIdTag} says eni-t2`)
  })

  it("are right, or are not there", () => {
    for (const tags of [{ [vlanIdTag]: "5", [trunkEniIdTag]: "eni-t1" }, {}]) {
      const { done, oracle } = tagged(tags)
      expect(done(oracle, "AssociateTrunkInterface", association(5))).toBeUndefined()
    }
  })

  it("are no matter of a call that was refused, or of another call", () => {
    const { done, oracle, refused } = tagged({ [vlanIdTag]: "4" })
    expect(refused(oracle, "AssociateTrunkInterface", association(5))).toBeUndefined()
    expect(done(oracle, "CreateTags", association(5))).toBeUndefined()
  })
})

describe("a VLAN id that EC2 has refused", () => {
  const refusing = (code = "InvalidParameterValue") => {
    const one = scene()
    const oracle = refusedIdsRest()
    expect(one.refused(oracle, "AssociateTrunkInterface", association(5), code)).toBeUndefined()
    return { ...one, oracle }
  }

  it("is asked for again at once, whether EC2 gives it then or not", () => {
    const { done, later, oracle, refused } = refusing()
    later(4_000)
    expect(refused(oracle, "AssociateTrunkInterface", association(5), "InvalidParameterValue")).toBe("eni-t1 5 again 4000 ms after EC2 refused it")
    later(4_999)
    expect(done(oracle, "AssociateTrunkInterface", association(5))).toBe("eni-t1 5 again 4999 ms after EC2 refused it")
  })

  it("is asked for after a while, on another trunk, or by somebody who knows nothing of it; another id is asked for", () => {
    const { done, oracle, start } = refusing()
    expect(done(oracle, "AssociateTrunkInterface", association(6))).toBeUndefined()
    expect(done(oracle, "AssociateTrunkInterface", association(5, "eni-t2"))).toBeUndefined()
    start()
    expect(done(oracle, "AssociateTrunkInterface", association(5))).toBeUndefined()
    const other = refusing()
    other.later(5_000)
    expect(other.done(other.oracle, "AssociateTrunkInterface", association(5))).toBeUndefined()
  })

  it("is no matter of other calls, whatever is wrong with them", () => {
    const { oracle, refused } = refusing()
    for (let count = 0; count < 2; count++) expect(refused(oracle, "CreateTags", association(7), "InvalidParameterValue")).toBeUndefined()
  })

  it("was refused for another reason", () => {
    const { done, oracle } = refusing("RequestLimitExceeded")
    expect(done(oracle, "AssociateTrunkInterface", association(5))).toBeUndefined()
  })
})

describe("a second interface for a pod", () => {
  const made = (first: Readonly<Record<string, string>> = { [allocationTag]: "uid-web/1" }) => {
    const one = scene()
    one.pod("web")
    one.put("a", { type: "branch", tags: first })
    one.put("b", { type: "branch", tags: { [allocationTag]: "uid-web/2" } })
    const oracle = nothingTwice()
    return { ...one, second: () => one.done(oracle, "CreateNetworkInterface", {}, "eni-b"), oracle }
  }

  it("is made while the first lies unused", () => {
    expect(made().second()).toBe("eni-b is made for the pod default/web, and eni-a, made for it before, is used by nobody")
  })

  it("of a pod that nobody knows, too", () => {
    const one = scene()
    one.put("a", { tags: { [allocationTag]: "uid-x/1" } })
    one.put("b", { tags: { [allocationTag]: "uid-x/2" } })
    expect(one.done(nothingTwice(), "CreateNetworkInterface", {}, "eni-b")).toBe("eni-b is made for the pod uid-x, and eni-a, made for it before, is used by nobody")
  })

  it("is made when the first is associated, was announced, is gone, or is another pod's or nobody's", () => {
    const associated = made()
    associated.branch("a", 1)
    associated.put("a", { type: "branch", tags: { [allocationTag]: "uid-web/1" } })
    expect(associated.second()).toBeUndefined()
    const announced = made()
    announced.pod("web", { details: naming("a", 1) })
    expect(announced.second()).toBeUndefined()
    const gone = made()
    gone.gone("a")
    expect(gone.second()).toBeUndefined()
    expect(made({ [allocationTag]: "uid-api/1" }).second()).toBeUndefined()
    expect(made({}).second()).toBeUndefined()
    // The node's last instance had it.
    expect(made({ [allocationTag]: "uid-web/1", [instanceIdTag]: "i-0" }).second()).toBeUndefined()
  })

  it("is made for no pod in particular", () => {
    const one = scene()
    one.put("a", { tags: {} })
    one.put("b", { tags: {} })
    expect(one.done(nothingTwice(), "CreateNetworkInterface", {}, "eni-b")).toBeUndefined()
  })

  it("is made when the first was made for another trunk, which is gone", () => {
    expect(made({ [allocationTag]: "uid-web/1", [trunkEniIdTag]: "eni-t0" }).second()).toBeUndefined()
  })

  it("is not made: the call was refused, or makes something else", () => {
    const { done, oracle, refused } = made()
    expect(refused(oracle, "CreateNetworkInterface", {})).toBeUndefined()
    expect(done(oracle, "CreateTags", {}, "eni-b")).toBeUndefined()
  })
})
