import { expect, it } from "@effect/vitest"
import { Clock, Effect, Exit } from "effect"
import { configMaps, events, nodes, pods } from "@branchline/core/model/Resource"
import * as Admission from "../../src/kubernetes/admission/Admission.js"
import { namespaces } from "../../src/kubernetes/Kinds.js"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import { create } from "../../src/kubernetes/registry/Create.js"
import * as Store from "../../src/kubernetes/Store.js"
import { userOf } from "../../src/kubernetes/User.js"
import { simulate, simulated } from "../../src/simulation/Simulation.js"

const key = { namespace: "default", name: "web" }
const web = { metadata: { name: "web" }, spec: { containers: [{ name: "main", image: "nginx" }] } }

const world = Effect.map(MemoryKubernetes.make(), (memory) => ({ memory, admin: memory.server.as("kubernetes-admin") }))

it.effect("fills in what kube-apiserver fills in", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    expect(yield* admin.create(pods, web)).toMatchObject({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "default", creationTimestamp: "2022-09-06T08:00:00Z" },
      spec: {
        serviceAccountName: "default",
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        schedulerName: "default-scheduler",
        containers: [{ name: "main", image: "nginx", imagePullPolicy: "Always", resources: {} }]
      },
      status: { phase: "Pending" }
    })
  }).pipe(simulated()))

it.effect("binds a pod once: the second scheduler gets a Conflict, and a pod that is going away goes nowhere", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    yield* admin.create(pods, web)
    const attempts = yield* Effect.forEach(["n1", "n2"], (node) => Effect.result(admin.bind(key, node)), { concurrency: "unbounded" })
    const won = attempts.map((attempt) => attempt._tag).indexOf("Success")
    const lost = attempts[1 - won]
    expect(lost?._tag === "Failure" ? lost.failure.reason._tag : "").toBe("Conflict")
    expect(lost?._tag === "Failure" ? lost.failure.message : "").toBe(
      `Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n${won + 1}"`
    )
    expect(yield* admin.get(pods, key)).toMatchObject({
      spec: { nodeName: `n${won + 1}` },
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] }
    })
    yield* admin.create(pods, { ...web, metadata: { name: "going", finalizers: ["example.com/wait"] } })
    yield* admin.delete(pods, { namespace: "default", name: "going" })
    const error = yield* Effect.flip(admin.bind({ namespace: "default", name: "going" }, "n1"))
    expect(error.message).toContain("is being deleted, cannot be assigned to a host")
  }).pipe(simulated()))

it.effect("gives a running pod its grace, and lets kubelet end it", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    yield* admin.create(pods, web)
    yield* admin.bind(key, "n1")
    yield* admin.delete(pods, key)
    expect(yield* admin.get(pods, key)).toMatchObject({
      metadata: { deletionTimestamp: "2022-09-06T08:00:30Z", deletionGracePeriodSeconds: 30 }
    })
    yield* Effect.sleep("4 seconds")
    yield* admin.delete(pods, key, { gracePeriodSeconds: 10 })
    expect(yield* admin.get(pods, key)).toMatchObject({
      metadata: { deletionTimestamp: "2022-09-06T08:00:10Z", deletionGracePeriodSeconds: 10 }
    })
    yield* admin.patch(pods, key, { _tag: "merge", patch: { metadata: { labels: { still: "here" } } } })
    // Longer is not possible.
    yield* admin.delete(pods, key, { gracePeriodSeconds: 20 })
    expect(yield* admin.get(pods, key)).toMatchObject({ metadata: { deletionGracePeriodSeconds: 10 } })
    yield* admin.delete(pods, key, { gracePeriodSeconds: 0 })
    expect((yield* Effect.flip(admin.get(pods, key))).reason._tag).toBe("NotFound")
  }).pipe(simulated()))

it.effect("keeps a pod that kubelet ended until its last finalizer is gone", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    yield* admin.create(pods, { ...web, metadata: { name: "web", finalizers: ["example.com/wait"] } })
    yield* admin.bind(key, "n1")
    yield* admin.delete(pods, key)
    const free = admin.patch(pods, key, { _tag: "merge", patch: { metadata: { finalizers: null } } })
    yield* admin.delete(pods, key, { gracePeriodSeconds: 0 })
    expect(yield* admin.get(pods, key)).toMatchObject({ metadata: { deletionGracePeriodSeconds: 0 } })
    yield* free
    expect((yield* Effect.flip(admin.get(pods, key))).reason._tag).toBe("NotFound")
  }).pipe(simulated()))

it.effect("draws a generated name again where it is taken, and gives up at the eighth", () =>
  Effect.gen(function*() {
    const suffixes = ["aaaaa", "aaaaa", "bbbbb", ...Array.from({ length: 8 }, () => "aaaaa"), "ccccc"]
    let uid = 0
    const chance = { uuid: () => `${uid += 1}`, suffix: () => suffixes.shift() ?? "", between: () => 0 }
    const admission = Admission.make({ namespaceOf: () => undefined, hasServiceAccount: () => true }, chance)
    const registry = { now: () => 0, store: Store.make(10), admission, uids: chance, names: chance }
    const make = create(registry, { user: userOf("admin"), kind: namespaces, annotations: {} }, { metadata: { generateName: "n-" } })
    expect(yield* make).toMatchObject({ metadata: { name: "n-aaaaa" } })
    expect(yield* make).toMatchObject({ metadata: { name: "n-bbbbb" } })
    expect(yield* Effect.flip(make)).toMatchObject({ reason: "AlreadyExists" })
    expect(suffixes).toEqual(["ccccc"])
  }).pipe(simulated()))

it.effect("refuses to change what a pod is made of, and lets its image and labels change", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    yield* admin.create(pods, web)
    const moved = yield* Effect.flip(admin.patch(pods, key, { _tag: "merge", patch: { spec: { nodeName: "n2" } } }))
    expect(moved.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "spec" }] })
    yield* admin.patch(pods, key, {
      _tag: "json",
      patch: [{ op: "replace", path: "/spec/containers/0/image", value: "nginx:2" }, { op: "add", path: "/metadata/labels", value: {} }]
    })
  }).pipe(simulated()))

it.effect("refuses a pod whose service account does not exist", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    const error = yield* Effect.flip(admin.create(pods, { ...web, spec: { ...web.spec, serviceAccountName: "nobody" } }))
    expect(error.reason._tag).toBe("Forbidden")
    expect(error.message).toContain("serviceaccount \"nobody\" not found")
  }).pipe(simulated()))

it.effect("gives a new namespace its label and its service account", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    expect(yield* admin.create(namespaces, { metadata: { name: "team" } })).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": "team" } }
    })
    yield* admin.create(pods, { ...web, metadata: { name: "web", namespace: "team" } })
  }).pipe(simulated()))

it.effect("applies: creates what is not there, merges into what is, and knows no other kinds than it was told of", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    const document = (data: { readonly [key: string]: string }) =>
      ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data })
    yield* admin.apply(document({ a: "1" }))
    yield* admin.apply(document({ b: "2" }))
    expect(yield* admin.get(configMaps, { namespace: "default", name: "settings" })).toMatchObject({ data: { a: "1", b: "2" } })
    const error = yield* Effect.flip(admin.apply({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } }))
    expect(error.reason._tag).toBe("NotFound")
  }).pipe(simulated()))

it.effect("makes kubelet's capacity allocatable where a node names none", () =>
  Effect.gen(function*() {
    const { admin } = yield* world
    const node = yield* admin.create(nodes, { metadata: { name: "n1" }, status: { capacity: { cpu: "2" } } })
    expect(node).toMatchObject({ status: { allocatable: { cpu: "2" } } })
  }).pipe(simulated()))

it.effect("names events as client-go does, one apart where they come at the same moment", () =>
  Effect.gen(function*() {
    const { memory } = yield* world
    const port = memory.portFor("scheduler", { component: "default-scheduler" })
    const event = {
      regarding: { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web", uid: "1" },
      type: "Normal" as const,
      reason: "Scheduled",
      message: "Successfully assigned default/web to n1"
    }
    const nanos = yield* Clock.currentTimeNanos
    yield* port.recordEvent(event)
    yield* port.recordEvent(event)
    const { items } = yield* port.list(events)
    expect(items.map((item) => item.metadata.name)).toEqual([`web.${nanos.toString(16)}`, `web.${(nanos + 1n).toString(16)}`])
    expect(items[0]?.source).toEqual({ component: "default-scheduler" })
  }).pipe(simulated()))

it.effect("takes the drawn latency for every call, on the way there and back", () =>
  Effect.gen(function*() {
    const memory = yield* MemoryKubernetes.make({ latency: { min: "10 millis", max: "20 millis" } })
    const from = yield* Clock.currentTimeMillis
    yield* memory.portFor("controller").list(pods)
    const took = (yield* Clock.currentTimeMillis) - from
    expect(took).toBeGreaterThanOrEqual(20)
    expect(took).toBeLessThan(40)
  }).pipe(simulated()))

it.effect("decodes a document once for all watchers and lists", () =>
  Effect.gen(function*() {
    const { memory, admin } = yield* world
    let decodings = 0
    const counted = {
      ...configMaps,
      decode: (document: unknown) => {
        decodings += 1
        return configMaps.decode(document)
      }
    }
    yield* admin.create(configMaps, { metadata: { name: "settings" } })
    const [first] = (yield* memory.portFor("a").list(counted)).items
    const [second] = (yield* memory.portFor("b").list(counted)).items
    expect(second).toBe(first)
    expect(decodings).toBe(1)
  }).pipe(simulated()))

it("gives the same run for the same seed, and another for another", () => {
  const run = (seed: number) => {
    const { exit } = simulate(
      Effect.gen(function*() {
        const memory = yield* MemoryKubernetes.make({ latency: { min: "1 millis", max: "9 millis" } })
        const admin = memory.server.as("kubernetes-admin")
        yield* Effect.forEach(["a-", "b-", "c-"], (generateName) =>
          admin.create(pods, { ...web, metadata: { generateName } }), { concurrency: "unbounded" })
        return JSON.stringify([yield* admin.list(pods), yield* memory.audit.events])
      }),
      { seed }
    )
    return Exit.isSuccess(exit) ? exit.value : ""
  }
  expect(run(1)).toContain("\"uid\"")
  expect(run(1)).toBe(run(1))
  expect(run(1)).not.toBe(run(2))
})
