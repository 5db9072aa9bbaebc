import { expect } from "@effect/vitest"
import { Effect, type Schema } from "effect"
import { podEni } from "../../model/Names.js"
import type { PatchOperation } from "../../model/PatchOperation.js"
import { cniNodes, configMaps, leases, nodes, pods } from "../../model/Resource.js"
import { type Check, configMap, eventsAfter, failureOf, pod, told, versionNow } from "./World.js"

/** `patch`. */
export const patches = (check: Check): void => {
  check("merges: keeps what the patch does not name, takes away what it nulls", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const created = yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1", b: "2" }))
      const patched = yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { b: null, c: "3" } } })
      expect(patched.data).toEqual({ a: "1", c: "3" })
      expect(patched.metadata.uid).toBe(created.metadata.uid)
      expect(patched.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
      expect(yield* world.kubernetes.get(configMaps, key)).toEqual(patched)
    }))

  check("applies a JSON patch, all of it or nothing", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const patched = yield* world.kubernetes.patch(configMaps, key, {
        _tag: "json",
        patch: [{ op: "test", path: "/data/a", value: "1" }, { op: "replace", path: "/data/a", value: "2" }]
      })
      expect(patched.data).toEqual({ a: "2" })
      const error = yield* failureOf(world.kubernetes.patch(configMaps, key, {
        _tag: "json",
        patch: [{ op: "add", path: "/data/b", value: "3" }, { op: "test", path: "/data/a", value: "1" }]
      }))
      expect(error.reason._tag).toBe("Invalid")
      expect(error.isRetryable).toBe(false)
      expect(yield* world.kubernetes.get(configMaps, key)).toEqual(patched)
    }))

  check("refuses a JSON patch whose path leads into nothing, or removes what is not there: Invalid", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const operations: ReadonlyArray<PatchOperation> = [
        { op: "replace", path: "/binaryData/none", value: "MQ==" },
        { op: "add", path: "/metadata/annotations/none", value: "1" },
        { op: "test", path: "/metadata/annotations/none", value: null },
        { op: "remove", path: "/data/none" },
        { op: "move", from: "/data/none", path: "/data/b" },
        { op: "add", path: "data", value: {} }
      ]
      for (const operation of operations) {
        const error = yield* failureOf(world.kubernetes.patch(configMaps, key, { _tag: "json", patch: [operation] }))
        expect({ operation, reason: error.reason }).toEqual({ operation, reason: { _tag: "Invalid", causes: [] } })
      }
    }))

  check("takes a member that an object lacks for null in a JSON patch: replace adds it", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const patched = yield* world.kubernetes.patch(configMaps, key, {
        _tag: "json",
        patch: [{ op: "test", path: "/data/b", value: null }, { op: "replace", path: "/data/b", value: "2" }]
      })
      expect(patched.data).toEqual({ a: "1", b: "2" })
    }))

  check("takes a JSON patch's test of UID and version for a condition like any other: Invalid", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const { metadata: { resourceVersion, uid } } = yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const change = (path: string, value: string) =>
        world.kubernetes.patch(configMaps, key, {
          _tag: "json",
          patch: [{ op: "test", path, value }, { op: "add", path: "/data", value: { a: "1" } }]
        })
      expect((yield* failureOf(change("/metadata/uid", "00000000-0000-4000-8000-000000000000"))).reason._tag).toBe("Invalid")
      expect((yield* failureOf(change("/metadata/resourceVersion", "1"))).reason._tag).toBe("Invalid")
      expect((yield* change("/metadata/uid", uid)).metadata.resourceVersion).not.toBe(resourceVersion)
    }))

  check("takes a version that a JSON patch writes for a lock: Conflict", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const error = yield* failureOf(world.kubernetes.patch(configMaps, key, {
        _tag: "json",
        patch: [{ op: "replace", path: "/metadata/resourceVersion", value: "1" }, { op: "replace", path: "/data/a", value: "2" }]
      }))
      expect(error.reason._tag).toBe("Conflict")
    }))

  check("asks nothing of a UID or a version that a merge patch leaves empty", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const { metadata: { uid } } = yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      for (const [a, empty] of [["1", null], ["2", ""]] as const) {
        const patch = { metadata: { uid: empty, resourceVersion: empty, creationTimestamp: null }, data: { a } }
        const patched = yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch })
        expect([patched.metadata.uid, patched.data]).toEqual([uid, { a }])
      }
    }))

  check("looks at the version before the UID where both are another object's: Conflict", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const patch = { metadata: { uid: "00000000-0000-4000-8000-000000000000", resourceVersion: "1" } }
      expect((yield* failureOf(world.kubernetes.patch(configMaps, key, { _tag: "merge", patch }))).reason._tag).toBe("Conflict")
    }))

  check("refuses another object's UID at the status subresource too: Invalid", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.create(nodes, { metadata: { name } })
      const patch = { metadata: { uid: "00000000-0000-4000-8000-000000000000" }, status: { capacity: { [podEni]: "9" } } }
      const error = yield* failureOf(world.kubernetes.patch(nodes, { name }, { _tag: "merge", patch }, { subresource: "status" }))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.uid" }] })
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("refuses a node's extended resource that is no whole number: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.create(nodes, { metadata: { name }, status: { capacity: { cpu: "2" } } })
      const patch = { status: { capacity: { [podEni]: "1.5" } } }
      const error = yield* failureOf(world.kubernetes.patch(nodes, { name }, { _tag: "merge", patch }, { subresource: "status" }))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: `status.capacity.${podEni}` }] })
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("lets a node get its provider id once, and no other: Invalid", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.create(nodes, { metadata: { name } })
      const identify = (providerID: string) => world.kubernetes.patch(nodes, { name }, { _tag: "merge", patch: { spec: { providerID } } })
      yield* identify("aws:///eu-west-1a/i-0123456789abcdef0")
      const error = yield* failureOf(identify("aws:///eu-west-1a/i-0fedcba9876543210"))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "spec.providerID" }] })
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("refuses labels and finalizers that are none: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const change = (metadata: Schema.JsonObject) => failureOf(world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata } }))
      expect((yield* change({ labels: { "a b": "1" } })).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.labels" }] })
      expect((yield* change({ finalizers: ["wait"] })).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.finalizers[0]" }] })
    }))

  check("makes no new version of a patch that changes nothing, and tells no watcher", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const created = yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const from = yield* versionNow(world, configMaps)
      const same = yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { a: "1" } } })
      expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
      yield* world.kubernetes.create(configMaps, configMap(world, "next"))
      expect((yield* eventsAfter(world, configMaps, from, 1)).map(told)).toEqual(["Added next"])
    }))

  check("refuses a merge patch that carries another object's UID: Invalid, and lets the right one through", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "web-0" }
      const unplaced = pod(world, "web-0", { schedulerName: "nobody" })
      const annotation = (uid: string) => ({
        _tag: "merge" as const,
        patch: { metadata: { uid, annotations: { [podEni]: "[]" } } }
      })
      const first = yield* world.kubernetes.create(pods, unplaced)
      yield* world.kubernetes.delete(pods, key)
      const second = yield* world.kubernetes.create(pods, unplaced)
      const error = yield* failureOf(world.kubernetes.patch(pods, key, annotation(first.metadata.uid)))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.uid" }] })
      expect(error.message).toContain("field is immutable")
      expect((yield* world.kubernetes.get(pods, key)).metadata.annotations?.[podEni]).toBeUndefined()
      const patched = yield* world.kubernetes.patch(pods, key, annotation(second.metadata.uid))
      expect(patched.metadata.annotations?.[podEni]).toBe("[]")
    }))

  check("refuses a merge patch that carries an old version: Conflict, and lets the present one through", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "lock" }
      const first = yield* world.kubernetes.create(leases, { metadata: key, spec: { holderIdentity: "a" } })
      const claim = (holderIdentity: string, resourceVersion: string) =>
        world.kubernetes.patch(leases, key, { _tag: "merge", patch: { metadata: { resourceVersion }, spec: { holderIdentity } } })
      const second = yield* claim("b", first.metadata.resourceVersion)
      const error = yield* failureOf(claim("c", first.metadata.resourceVersion))
      expect(error.reason._tag).toBe("Conflict")
      expect(error.isRetryable).toBe(false)
      expect((yield* claim("d", second.metadata.resourceVersion)).spec?.holderIdentity).toBe("d")
    }))

  check("lets one of many win a version", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "lock" }
      const { metadata: { resourceVersion } } = yield* world.kubernetes.create(leases, { metadata: key, spec: {} })
      const attempts = yield* Effect.forEach(["a", "b", "c"], (holderIdentity) =>
        Effect.result(world.kubernetes.patch(leases, key, {
          _tag: "merge",
          patch: { metadata: { resourceVersion }, spec: { holderIdentity } }
        })), { concurrency: "unbounded" })
      expect(attempts.map((attempt) => attempt._tag === "Success" ? "claimed" : attempt.failure.reason._tag).sort()).toEqual([
        "Conflict",
        "Conflict",
        "claimed"
      ])
    }))

  check("loses no patch without a version, however many come at once", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const names = ["a", "b", "c", "d", "e"]
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* Effect.forEach(names, (name) =>
        world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { [name]: "1" } } }), { concurrency: "unbounded" })
      expect(Object.keys((yield* world.kubernetes.get(configMaps, key)).data ?? {}).sort()).toEqual(names)
    }))

  check("changes only the status at the status subresource, and everything but the status at the main one", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.create(nodes, { metadata: { name }, status: { capacity: { cpu: "2" } } })
      const both = {
        _tag: "merge" as const,
        patch: { spec: { providerID: "aws:///eu-west-1a/i-0123456789abcdef0" }, status: { capacity: { [podEni]: "9" } } }
      }
      const main = yield* world.kubernetes.patch(nodes, { name }, both)
      expect(main.spec?.providerID).toBe("aws:///eu-west-1a/i-0123456789abcdef0")
      expect(main.status?.capacity).toEqual({ cpu: "2" })
      const moved = { ...both, patch: { ...both.patch, spec: { podCIDR: "10.0.0.0/24", providerID: "aws:///eu-west-1a/i-0fedcba9876543210" } } }
      const status = yield* world.kubernetes.patch(nodes, { name }, moved, { subresource: "status" })
      expect(status.spec?.providerID).toBe("aws:///eu-west-1a/i-0123456789abcdef0")
      expect(status.status?.capacity).toEqual({ cpu: "2", [podEni]: "9" })
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("leaves a custom resource's spec and metadata alone at the status subresource", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      yield* world.kubernetes.create(cniNodes, { metadata: { name }, spec: { tags: { a: "1" } } })
      const change = { metadata: { labels: { a: "2" } }, spec: { tags: { a: "2" } } }
      const patched = yield* world.kubernetes.patch(cniNodes, { name }, { _tag: "merge", patch: change }, { subresource: "status" })
      expect(patched.spec?.tags).toEqual({ a: "1" })
      expect(patched.metadata.labels).toBeUndefined()
      yield* world.kubernetes.delete(cniNodes, { name })
    }))

  check("finds nothing to patch where nothing is: NotFound", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "none" }
      const error = yield* failureOf(world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { a: "1" } } }))
      expect(error.reason._tag).toBe("NotFound")
    }))

  check("refuses to rename: BadRequest", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const error = yield* failureOf(world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata: { name: "two" } } }))
      expect(error.reason._tag).toBe("BadRequest")
    }))
}
