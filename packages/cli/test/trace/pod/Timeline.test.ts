import { describe, expect, it } from "vitest"
import { gather } from "../../../src/trace/pod/Gather.js"
import { timelines } from "../../../src/trace/pod/Timeline.js"
import { forPod, type Whose } from "../../../src/trace/read/Wanted.js"
import { admitted, annotation, auditRecord, capacityPatch, iso, linesOf, node, noon, podOf } from "../support/Records.js"
import { read } from "../support/Read.js"

const named: Whose = { _tag: "Name", namespace: "shop", name: "web-1" }

const stories = (records: ReadonlyArray<unknown>, whose: Whose = named, latest = noon + 600_000) => {
  const { gathered, tell } = gather(whose)
  for (const fact of read([linesOf(records)], forPod(whose)).facts) tell(fact)
  return timelines(gathered(), { controllers: [], stuckAfter: 60_000 }, latest)
}

const pod = podOf()
const texts = (records: ReadonlyArray<unknown>) => stories(records)[0]?.steps.map(({ text }) => text)

describe("one pod's story", () => {
  it("is told in order, with who did it, with what, and the milliseconds between", () => {
    const [story] = stories([
      capacityPatch(-5_000),
      pod.create(0),
      pod.bind(31),
      pod.annotate(90.5),
      pod.event(95, "ResourceAllocated", "Allocated [] to the pod"),
      pod.status(2_000, { phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }], podIP: "192.168.26.162" }),
      pod.remove(9_000, 30),
      pod.remove(11_000, 0)
    ])
    expect(story).toMatchObject({ uid: "uid-1", node, asks: "yes", findings: [], latencies: { createRequest: 7, createToBound: 31, boundToAnnotated: 59.5, createToAnnotated: 90.5 } })
    expect(story?.steps.map(({ sinceBefore, sinceCreated, text }) => [sinceCreated, sinceBefore, text])).toEqual([
      [-5_000, undefined, `${node}: capacity vpc.amazonaws.com/pod-eni = 9 by system:serviceaccount:kube-system:eks-vpc-resource-controller with controller/v0.0.0`],
      [0, 5_000, "created by system:serviceaccount:kube-system:replicaset-controller with kube-controller-manager/v1.33.5"],
      [31, 31, `bound to ${node} by system:kube-scheduler with kube-scheduler/v1.33.5`],
      [90.5, 59.5, "annotated by system:serviceaccount:kube-system:eks-vpc-resource-controller with controller/v0.0.0"],
      [95, 4.5, "ResourceAllocated from vpc-resource-controller: Allocated [] to the pod"],
      [2_000, 1_905, `status by system:node:${node} with kubelet/v1.33.5: phase Running, Ready=False (ContainersNotReady), IP 192.168.26.162`],
      [9_000, 7_000, "deletion asked for by system:serviceaccount:kube-system:replicaset-controller with kubectl/v1.33.5, 30 s of grace"],
      [11_000, 2_000, `gone: deleted by system:node:${node} with kubelet/v1.33.5`]
    ])
  })

  it("says what each webhook did, and with which patch", () => {
    expect(stories([pod.create(0)])[0]?.steps[0]?.details).toEqual([
      "asks for vpc.amazonaws.com/pod-eni",
      "round 0, webhook 3: mpod.vpc.k8s.aws of vpc-resource-mutating-webhook changed the pod",
      "  add /spec/containers/0/resources/limits {\"vpc.amazonaws.com/pod-eni\":\"1\"}",
      "  add /spec/containers/0/resources/requests {\"vpc.amazonaws.com/pod-eni\":\"1\"}"
    ])
  })

  it("finds that the webhook failed open", () => {
    const [story] = stories([podOf({ asks: false }).create(0, { annotations: admitted("failed open") })])
    expect(story?.findings[0]).toContain("failed open")
    expect(story?.steps[0]).toMatchObject({ mark: "bad" })
  })

  it("finds what it waits for at the end of the records, and not before its time", () => {
    expect(stories([pod.create(0)])[0]?.findings).toEqual(["it is bound to no node at the end of the records, 600 s later"])
    expect(stories([pod.create(0), pod.bind(20_000)])[0]?.findings).toEqual(["it is not annotated at the end of the records, 580 s later"])
    expect(stories([pod.create(0)], named, noon + 30_000)[0]?.findings).toEqual([])
    expect(stories([pod.create(0), pod.remove(5_000, 0)])[0]?.findings).toEqual(["it asked for a branch interface, and ended without its annotation"])
  })

  it("is not over with a deletion that finalizers hold up", () => {
    const held = { kind: "Pod", metadata: { name: "web-1", namespace: "shop", uid: "uid-1", deletionGracePeriodSeconds: 0, finalizers: ["example.com/keep"] } }
    expect(texts([pod.create(0), pod.remove(50, 0, { response: held })])?.[1]).toContain("deletion asked for by")
  })

  it("finds who else wrote the annotation", () => {
    expect(stories([pod.create(0), pod.annotate(80), pod.annotate(90, null, { user: "somebody" })])[0]?.findings).toEqual(["the annotation was removed by somebody, who is not the controller"])
  })

  it("tells what was refused, and why, and draws nothing from it", () => {
    const [story] = stories([pod.create(0), pod.annotate(50, annotation(), { code: 422, message: "metadata.uid: field is immutable" }), pod.annotate(80)])
    expect(story?.steps[1]).toMatchObject({ text: expect.stringContaining("refused: annotated"), mark: "warning", code: 422 })
    expect(story?.steps[1]?.details[0]).toBe("refused with 422: metadata.uid: field is immutable")
    expect(story?.latencies.createToAnnotated).toBe(80)
  })

  it("says what the plugin would not read", () => {
    expect(stories([pod.create(0), pod.annotate(80, "[]")])[0]?.steps[1]?.details).toEqual(["the plugin would refuse it: the array has no element", "[]"])
  })

  it("names whom somebody impersonated", () => {
    expect(texts([pod.create(0), pod.annotate(80, "[]", { impersonated: "alice" })])?.[1]).toContain("by alice (impersonated by system:serviceaccount:kube-system:eks-vpc-resource-controller)")
  })

  it("is found by a name that the server made up", () => {
    const made = pod.create(0, { about: { resource: "pods", namespace: "shop" }, request: { kind: "Pod", metadata: { generateName: "web-" }, spec: { containers: [{ name: "app" }] } } })
    expect(stories([made])).toMatchObject([{ name: "web-1", uid: "uid-1" }])
  })

  it("leaves out other pods, other namespaces and other nodes", () => {
    const elsewhere = auditRecord({ verb: "patch", about: { resource: "cninodes", name: "another-node" }, request: { spec: {} }, at: 5 })
    expect(texts([pod.create(0), pod.bind(10), elsewhere, podOf({ name: "web-2" }).create(1), podOf({ namespace: "other" }).create(2)])).toHaveLength(2)
  })
})

describe("a name that is used again", () => {
  const second = podOf({ uid: "uid-2" })
  const records = [pod.create(0), pod.bind(10), pod.annotate(60), pod.remove(900, 0), second.create(905), second.bind(915), second.annotate(1_000, annotation(2))]

  it("has a story for each bearer, told apart by UID", () => {
    expect(stories(records).map(({ latencies, steps, uid }) => [uid, latencies.createToAnnotated, steps.length])).toEqual([["uid-1", 60, 4], ["uid-2", 95, 3]])
  })

  it("has them in whatever order the records come", () => {
    expect(stories(records.toReversed()).map(({ steps, uid }) => [uid, steps.length])).toEqual([["uid-1", 4], ["uid-2", 3]])
  })

  it("gives what has no UID to the bearer of that time", () => {
    const late = pod.annotate(70, annotation(), { request: { metadata: { annotations: { "vpc.amazonaws.com/pod-eni": "[]" } } }, response: undefined, user: "somebody" })
    expect(stories([...records, late]).map(({ steps }) => steps.length)).toEqual([5, 3])
  })

  it("is told apart by creations where no record has a UID", () => {
    const bare = { request: undefined, response: undefined }
    expect(stories([pod.create(0, bare), pod.remove(50, 0, bare), pod.create(80, bare)]).map(({ steps }) => steps.length)).toEqual([2, 1])
  })

  it("is told apart where only the second creation tells its UID", () => {
    const bare = { request: undefined, response: undefined }
    expect(stories([pod.create(0, bare), pod.remove(50, 0, bare), second.create(80)]).map(({ steps, uid }) => [uid, steps.length])).toEqual([[undefined, 2], ["uid-2", 1]])
  })

  it("has one story where it is asked for by UID", () => {
    expect(stories(records, { _tag: "Uid", uid: "uid-2" })).toMatchObject([{ uid: "uid-2", name: "web-1" }])
  })
})

describe("events that were listed, not audited", () => {
  const event = (second: number, reason: string, more = {}) => ({
    kind: "Event",
    apiVersion: "v1",
    metadata: { name: `web-1.${reason}`, namespace: "shop", uid: `event-${reason}`, resourceVersion: "1" },
    involvedObject: { kind: "Pod", namespace: "shop", name: "web-1", uid: "uid-1" },
    reason,
    message: "…",
    type: "Normal",
    lastTimestamp: iso(noon + second * 1_000).replace(".000", ""),
    source: { component: "kubelet" },
    ...more
  })

  it("are told at the end of their second, for that is all that is known of their time", () => {
    const [story] = stories([pod.create(0), pod.annotate(400), { kind: "List", apiVersion: "v1", items: [event(0, "Scheduled"), event(2, "Started", { count: 3, type: "Warning" })] }])
    expect(story?.steps.map(({ coarse, text }) => [coarse, text.slice(0, 9)])).toEqual([[false, "created b"], [false, "annotated"], [true, "Scheduled"], [true, "warning S"]])
    expect(story?.steps.at(-1)?.text).toBe("warning Started from kubelet (3 times): …")
  })
})
