import { allocationTag, clusterTag, instanceIdTag, ownerTag } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Observation } from "../../../src/ec2/Observations.js"
import { ownOnly, withinLimits } from "../../../src/simulation/oracle/Account.js"
import { annotated } from "../../../src/simulation/oracle/Branches.js"
import { recordOf } from "../../../src/simulation/oracle/Book.js"
import { isFull } from "../../../src/simulation/oracle/Room.js"
import { nothingTwice, refusedIdsRest } from "../../../src/simulation/oracle/Tags.js"
import { clusterName, eni, instance, naming, scene } from "./Scene.js"

describe("what somebody else's deed was", () => {
  it("an interface with the controller's tags that was there before it may be deleted", () => {
    const { done, inherit } = scene()
    inherit("a")
    expect(done(ownOnly(clusterName), "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })).toBeUndefined()
    expect(done(ownOnly(clusterName), "DeleteNetworkInterface", { NetworkInterfaceId: eni("b") })).toBeDefined()
  })

  const claimed = { [allocationTag]: "uid-web/1", [instanceIdTag]: instance("1"), [ownerTag]: "", [clusterTag(clusterName)]: "" }
  const twice = () => {
    const one = scene()
    const oracle = nothingTwice()
    one.pod("web")
    one.put("a", { tags: claimed })
    one.put("b", { tags: { ...claimed, [allocationTag]: "uid-web/2" } })
    return { ...one, make: () => one.done(oracle, "CreateNetworkInterface", {}, eni("b")) }
  }

  it("a second interface may be made where the first was there before, was not shown, or another controller is at work", () => {
    expect(twice().make()).toBeDefined()
    for (const bring of [({ inherit }: ReturnType<typeof twice>) => inherit("a"), ({ hide }: ReturnType<typeof twice>) => hide("a"), ({ rival }: ReturnType<typeof twice>) => rival()]) {
      const one = twice()
      bring(one)
      expect(one.make()).toBeUndefined()
    }
  })

  const asked = { TrunkInterfaceId: eni("t1"), BranchInterfaceId: eni("a"), VlanId: 1 }

  it("a refused VLAN id may be asked for again by another controller beside the first", () => {
    const { refused, rival } = scene()
    const oracle = refusedIdsRest()
    refused(oracle, "AssociateTrunkInterface", asked, "InvalidParameterValue")
    expect(refused(oracle, "AssociateTrunkInterface", asked, "InvalidParameterValue")).toBeDefined()
    rival()
    expect(refused(oracle, "AssociateTrunkInterface", asked, "InvalidParameterValue")).toBeUndefined()
  })

  const looking = (kind: Observation["kind"]) => {
    const one = scene()
    const oracle = withinLimits({ ec2: { observed: () => [{ at: 0, kind, subject: eni("t1"), detail: "detail" }] } }, new Set(), 0)
    return { ...one, look: () => one.done(oracle, "DescribeInstances", {}) }
  }

  it.each(["vlan-taken", "over-limit"] as const)("%s is found out by who does not know all that hangs on the trunk", (kind) => {
    const two = looking(kind)
    two.rival()
    expect(two.look()).toBeUndefined()
    const blind = looking(kind)
    blind.branch("a", 1)
    blind.hide("a")
    expect(blind.look()).toBeUndefined()
  })

  it.each(["vlan-taken", "over-limit"] as const)("%s is told where what EC2 does not show has a living pod, hangs elsewhere, or nowhere", (kind) => {
    const living = looking(kind)
    living.branch("a", 1)
    living.hide("a")
    living.pod("web", { details: naming("a", 1) })
    expect(living.look()).toBeDefined()
    const elsewhere = looking(kind)
    elsewhere.branch("a", 1, "t2")
    elsewhere.hide("a")
    expect(elsewhere.look()).toBeDefined()
    const nowhere = looking(kind)
    nowhere.put("a")
    nowhere.hide("a")
    expect(nowhere.look()).toBeDefined()
  })

  it("a second trunk is nobody's to be excused for", () => {
    const one = looking("second-trunk")
    one.rival()
    expect(one.look()).toBeDefined()
  })
})

describe("a spoilt annotation", () => {
  const document = (annotation: string | undefined) => ({ metadata: { name: "web", namespace: "default", uid: "u", ...(annotation === undefined ? {} : { annotations: { "vpc.amazonaws.com/pod-eni": annotation } }) } })
  const nowhere = () => undefined

  it("keeps what the node has read, until it is written again", () => {
    const text = JSON.stringify([{ ...naming("0123456789abcdef0", 1), eniId: "eni-0123456789abcdef0" }])
    const before = recordOf(document(text), document(text), undefined, 0, nowhere, { text: "x" })
    expect([before.spoilt, before.details?.vlanId]).toEqual([false, 1])
    for (const spoilt of ["x", undefined]) {
      const after = recordOf(document(spoilt), document(spoilt), before, 1, nowhere, { text: spoilt })
      expect([after.spoilt, after.details]).toEqual([true, before.details])
      expect(recordOf(document(text), document(text), after, 2, nowhere, { text: spoilt }).spoilt).toBe(false)
    }
  })

  it("that nobody spoilt is simply unreadable", () => {
    const one = recordOf(document("x"), document("x"), undefined, 0, nowhere)
    expect([one.spoilt, one.details]).toEqual([false, undefined])
  })

  it("is to be mended as it was", () => {
    const { branch, told } = scene()
    const oracle = annotated()
    branch("a", 1)
    told(oracle, "web", { details: naming("a", 1) })
    expect(told(oracle, "web", { spoilt: true })).toBeUndefined()
    expect(told(oracle, "web", { spoilt: false })).toBeUndefined()
    expect(told(oracle, "web", { details: naming("a", 2) })).toBeDefined()
  })
})

describe("a trunk", () => {
  it("is full where EC2 has as many branches under it as the type carries, whosever they are", () => {
    const { book, branch } = scene()
    for (let index = 1; index <= 8; index++) branch(`b${index}`, index)
    branch("other", 1, "t2")
    expect(isFull(book, instance("1"))).toBe(false)
    branch("b9", 9)
    expect(isFull(book, instance("1"))).toBe(true)
  })

  it("that is not there, of an instance that is not, is not full", () => {
    const { book, launch } = scene()
    launch("2", undefined, { instanceType: "t3.large" })
    for (const one of [undefined, instance("2"), instance("3")]) expect(isFull(book, one)).toBe(false)
  })
})
