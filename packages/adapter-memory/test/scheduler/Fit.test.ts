import { describe, expect, it } from "vitest"
import { Result } from "effect"
import { refusalOf, unschedulableMessage } from "../../src/kubernetes/scheduler/Fit.js"
import * as Ledger from "../../src/kubernetes/scheduler/Ledger.js"
import { requestsOf, type SchedulableNode, schedulableNodes, type SchedulablePod, schedulablePods } from "../../src/kubernetes/scheduler/Schedulable.js"

const podEni = "vpc.amazonaws.com/pod-eni"

const node = (name: string, change: { labels?: object; spec?: object; status?: object } = {}): SchedulableNode =>
  Result.getOrThrow(schedulableNodes.decode({
    metadata: { name, uid: `uid-${name}`, resourceVersion: "1", labels: change.labels ?? {} },
    spec: change.spec ?? {},
    status: { allocatable: { [podEni]: "2" }, conditions: [{ type: "Ready", status: "True" }], ...change.status }
  }))

const pod = (uid: string, spec: object = {}, resources: object = { requests: { [podEni]: "1", cpu: "100m" } }): SchedulablePod =>
  Result.getOrThrow(schedulablePods.decode({
    metadata: { name: uid, namespace: "default", uid, resourceVersion: "1" },
    spec: { containers: [{ resources }], ...spec }
  }))

const none = new Map<string, number>()
const reasonsOf = (candidate: SchedulablePod, on: SchedulableNode, used = none) =>
  refusalOf(candidate, requestsOf(candidate), on, used)?.reasons

describe("which node takes a pod", () => {
  it("extended resources are summed over the containers, cpu and memory are not looked at", () => {
    const two = { resources: { requests: { [podEni]: "1", cpu: "64" } } }
    expect([...requestsOf(pod("a", { containers: [two, two, { resources: null }] }))]).toEqual([[podEni, 2]])
  })

  it("what fits is taken, what exceeds the rest is not", () => {
    expect(reasonsOf(pod("a"), node("n"), new Map([[podEni, 1]]))).toBeUndefined()
    expect(reasonsOf(pod("a"), node("n"), new Map([[podEni, 2]]))).toEqual([`Insufficient ${podEni}`])
  })

  it("a node whose allocatable does not know the resource takes none of it, but takes others", () => {
    const bare = node("n", { status: { allocatable: {}, capacity: { [podEni]: "9" } } })
    expect(reasonsOf(pod("a"), bare)).toEqual([`Insufficient ${podEni}`])
    expect(reasonsOf(pod("a", {}, { requests: { cpu: "1" } }), bare)).toBeUndefined()
  })

  it("nodeSelector, cordon, readiness and taints", () => {
    expect(reasonsOf(pod("a", { nodeSelector: { disk: "ssd" } }), node("n"))).toEqual(["node(s) didn't match Pod's node affinity/selector"])
    expect(reasonsOf(pod("a", { nodeSelector: { disk: "ssd" } }), node("n", { labels: { disk: "ssd" } }))).toBeUndefined()
    expect(reasonsOf(pod("a"), node("n", { spec: { unschedulable: true } }))).toEqual(["node(s) were unschedulable"])
    expect(reasonsOf(pod("a"), node("n", { status: { conditions: [{ type: "Ready", status: "Unknown" }] } })))
      .toEqual(["node(s) had untolerated taint {node.kubernetes.io/not-ready: }"])
    const tainted = (effect: string) => node("n", { spec: { taints: [{ key: "team", value: "red", effect }] } })
    expect(reasonsOf(pod("a"), tainted("NoSchedule"))).toEqual(["node(s) had untolerated taint {team: red}"])
    expect(reasonsOf(pod("a"), tainted("PreferNoSchedule"))).toBeUndefined()
  })

  it.each([
    ["key and value", { key: "team", operator: "Equal", value: "red", effect: "NoExecute" }, true],
    ["no operator means Equal", { key: "team", value: "red" }, true],
    ["another value", { key: "team", value: "blue" }, false],
    ["Exists looks at no value", { key: "team", operator: "Exists" }, true],
    ["Exists without key is everything", { operator: "Exists" }, true],
    ["another effect", { key: "team", operator: "Exists", effect: "NoSchedule" }, false],
    ["no key without Exists is nothing", { value: "red" }, false]
  ])("toleration: %s", (_, toleration, tolerated) => {
    const tainted = node("n", { spec: { taints: [{ key: "team", value: "red", effect: "NoExecute" }] } })
    expect(reasonsOf(pod("a", { tolerations: [toleration] }), tainted) === undefined).toBe(tolerated)
  })
})

describe("what is said when no node takes it", () => {
  it("one node without a free branch", () => {
    const refusal = refusalOf(pod("a"), requestsOf(pod("a")), node("n"), new Map([[podEni, 2]]))!
    expect(unschedulableMessage([refusal])).toBe(
      "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )
  })

  it("reasons are counted and sorted; leaving pods help only where the node could ever hold it", () => {
    const cordoned = refusalOf(pod("a"), requestsOf(pod("a")), node("n", { spec: { unschedulable: true } }), none)!
    const bare = refusalOf(pod("a"), requestsOf(pod("a")), node("n", { status: { allocatable: {} } }), none)!
    expect(unschedulableMessage([bare, cordoned, bare])).toBe(
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient vpc.amazonaws.com/pod-eni. " +
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
  })

  it("no node at all", () => {
    expect(unschedulableMessage([])).toBe("no nodes available to schedule pods")
  })
})

describe("the ledger", () => {
  const requests = requestsOf(pod("any"))
  const choose = (ledger: Ledger.Ledger) => {
    const choice = ledger.choose(pod("next"), requests)
    return choice._tag === "Node" ? choice.name : choice.message
  }

  it("spreads pods, by name among equals, and never beyond allocatable", () => {
    const ledger = Ledger.make()
    for (const name of ["c", "a", "b"]) ledger.setNode(node(name))
    const chosen = Array.from({ length: 6 }, (_, index) => {
      const name = choose(ledger)
      ledger.assume(`pod-${index}`, name, requests)
      return name
    })
    expect(chosen).toEqual(["a", "b", "c", "a", "b", "c"])
    expect(choose(ledger)).toContain("3 Insufficient vpc.amazonaws.com/pod-eni")
  })

  it("what leaves makes room; a second note of a pod does not count twice", () => {
    const ledger = Ledger.make()
    ledger.setNode(node("a"))
    ledger.assume("1", "a", requests)
    ledger.place("1", "a", requests)
    ledger.place("2", "a", requests)
    expect(choose(ledger)).toContain("Insufficient")
    expect(ledger.release("1")).toBe(true)
    expect(ledger.release("1")).toBe(false)
    expect(choose(ledger)).toBe("a")
  })

  it("a binding that failed is taken back, but not when the pod was seen bound meanwhile", () => {
    const ledger = Ledger.make()
    ledger.setNode(node("a"))
    ledger.assume("1", "a", requests)
    expect([ledger.unassume("1"), ledger.holds("1")]).toEqual([true, false])
    ledger.assume("2", "a", requests)
    ledger.place("2", "a", requests)
    expect([ledger.unassume("2"), ledger.holds("2")]).toEqual([false, true])
  })
})
