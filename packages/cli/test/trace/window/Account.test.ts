import { it as prop } from "@effect/vitest"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { int, shuffled } from "../support/Arbitraries.js"
import { admitted, annotation, auditRecord, capacityPatch, controller, linesOf, node, noon, podOf } from "../support/Records.js"
import { windowOf } from "../support/Read.js"

const end = noon + 600_000
const window = (records: ReadonlyArray<unknown>, asked = {}) => windowOf([linesOf(records)], end, asked)

describe("a window", () => {
  it("measures from creation to binding and annotation, by when the server had answered", () => {
    const pods = [1, 2, 3].map((number) => podOf({ name: `web-${number}`, uid: `uid-${number}` }))
    const { latencies, pods: counts, slowest } = window(pods.flatMap((pod, index) => [pod.create(0), pod.bind(20), pod.annotate(100 + 400 * index)]))
    expect(counts).toMatchObject({ created: 3, asked: 3, bound: 3, annotated: 3 })
    expect(latencies.createRequest).toMatchObject({ count: 3, min: 7, max: 7 })
    expect(latencies.createToBound).toMatchObject({ min: 20, max: 20 })
    expect(latencies.boundToAnnotated).toMatchObject({ min: 80, max: 880 })
    expect(latencies.createToAnnotated?.p50).toBeCloseTo(500, -1)
    expect(slowest.map(({ createToAnnotated, name }) => [name, createToAnnotated])).toEqual([["web-3", 900], ["web-2", 500], ["web-1", 100]])
  })

  it("finds who slipped through: stored without the resource while the webhook failed open", () => {
    const { pods, slipped } = window([podOf({ asks: false }).create(0, { annotations: admitted("failed open") })])
    expect(pods.failedOpen).toBe(1)
    expect(slipped).toMatchObject({ count: 1, first: [{ namespace: "shop", name: "web-1", uid: "uid-1", why: "no resource", place: "0.log:1" }] })
  })

  it("does not count a pod that has the resource all the same", () => {
    const pod = podOf()
    expect(window([pod.create(0, { annotations: admitted("failed open") }), pod.annotate(50)]).slipped.count).toBe(0)
  })

  it("tells by the missing annotation where the audit level leaves objects out", () => {
    const bare = { request: undefined, response: undefined, annotations: admitted("failed open") }
    const [one, two] = [podOf({ name: "web-1" }), podOf({ name: "web-2", uid: "uid-2" })]
    const { slipped } = window([one.create(0, bare), two.create(0, bare), two.annotate(80)])
    expect(slipped).toMatchObject({ count: 1, first: [{ name: "web-1", why: "never annotated" }] })
  })

  it("finds who is stuck, what it waits for, and the controller's last word", () => {
    const [bound, unbound, young] = [podOf({ name: "web-1" }), podOf({ name: "web-2", uid: "uid-2" }), podOf({ name: "web-3", uid: "uid-3" })]
    const { stuck } = window([
      bound.create(0),
      bound.bind(20),
      bound.event(900, "BranchAllocationFailed", "failed to allocate branch ENI to pod: no address", "Warning"),
      unbound.create(0),
      young.create(595_000)
    ])
    expect(stuck).toMatchObject({
      count: 2,
      first: [
        { name: "web-2", waitsFor: "node", for: 600_000, failures: 0 },
        { name: "web-1", waitsFor: "annotation", node, for: 599_980, failures: 1, failure: "failed to allocate branch ENI to pod: no address" }
      ]
    })
  })

  it("takes nobody for stuck whose pod is gone, does not ask, or was made before", () => {
    const [gone, plain, earlier] = [podOf(), podOf({ name: "web-2", uid: "uid-2", asks: false }), podOf({ name: "web-3", uid: "uid-3" })]
    const { pods, stuck, unserved } = window([gone.create(0), gone.remove(500, 0), plain.create(0), earlier.bind(20)])
    expect(stuck.count).toBe(0)
    expect(unserved).toMatchObject({ count: 1, first: [{ name: "web-1", lived: 500 }] })
    expect(pods).toMatchObject({ earlier: 1, notAsked: 1, deleted: 1 })
  })

  it("names who else set, changed or removed an annotation, and who only tried", () => {
    const pod = podOf()
    const other = podOf({ name: "web-2", uid: "uid-2" })
    const { attempts, foreign } = window([
      pod.create(0),
      pod.annotate(80),
      pod.annotate(90, "[]", { user: "somebody", agent: "kubectl/v1.33.5 (linux/amd64)" }),
      pod.annotate(95, null, { user: "somebody" }),
      other.create(0),
      other.annotate(50, "[]", { user: "another", code: 403, message: "annotation is not set by vpc-resource-controller" })
    ])
    expect(foreign.first.map(({ did, name, user }) => [name, did, user])).toEqual([["web-1", "changed", "somebody"], ["web-1", "removed", "somebody"]])
    expect(attempts).toMatchObject({ count: 1, first: [{ name: "web-2", did: "set", user: "another", code: 403 }] })
  })

  it("takes a pod that is written as a whole for a change only where the annotation differs", () => {
    const pod = podOf()
    const put = (value: string | undefined) =>
      pod.annotate(90, null, { verb: "update", user: "somebody", request: { kind: "Pod", metadata: { annotations: value === undefined ? {} : { "vpc.amazonaws.com/pod-eni": value } }, spec: { containers: [{ name: "app" }] } } })
    expect(window([pod.create(0), pod.annotate(80), put(annotation())]).foreign.count).toBe(0)
    expect(window([pod.create(0), pod.annotate(80), put(annotation(2))]).foreign.count).toBe(1)
    expect(window([pod.create(0), pod.annotate(80), put(undefined)]).foreign).toMatchObject({ count: 1, first: [{ did: "removed" }] })
    expect(window([pod.create(0), put(undefined)]).foreign.count).toBe(0)
  })

  it("believes further users whom the flag names", () => {
    const pod = podOf()
    const records = [pod.create(0), pod.annotate(80, annotation(), { user: "our-own-controller" })]
    expect(window(records)).toMatchObject({ foreign: { count: 1 }, pods: { annotated: 0 } })
    expect(window(records, { controllers: ["our-own-controller"] })).toMatchObject({ foreign: { count: 0 }, pods: { annotated: 1 } })
  })

  it("counts by its HTTP status what the server refused the controller", () => {
    const pod = podOf()
    const { pods, refusedAnnotations, rewritten } = window([pod.create(0), pod.annotate(50, annotation(), { code: 422 }), pod.annotate(60, annotation(), { code: 409 }), pod.annotate(70, annotation(), { code: 409 }), pod.annotate(80), pod.annotate(90, annotation(2))])
    expect(refusedAnnotations).toEqual([{ code: 409, count: 2 }, { code: 422, count: 1 }])
    expect([pods.annotated, rewritten]).toEqual([1, 1])
  })

  it("tells capacities and whose they are, changes, and who did what", () => {
    const { actors, capacities, changes } = window([
      capacityPatch(0),
      capacityPatch(10, "9", { user: `system:node:${node}`, request: { status: { allocatable: { "vpc.amazonaws.com/pod-eni": "9" } } } }),
      capacityPatch(20, null, { user: "somebody" }),
      auditRecord({ verb: "patch", user: "system:serviceaccount:kube-system:aws-node", agent: "aws-node/v1.20.4", about: { resource: "cninodes", name: node }, request: { spec: { features: [{ name: "SecurityGroupsForPods" }, { name: "CustomNetworking", value: "zone-a" }] } }, at: 30 }),
      auditRecord({ verb: "create", about: { resource: "securitygrouppolicies", namespace: "shop", name: "web" }, request: { spec: { securityGroups: { groupIds: ["sg-1", "sg-2"] } } }, impersonated: "alice", at: 40 }),
      auditRecord({ verb: "patch", about: { resource: "nodes", name: node }, request: { metadata: { labels: { "vpc.amazonaws.com/has-trunk-attached": "false" } } }, at: 50 })
    ])
    expect(capacities.first.map(({ field, value, whose }) => [field, value, whose])).toEqual([["capacity", "9", "controller"], ["allocatable", "9", "node"], ["capacity", null, "other"]])
    expect(changes.first.map(({ kind, name, user, what }) => [kind, name, user, what])).toEqual([
      ["CNINode", node, "system:serviceaccount:kube-system:aws-node", "features SecurityGroupsForPods, CustomNetworking=zone-a"],
      ["SecurityGroupPolicy", "shop/web", "alice", "groups sg-1, sg-2"],
      ["node label", node, "kubernetes-admin", "=false"]
    ])
    expect(actors.first.find(({ user }) => user === controller)).toEqual({ user: controller, agent: "controller/v0.0.0", deeds: { "node capacities": 1 } })
    expect(actors.first.map(({ user }) => user)).toContain("system:node:*")
  })

  it("tells bearers of one name apart", () => {
    const [first, second] = [podOf(), podOf({ uid: "uid-2" })]
    const { pods, slowest, stuck, unserved } = window([first.create(0), first.bind(10), first.annotate(60), first.remove(1_000, 0), second.create(1_010), second.bind(1_020), second.annotate(1_210)])
    expect(pods).toMatchObject({ created: 2, annotated: 2, deleted: 1 })
    expect(slowest.map(({ createToAnnotated, uid }) => [uid, createToAnnotated])).toEqual([["uid-2", 200], ["uid-1", 60]])
    expect(stuck.count + unserved.count).toBe(0)
  })

  it("tells them apart by time where records have no UIDs", () => {
    const bare = { request: undefined, response: undefined }
    const of = (at: number) => [podOf().create(at, bare), podOf().bind(at + 10, { ...bare, about: { resource: "pods", namespace: "shop", name: "web-1", subresource: "binding" } })]
    const { latencies, pods } = window([...of(0), podOf().remove(5_000, 0, bare), ...of(6_000)])
    expect(pods).toMatchObject({ created: 2, asked: 2, bound: 2 })
    expect(latencies.createToBound).toMatchObject({ count: 2, min: 10, max: 10 })
  })

  it("takes what was heard of a name before its pod was made for another's", () => {
    const bare = { request: undefined, response: undefined }
    expect(window([podOf().remove(0, 0, bare), podOf().create(5_000, bare), podOf().annotate(5_090, annotation(), { response: undefined })])).toMatchObject({
      pods: { created: 1, deleted: 1, annotated: 1 },
      latencies: { createToAnnotated: { max: 90 } }
    })
    expect(window([podOf().remove(0, 0, bare), podOf().create(599_000, bare)]).unserved.count).toBe(0)
  })

  it("knows an annotation by when it was written, not by when its record comes", () => {
    const pod = podOf()
    const put = pod.annotate(95, null, { verb: "update", user: "somebody", request: { kind: "Pod", metadata: { annotations: { "vpc.amazonaws.com/pod-eni": annotation(2) } }, spec: { containers: [{ name: "app" }] } } })
    expect(window([pod.create(0), pod.annotate(90, annotation(2)), pod.annotate(80, annotation(1)), put]).foreign.count).toBe(0)
  })

  it("counts pods whose names the records do not tell, and takes none of them for stuck", () => {
    const bare = { request: undefined, response: undefined, about: { resource: "pods", namespace: "shop" } }
    expect(window([podOf().create(0, bare), podOf().create(1, bare)])).toMatchObject({ pods: { created: 2, unnamed: 2 }, stuck: { count: 0 } })
  })

  const story = [1, 2, 3, 4].flatMap((number) => {
    const pod = podOf({ name: `web-${number}`, uid: `uid-${number}`, asks: number !== 3 })
    return [
      pod.create(number, number === 3 ? { annotations: admitted("failed open") } : {}),
      pod.bind(30 + number),
      ...(number === 3 || number === 4 ? [] : [pod.annotate(90 * number)]),
      ...(number === 1 ? [pod.remove(2_000, 30), pod.remove(4_000, 0)] : [])
    ]
  })

  prop.prop("is the same in whatever order the records come", { draws: Arbitrary.array(int(0, 1_000), { minLength: story.length, maxLength: story.length }) }, ({ draws }) => {
    const { actors: _1, tally: _2, slipped, ...inOrder } = window(story)
    const { actors: _3, tally: _4, slipped: slippedToo, ...inDisorder } = window(shuffled(story, draws))
    expect(inDisorder).toEqual(inOrder)
    expect(slippedToo.count).toBe(slipped.count)
  })
})
