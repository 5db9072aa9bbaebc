import { clusterTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Observation, ObservationKind } from "../../../src/ec2/Observations.js"
import type { Violation } from "../../../src/kubernetes/kubelet/Violations.js"
import { nodesUnharmed, ownOnly, withinLimits } from "../../../src/simulation/oracle/Account.js"
import { clusterName, eni, naming, nodeChange, ownTags, scene } from "./Scene.js"

describe("only the controller's own", () => {
  const others = { ...ownTags, [ownerTag]: "amazon-vpc-cni" }
  const touching = [
    ["DeleteNetworkInterface", { NetworkInterfaceId: eni("a") }],
    ["ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: eni("a"), SecurityGroupId: ["sg-other"] }],
    ["CreateTags", { ResourceId: eni("a"), Tag: ["owner=me"] }],
    ["AssociateTrunkInterface", { TrunkInterfaceId: eni("t1"), BranchInterfaceId: eni("a"), VlanId: 1 }],
    ["AssociateTrunkInterface", { TrunkInterfaceId: eni("a"), BranchInterfaceId: eni("t1"), VlanId: 1 }],
    ["AttachNetworkInterface", { NetworkInterfaceId: eni("a"), InstanceId: "i-1" }],
    ["CreateNetworkInterfacePermission", { NetworkInterfaceId: eni("a") }]
  ] as const

  it.each(touching)("%s %j: told of another's, done or refused, and not of one's own", (action, parameters) => {
    const { done, put, refused } = scene()
    const oracle = ownOnly(clusterName)
    const text = `${action} of eni-a, which is somebody else's`
    put("a", { tags: others })
    expect(done(oracle, action, parameters)).toBe(text)
    expect(refused(oracle, action, parameters)).toBe(text)
    put("a", { tags: { [clusterTag("another")]: "owned", [ownerTag]: ownerTagValue } })
    expect(done(oracle, action, parameters)).toBe(text)
    put("a", { tags: ownTags })
    expect(done(oracle, action, parameters)).toBeUndefined()
  })

  it("another's that is gone after the call, and not one's own", () => {
    const { done, refused } = scene()
    const oracle = ownOnly(clusterName)
    done(oracle, "CreateNetworkInterface", { SubnetId: "subnet-1" }, eni("mine"))
    expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("mine") })).toBeUndefined()
    expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })).toBe("DeleteNetworkInterface of eni-a, which is somebody else's")
    expect(refused(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") }, "InvalidNetworkInterfaceID.NotFound")).toBeUndefined()
  })

  it("what was made a moment ago has no tags of its own yet, and what another call answered was not made", () => {
    const { done, put } = scene()
    const oracle = ownOnly(clusterName)
    put("mine", { tags: {} })
    put("a", { tags: {} })
    done(oracle, "CreateNetworkInterface", { SubnetId: "subnet-1" }, eni("mine"))
    done(oracle, "AttachNetworkInterface", {}, eni("a"))
    expect(done(oracle, "CreateNetworkInterfacePermission", { NetworkInterfaceId: eni("mine") })).toBeUndefined()
    expect(done(oracle, "CreateNetworkInterfacePermission", { NetworkInterfaceId: eni("a") })).toBeDefined()
  })

  it("nobody makes an interface his own by tagging it, unless he made it", () => {
    const { done, put } = scene()
    const oracle = ownOnly(clusterName)
    const Tag = [`${clusterTag(clusterName)}=owned`, `${ownerTag}=${ownerTagValue}`]
    put("a", { tags: ownTags })
    expect(done(oracle, "CreateTags", { ResourceId: eni("a"), Tag })).toBe("CreateTags of eni-a, which is somebody else's")
    done(oracle, "CreateNetworkInterface", {}, eni("a"))
    expect(done(oracle, "CreateTags", { ResourceId: eni("a"), Tag })).toBeUndefined()
  })

  it("anybody may look at anything", () => {
    const { done, put } = scene()
    put("a", { tags: others })
    expect(done(ownOnly(clusterName), "DescribeNetworkInterfaces", { NetworkInterfaceId: eni("a") })).toBeUndefined()
  })
})

describe("EC2's rules", () => {
  const seen = (kind: ObservationKind, subject = "eni-t1"): Observation => ({ at: 0, kind, subject, detail: "detail" })
  const watched = (observations: ReadonlyArray<Observation>, allowed: ReadonlyArray<string> = []) => {
    const { done } = scene()
    const oracle = withinLimits({ ec2: { observed: () => observations } }, new Set(allowed), 0)
    return () => done(oracle, "DescribeInstances", {})
  }

  it.each(["vlan-taken", "vlan-cooling", "vlan-unsafe", "over-limit", "second-trunk", "trunk-with-branches-deleted"] as const)("%s: told", (kind) => {
    expect(watched([seen(kind)])()).toBe(`${kind}: eni-t1: detail`)
  })

  it("each is told once, one at a call", () => {
    const observations = [seen("over-limit", "eni-1"), seen("second-trunk", "eni-2")]
    const look = watched(observations)
    expect([look(), look(), look()]).toEqual(["over-limit: eni-1: detail", "second-trunk: eni-2: detail", undefined])
    observations.push(seen("vlan-taken", "eni-3"))
    expect([look(), look()]).toEqual(["vlan-taken: eni-3: detail", undefined])
  })

  it("who began when a branch was associated cannot know of it where describes lag, and of a living pod's knows by the pod", () => {
    const told = (lag: number, between: number, isLiving = false) => {
      const { branch, done, later, pod, start } = scene()
      const observations: Array<Observation> = []
      const oracle = withinLimits({ ec2: { observed: () => observations } }, new Set(), lag)
      branch("a", 1)
      if (isLiving) pod("web", { details: naming("a", 1) })
      done(oracle, "DescribeInstances", {})
      later(60_000)
      done(oracle, "AssociateTrunkInterface", { BranchInterfaceId: eni("a") })
      later(between)
      start()
      done(oracle, "DescribeInstances", {})
      observations.push(seen("over-limit"))
      return done(oracle, "DescribeInstances", {})
    }
    expect(told(3_000, 2_000)).toBeUndefined()
    for (const said of [told(0, 2_000), told(3_000, 4_000), told(3_000, 2_000, true)]) expect(said).toBe("over-limit: eni-t1: detail")
  })

  it("an associated branch may be deleted, and what the world itself brings about is allowed", () => {
    expect(watched([seen("associated-branch-deleted")])()).toBeUndefined()
    expect(watched([seen("vlan-cooling")], ["vlan-cooling"])()).toBeUndefined()
    expect(watched([seen("vlan-cooling"), seen("vlan-taken")], ["vlan-cooling"])()).toBe("vlan-taken: eni-t1: detail")
  })
})

describe("nodes", () => {
  const seen = (pod: string): Violation => ({ kind: "branch taken away", at: 0, nodeName: "node-1", podUid: `uid-${pod}`, message: pod })
  const living = (violations: ReadonlyArray<Violation>) => {
    const one = scene()
    one.pod("web")
    const oracle = nodesUnharmed({ violations })
    return { ...one, atCall: () => one.done(oracle, "DescribeInstances", {}), atWrite: () => one.written(oracle, nodeChange(undefined, {})) }
  }

  it("tell what they saw, at the next call or write, and each once", () => {
    const violations = [seen("web"), seen("stranger")]
    const { atCall, atWrite } = living(violations)
    expect([atCall(), atCall(), atCall()]).toEqual(["branch taken away: node-1: web", "branch taken away: node-1: stranger", undefined])
    violations.push(seen("web"))
    expect([atWrite(), atCall(), atWrite()]).toEqual(["branch taken away: node-1: web", undefined, undefined])
  })

  it("are not believed where somebody's own deed took the branch, and the next of what they saw is told", () => {
    const { atCall, excuse, pod } = living([seen("web"), seen("next")])
    pod("next")
    excuse("web")
    expect(atCall()).toBe("branch taken away: node-1: next")
  })

  it("are not believed where the node's name is another instance's now", () => {
    const { atCall, launch, rename } = living([seen("web")])
    launch("2", "t2")
    rename("node-1", "2")
    expect(atCall()).toBeUndefined()
  })
})
