import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { podEni } from "../../model/Names.js"
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

  check("refuses a JSON patch whose path is not there: Invalid", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const error = yield* failureOf(world.kubernetes.patch(configMaps, { namespace: world.namespace, name: "one" }, {
        _tag: "json",
        patch: [{ op: "replace", path: "/data/none", value: "1" }]
      }))
      expect(error.reason._tag).toBe("Invalid")
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
