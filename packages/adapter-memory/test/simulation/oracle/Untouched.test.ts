import { trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import { untouched } from "../../../src/simulation/oracle/Branches.js"
import { eni, naming, scene } from "./Scene.js"

/** `web` lives on `eni-a`, which hangs under VLAN id 1 of its node's trunk. */
const living = () => {
  const one = scene()
  one.branch("a", 1)
  one.pod("web", { details: naming("a", 1) })
  return { ...one, oracle: untouched() }
}

const associate = { TrunkInterfaceId: eni("t1"), BranchInterfaceId: eni("a"), VlanId: 1 }

describe("a living pod's branch", () => {
  it.each([
    ["DeleteNetworkInterface", { NetworkInterfaceId: eni("a") }],
    ["ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: eni("a"), SecurityGroupId: ["sg-other"] }],
    ["CreateTags", { ResourceId: eni("a"), Tag: ["owner=nobody"] }]
  ])("%s: told, done or refused", (action, parameters) => {
    const { done, oracle, refused } = living()
    const text = `${action} of eni-a, which the living pod default/web has`
    expect(done(oracle, action, parameters)).toBe(text)
    expect(refused(oracle, action, parameters)).toBe(text)
  })

  it("is tagged once more, as it is, by the second of two controllers, and not otherwise", () => {
    const tagging = (rivalled: boolean, trunk: string, vlanId: number) => {
      const { done, oracle, put, rival } = living()
      if (rivalled) rival()
      put("a", { type: "branch", status: "in-use", tags: { [trunkEniIdTag]: eni(trunk), [vlanIdTag]: String(vlanId) } })
      return done(oracle, "CreateTags", { ResourceId: eni("a"), Tag: [`${vlanIdTag}=${vlanId}`] })
    }
    expect(tagging(true, "t1", 1)).toBeUndefined()
    for (const told of [tagging(false, "t1", 1), tagging(true, "t1", 2), tagging(true, "t2", 1)]) expect(told).toBe("CreateTags of eni-a, which the living pod default/web has")
  })

  it("its association, by the id that EC2 gave it", () => {
    const { done, oracle, refused } = living()
    done(oracle, "AssociateTrunkInterface", associate, "trunk-assoc-a")
    expect(refused(oracle, "DisassociateTrunkInterface", { AssociationId: "trunk-assoc-a" })).toBe("DisassociateTrunkInterface of eni-a, which the living pod default/web has")
    expect(done(oracle, "DisassociateTrunkInterface", { AssociationId: "trunk-assoc-b" })).toBeUndefined()
  })

  it("is named by no call but the one that associated it", () => {
    const { done, oracle } = living()
    done(oracle, "AttachNetworkInterface", { NetworkInterfaceId: eni("t1"), BranchInterfaceId: eni("a") }, "eni-attach-1")
    expect(done(oracle, "DisassociateTrunkInterface", { AssociationId: "eni-attach-1" })).toBeUndefined()
  })

  it("may be bound to go with its instance, permitted and described", () => {
    const { done, oracle } = living()
    expect(done(oracle, "ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: eni("a"), "Attachment.DeleteOnTermination": "true" })).toBeUndefined()
    expect(done(oracle, "CreateNetworkInterfacePermission", { NetworkInterfaceId: eni("a") })).toBeUndefined()
    expect(done(oracle, "DescribeNetworkInterfaces", { NetworkInterfaceId: eni("a") })).toBeUndefined()
  })

  it("is told of whoever has it: one that had it first has ended and cooled", () => {
    const { done, end, later, oracle, pod } = living()
    end("web")
    later(60_000)
    pod("next", { details: naming("a", 1) })
    expect(done(oracle, "CreateTags", { ResourceId: eni("a") })).toBe("CreateTags of eni-a, which the living pod default/next has")
  })
})

describe("a branch whose pod has ended", () => {
  const after = (millis: number) => {
    const { done, end, later, oracle } = living()
    end("web")
    later(millis)
    return done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })
  }

  it("cools in full; a millisecond may be missing between two clocks", () => {
    expect(after(59_998)).toBe("DeleteNetworkInterface of eni-a 59998 ms after default/web ended")
    expect(after(59_999)).toBeUndefined()
    expect(after(60_000)).toBeUndefined()
  })

  it("cools as long as the cluster says now", () => {
    const { cool, done, end, later, oracle } = living()
    cool(30_000)
    end("web")
    later(30_000)
    expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })).toBeUndefined()
  })
})

describe("nothing is promised", () => {
  const parameters = { NetworkInterfaceId: eni("a") }

  it.each(["terminated", "shutting-down"] as const)("where the pod's instance is %s", (state) => {
    const { done, launch, oracle } = living()
    launch("1", "t1", { state })
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
  })

  it("where the pod's instance is not there", () => {
    const { done, oracle, pod } = living()
    pod("web", { nodeName: undefined, instanceId: undefined })
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
  })

  it("where the node's name is another instance's now", () => {
    const { done, launch, oracle, rename } = living()
    launch("2", "t2")
    rename("node-1", "2")
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
  })

  it("to a pod whose branch was taken by somebody's own deed", () => {
    const { done, excuse, oracle } = living()
    excuse("web")
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
  })

  it("of a branch that the pod had before it was told of another one", () => {
    const { branch, done, oracle, pod } = living()
    branch("b", 2)
    pod("web", { details: naming("b", 2) })
    expect(done(oracle, "DeleteNetworkInterface", parameters)).toBeUndefined()
    expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("b") })).toBeDefined()
  })

  it("of a branch that no pod ever had", () => {
    const { branch, done, oracle } = living()
    branch("b", 2)
    expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("b") })).toBeUndefined()
  })
})
