import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { cniNodes, configMaps, nodes, serviceAccounts } from "@branchline/core/model/Resource"
import { garbageCollectorUser } from "../../src/kubernetes/GarbageCollector.js"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import { simulated } from "../../src/simulation/Simulation.js"

const owner = (uid: string) => ({ apiVersion: "v1", kind: "Node", name: "n1", uid, controller: true })
const key = { name: "n1" }

const world = Effect.gen(function*() {
  const memory = yield* MemoryKubernetes.make({ garbageCollectionDelay: "1 second" })
  const admin = memory.portFor("kubernetes-admin")
  const node = yield* admin.create(nodes, { metadata: { name: "n1" } })
  const own = (uid: string, more: { readonly finalizers?: ReadonlyArray<string> } = {}) =>
    admin.create(cniNodes, { metadata: { name: "n1", ownerReferences: [owner(uid)], ...more } })
  const isThere = Effect.map(Effect.result(admin.get(cniNodes, key)), (found) => found._tag === "Success")
  return { memory, admin, node, own, isThere }
})

it.effect("leaves an object alone whose owner is there", () =>
  Effect.gen(function*() {
    const { node, own, isThere } = yield* world
    yield* own(node.metadata.uid)
    yield* Effect.sleep("1 minute")
    expect(yield* isThere).toBe(true)
  }).pipe(simulated()))

it.effect("deletes an object after its owner is gone, in the collector's name", () =>
  Effect.gen(function*() {
    const { memory, admin, node, own, isThere } = yield* world
    yield* own(node.metadata.uid)
    yield* admin.delete(nodes, key)
    yield* Effect.sleep("900 millis")
    expect(yield* isThere).toBe(true)
    yield* Effect.sleep("200 millis")
    expect(yield* isThere).toBe(false)
    const last = (yield* memory.audit.events).at(-1)
    expect(last).toMatchObject({ verb: "delete", user: { username: garbageCollectorUser }, objectRef: { resource: "cninodes" } })
  }).pipe(simulated()))

it.effect("deletes an object that names an owner of another UID, though one of that name is there", () =>
  Effect.gen(function*() {
    const { own, isThere } = yield* world
    yield* own("00000000-0000-4000-8000-000000000000")
    yield* Effect.sleep("2 seconds")
    expect(yield* isThere).toBe(false)
  }).pipe(simulated()))

it.effect("only marks an object that has a finalizer", () =>
  Effect.gen(function*() {
    const { admin, own } = yield* world
    yield* own("00000000-0000-4000-8000-000000000000", { finalizers: ["networking.k8s.aws/resource-cleanup"] })
    yield* Effect.sleep("2 seconds")
    expect((yield* admin.get(cniNodes, key)).metadata.deletionTimestamp).toBe("2022-09-06T08:00:01Z")
  }).pipe(simulated()))

it.effect("spares an object whose owner comes back in its owner references in time", () =>
  Effect.gen(function*() {
    const { admin, node, own, isThere } = yield* world
    yield* own("00000000-0000-4000-8000-000000000000")
    yield* admin.patch(cniNodes, key, { _tag: "merge", patch: { metadata: { ownerReferences: [owner(node.metadata.uid)] } } })
    yield* Effect.sleep("1 minute")
    expect(yield* isThere).toBe(true)
  }).pipe(simulated()))

it.effect("takes an owner that is gone out of the list where another is left, and leaves kinds alone that it does not know", () =>
  Effect.gen(function*() {
    const { admin, memory } = yield* world
    const left = yield* admin.create(serviceAccounts, { metadata: { name: "left", namespace: "default" } })
    const gone = yield* admin.create(serviceAccounts, { metadata: { name: "gone", namespace: "default" } })
    const reference = (of: typeof left) => ({ apiVersion: "v1", kind: "ServiceAccount", name: of.metadata.name, uid: of.metadata.uid })
    const foreign = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1" }
    yield* admin.create(configMaps, {
      metadata: { name: "shared", namespace: "default", ownerReferences: [reference(left), reference(gone)] }
    })
    yield* admin.create(configMaps, { metadata: { name: "foreign", namespace: "default", ownerReferences: [foreign] } })
    yield* admin.delete(serviceAccounts, { namespace: "default", name: "gone" })
    yield* Effect.sleep("1 minute")
    const verbs = memory.server.as("kubernetes-admin")
    expect(yield* verbs.get(configMaps, { namespace: "default", name: "shared" })).toMatchObject({
      metadata: { ownerReferences: [reference(left)] }
    })
    yield* verbs.get(configMaps, { namespace: "default", name: "foreign" })
  }).pipe(simulated()))
