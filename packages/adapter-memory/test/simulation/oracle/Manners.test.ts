import { eventComponent } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { patient, toldOnce } from "../../../src/simulation/oracle/Manners.js"
import { cniNodeChange, eni, eventChange, instance, naming, nodeChange, policyChange, scene } from "./Scene.js"

describe("what fails", () => {
  /** Thirty in ten minutes, and twelve more for the one start that there was. */
  const most = 42

  const trying = () => {
    const one = scene()
    const oracle = patient()
    const fail = (count: number, parameters: Readonly<Record<string, string>> = { NetworkInterfaceId: eni("a") }, code = "InternalError") =>
      Array.from({ length: count }, () => one.refused(oracle, "DeleteNetworkInterface", parameters, code)).filter((text) => text !== undefined)
    return { ...one, oracle, fail }
  }

  it("may be tried as often as the backoff allows, and once more is told", () => {
    const { fail } = trying()
    expect(fail(most)).toEqual([])
    expect(fail(2)).toEqual([
      "DeleteNetworkInterface eni-a failed 43 times in 10 minutes: InternalError",
      "DeleteNetworkInterface eni-a failed 44 times in 10 minutes: InternalError"
    ])
  })

  it("is counted within ten minutes", () => {
    const { fail, later } = trying()
    fail(1)
    later(1)
    fail(most - 1)
    later(10 * 60_000 - 1)
    expect(fail(1)).toEqual([])
    expect(fail(1)).toEqual(["DeleteNetworkInterface eni-a failed 43 times in 10 minutes: InternalError"])
  })

  it("may be tried anew by who remembers nothing", () => {
    const { fail, start } = trying()
    fail(most)
    start()
    expect(fail(12)).toEqual([])
    expect(fail(1)).toEqual(["DeleteNetworkInterface eni-a failed 55 times in 10 minutes: InternalError"])
  })

  it("is counted for each thing and each action by itself", () => {
    const { fail, oracle, refused } = trying()
    fail(most)
    expect(fail(1, { NetworkInterfaceId: eni("b") })).toEqual([])
    expect(refused(oracle, "CreateNetworkInterfacePermission", { NetworkInterfaceId: eni("a") })).toBeUndefined()
  })

  it("is no throttled call, which the pacing has to answer for, and none that was done", () => {
    const { done, fail, oracle } = trying()
    expect(fail(100, undefined, "RequestLimitExceeded")).toEqual([])
    for (let count = 0; count < 100; count++) expect(done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })).toBeUndefined()
    expect(fail(most)).toEqual([])
  })

  it("about nothing in particular is not counted", () => {
    const { fail, oracle, refused } = trying()
    expect(fail(100, {})).toEqual([])
    for (let count = 0; count < 100; count++) expect(refused(oracle, "DescribeInstances", { InstanceId: ["i-1"] })).toBeUndefined()
  })

  it.each(["BranchInterfaceId", "AssociationId", "NetworkInterfaceId", "ClientToken", "ResourceId", "InstanceId"])("is about its %s", (field) => {
    const { fail } = trying()
    expect(fail(most + 1, { [field]: "it" })).toEqual(["DeleteNetworkInterface it failed 43 times in 10 minutes: InternalError"])
  })

  it("of several names it is about the nearest: the branch, and not the trunk or the try", () => {
    const { fail } = trying()
    const names = { ClientToken: "try", TrunkInterfaceId: eni("t1"), InstanceId: "i-1", NetworkInterfaceId: eni("a"), BranchInterfaceId: eni("b") }
    expect(fail(most + 1, names)).toEqual(["DeleteNetworkInterface eni-b failed 43 times in 10 minutes: InternalError"])
  })
})

describe("an event", () => {
  const about = (kind: string, name: string, uid: string) => ({ kind, name, uid, namespace: "default" })
  const event = (changes: Document = {}): Document => ({
    metadata: { name: "web.1", namespace: "default" },
    involvedObject: about("Pod", "web", "uid-web"),
    reason: "SecurityGroupRequested",
    message: "it waits",
    source: { component: eventComponent },
    ...changes
  })
  const node = (name: string, uid: string): Document => ({ metadata: { name, uid } })

  const hearing = () => {
    const one = scene()
    const oracle = toldOnce()
    one.pod("web")
    one.written(oracle, nodeChange(undefined, node("node-1", "uid-1")))
    one.later(3_600_000)
    return { ...one, oracle, tell: (changes: Document = {}) => one.written(oracle, eventChange(undefined, event(changes))) }
  }
  const twice = "SecurityGroupRequested about web: it waits"

  it("is told once for one transition", () => {
    const { tell } = hearing()
    expect([tell(), tell(), tell()]).toEqual([undefined, twice, twice])
  })

  it("may be told of another pod, for another reason, or in other words, and again after those", () => {
    const { tell } = hearing()
    tell()
    expect(tell({ involvedObject: about("Pod", "next", "uid-next") })).toBeUndefined()
    expect(tell({ reason: "BranchAllocationFailed" })).toBeUndefined()
    expect(tell()).toBe(twice)
    expect(tell({ message: "it still waits" })).toBeUndefined()
    expect(tell()).toBeUndefined()
  })

  it("may be told again by who remembers nothing", () => {
    const { start, tell } = hearing()
    tell()
    start()
    expect([tell(), tell()]).toEqual([undefined, twice])
  })

  it("may be told again by a term that began while it was on its way; its name says when it was told", () => {
    const { book, later, start, tell } = hearing()
    const named = (at: number): Document => ({ metadata: { name: `web.${(BigInt(at) * 1_000_000n).toString(16).padStart(16, "0")}`, namespace: "default" } })
    const before = book.now()
    later(1_000)
    start()
    expect(tell(named(before))).toBeUndefined()
    later(1_000)
    expect(tell(named(book.now()))).toBeUndefined()
    expect(tell(named(book.now()))).toBe(twice)
    // So does one whose clock was set back.
    later(1_000)
    start()
    later(1_000)
    expect(tell(named(book.now() - 1_500))).toBeUndefined()
    expect(tell(named(book.now() - 1_500))).toBe(twice)
  })

  it("that is counted up or forgotten is not told again", () => {
    const { oracle, tell, written } = hearing()
    tell()
    expect(written(oracle, eventChange(event(), { ...event(), count: 2 }))).toBeUndefined()
    expect(written(oracle, eventChange(event(), undefined))).toBeUndefined()
  })

  it("of somebody else, or another object with such fields, is nobody's business", () => {
    const { oracle, tell, written } = hearing()
    const kubelet = { source: { component: "kubelet" } }
    expect([tell(kubelet), tell(kubelet)]).toEqual([undefined, undefined])
    tell()
    expect(written(oracle, nodeChange(undefined, event()))).toBeUndefined()
  })

  it("may be told again of a pod whose node is another instance, has another trunk, or is another object for a while now", () => {
    const other = hearing()
    other.tell()
    other.launch("2", "t2")
    other.rename("node-1", "2")
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
    other.launch("2", "t3")
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
    other.launch("2", undefined)
    other.launch("3", undefined)
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
    other.rename("node-1", "3")
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
    other.forget("node-1")
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
    other.written(other.oracle, nodeChange(undefined, node("node-1", "uid-2")))
    other.later(180_000)
    expect([other.tell(), other.tell()]).toEqual([undefined, twice])
  })

  it("of a node, which an event names by its name, as of a pod", () => {
    const { launch, tell } = hearing()
    const ofNode = { involvedObject: about("Node", "node-1", "node-1") }
    const again = "SecurityGroupRequested about node-1: it waits"
    expect([tell(ofNode), tell(ofNode)]).toEqual([undefined, again])
    launch("1", "t2")
    expect([tell(ofNode), tell(ofNode)]).toEqual([undefined, again])
  })

  it("of what stands in a node's way is news again once it was told that the node has its trunk; that it has it is not", () => {
    const { tell } = hearing()
    const ofNode = { involvedObject: about("Node", "node-1", "node-1") }
    const initiated = { ...ofNode, reason: "NodeTrunkInitiated" }
    const has = "NodeTrunkInitiated about node-1: it waits"
    tell(ofNode)
    tell()
    expect([tell(initiated), tell(initiated)]).toEqual([undefined, has])
    expect([tell(ofNode), tell(ofNode)]).toEqual([undefined, "SecurityGroupRequested about node-1: it waits"])
    expect(tell()).toBe(twice)
  })

  it("that a node has its trunk is news again once it was told that it failed to get it", () => {
    const { tell } = hearing()
    const ofNode = { involvedObject: about("Node", "node-1", "node-1") }
    const initiated = { ...ofNode, reason: "NodeTrunkInitiated" }
    tell(initiated)
    tell({ ...ofNode, reason: "NodeTrunkFailedInit" })
    expect([tell(initiated), tell(initiated)]).toEqual([undefined, "NodeTrunkInitiated about node-1: it waits"])
    tell({ involvedObject: about("Node", "node-2", "node-2"), reason: "NodeTrunkFailedInit" })
    expect(tell(initiated)).toBe("NodeTrunkInitiated about node-1: it waits")
  })

  it("of a node, and of its pods, is news again once what its CNINode asks for was changed, and not once that was written as it was", () => {
    const { oracle, tell, written } = hearing()
    const ofNode = { involvedObject: about("Node", "node-1", "node-1") }
    const again = "SecurityGroupRequested about node-1: it waits"
    const asking = (name: string, ...features: ReadonlyArray<string>): Document => ({ metadata: { name }, spec: { features: features.map((feature) => ({ name: feature })) } })
    tell(ofNode)
    written(oracle, cniNodeChange(undefined, asking("node-1")))
    expect(tell(ofNode)).toBe(again)
    written(oracle, cniNodeChange(asking("node-1"), asking("node-1", "SecurityGroupsForPods")))
    expect([tell(ofNode), tell(ofNode)]).toEqual([undefined, again])
    written(oracle, cniNodeChange(asking("node-1", "SecurityGroupsForPods"), asking("node-1", "SecurityGroupsForPods")))
    written(oracle, cniNodeChange(asking("node-2"), asking("node-2", "SecurityGroupsForPods")))
    written(oracle, nodeChange(asking("node-1"), asking("node-1", "SecurityGroupsForPods")))
    expect(tell(ofNode)).toBe(again)
  })

  it("that branches of a node cannot be given back is news again once one was", () => {
    const { done, end, launch, oracle, pod, refused, tell } = hearing()
    const stuck = (nodeName: string) => tell({ involvedObject: about("Node", nodeName, nodeName), reason: "BranchENIReleaseFailed" })
    const again = "BranchENIReleaseFailed about node-1: it waits"
    pod("web", { details: naming("a", 1) })
    end("web")
    launch("2", "t2")
    pod("other", { nodeName: "node-2", instanceId: instance("2"), details: naming("b", 1) })
    stuck("node-1")
    tell()
    done(oracle, "CreateTags", { NetworkInterfaceId: eni("a") })
    refused(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })
    done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("b") })
    done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("c") })
    expect(stuck("node-1")).toBe(again)
    done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })
    expect([stuck("node-1"), stuck("node-1")]).toEqual([undefined, again])
    expect(tell(), "of other events it makes no news").toBe(twice)
    expect(tell({ involvedObject: about("Node", "node-1", "node-1") })).toBeUndefined()
    done(oracle, "DeleteNetworkInterface", { NetworkInterfaceId: eni("a") })
    expect(tell({ involvedObject: about("Node", "node-1", "node-1") })).toBe("SecurityGroupRequested about node-1: it waits")
  })

  it("may be told twice while a watch may not have said that the node is another object", () => {
    const { later, oracle, tell, written } = hearing()
    written(oracle, nodeChange(undefined, node("node-1", "uid-2")))
    later(179_999)
    expect([tell(), tell()]).toEqual([undefined, undefined])
    later(1)
    expect(tell()).toBe(twice)
  })

  it("may not be told twice because a node is new or was written, or another one, or another object of its name, was made anew", () => {
    const { oracle, tell, written } = hearing()
    tell()
    written(oracle, policyChange(undefined, node("node-1", "uid-4")))
    written(oracle, nodeChange(node("node-1", "uid-1"), node("node-1", "uid-1")))
    written(oracle, nodeChange(undefined, node("node-2", "uid-2")))
    const ofNew = { involvedObject: about("Node", "node-2", "node-2") }
    expect([tell(ofNew), tell(ofNew)]).toEqual([undefined, "SecurityGroupRequested about node-2: it waits"])
    written(oracle, nodeChange(undefined, node("node-2", "uid-3")))
    expect(tell()).toBe(twice)
  })

  it("of a pod that nobody knows is told once, too", () => {
    const { launch, tell } = hearing()
    const stranger = { involvedObject: about("Pod", "stranger", "uid-stranger") }
    tell(stranger)
    launch("1", "t2")
    expect(tell(stranger)).toBe("SecurityGroupRequested about stranger: it waits")
  })
})
