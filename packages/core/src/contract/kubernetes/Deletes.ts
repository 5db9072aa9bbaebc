import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { configMaps, nodes, pods } from "../../model/Resource.js"
import { type Check, configMap, eventsAfter, failureOf, pod, told, versionNow, type World } from "./World.js"

const finalizer = "example.com/wait"

const held = (world: World, name: string) => ({ metadata: { name, namespace: world.namespace, finalizers: [finalizer] } })

/** `delete`. */
export const deletes = (check: Check): void => {
  check("deletes, and then there is nothing: NotFound, also for a second deletion", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* world.kubernetes.delete(configMaps, key)
      expect((yield* failureOf(world.kubernetes.get(configMaps, key))).reason._tag).toBe("NotFound")
      expect((yield* failureOf(world.kubernetes.delete(configMaps, key))).reason._tag).toBe("NotFound")
    }))

  check("keeps an object whose UID or version is not the precondition's: Conflict", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "one" }
      const created = yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      const byUid = yield* failureOf(world.kubernetes.delete(configMaps, key, { uid: "00000000-0000-4000-8000-000000000000" }))
      expect(byUid.reason._tag).toBe("Conflict")
      expect(byUid.isRetryable).toBe(false)
      yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { a: "1" } } })
      const { resourceVersion, uid } = created.metadata
      expect((yield* failureOf(world.kubernetes.delete(configMaps, key, { resourceVersion }))).reason._tag).toBe("Conflict")
      expect((yield* world.kubernetes.get(configMaps, key)).metadata.deletionTimestamp).toBeUndefined()
      yield* world.kubernetes.delete(configMaps, key, { uid })
      expect((yield* failureOf(world.kubernetes.get(configMaps, key))).reason._tag).toBe("NotFound")
    }))

  check("only marks an object that has a finalizer, and removes it with its last one", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "held" }
      yield* world.kubernetes.create(configMaps, held(world, "held"))
      const from = yield* versionNow(world, configMaps)
      yield* world.kubernetes.delete(configMaps, key)
      expect((yield* world.kubernetes.get(configMaps, key)).metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      // Asking once more changes nothing.
      yield* world.kubernetes.delete(configMaps, key)
      yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata: { finalizers: null } } })
      expect((yield* failureOf(world.kubernetes.get(configMaps, key))).reason._tag).toBe("NotFound")
      expect((yield* eventsAfter(world, configMaps, from, 2)).map(told)).toEqual(["Modified held", "Deleted held"])
    }))

  check("takes no new finalizer on an object that is being deleted: Invalid", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "held" }
      yield* world.kubernetes.create(configMaps, held(world, "held"))
      yield* world.kubernetes.delete(configMaps, key)
      const error = yield* failureOf(world.kubernetes.patch(configMaps, key, {
        _tag: "merge",
        patch: { metadata: { finalizers: [finalizer, "example.com/more"] } }
      }))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.finalizers" }] })
      yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata: { finalizers: null } } })
    }))

  check("removes a pod that no node runs at once", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "unplaced" }
      yield* world.kubernetes.create(pods, pod(world, "unplaced", { schedulerName: "nobody" }))
      yield* world.kubernetes.delete(pods, key)
      expect((yield* failureOf(world.kubernetes.get(pods, key))).reason._tag).toBe("NotFound")
    }))

  check("gives a pod on a node its time: it is marked and stays, and goes at once when it has ended", (world) =>
    Effect.gen(function*() {
      const nodeName = `node-${world.suffix}`
      const key = { namespace: world.namespace, name: "placed" }
      yield* world.kubernetes.create(nodes, { metadata: { name: nodeName } })
      yield* world.kubernetes.create(pods, pod(world, "placed", { nodeName, terminationGracePeriodSeconds: 60 }))
      yield* world.kubernetes.delete(pods, key)
      const leaving = yield* world.kubernetes.get(pods, key)
      expect(leaving.metadata.deletionTimestamp).toMatch(/Z$/)
      expect(leaving.status?.phase).toBe("Pending")

      yield* world.kubernetes.create(pods, pod(world, "ended", { nodeName, terminationGracePeriodSeconds: 60 }))
      const ended = { namespace: world.namespace, name: "ended" }
      yield* world.kubernetes.patch(pods, ended, { _tag: "merge", patch: { status: { phase: "Succeeded" } } }, { subresource: "status" })
      yield* world.kubernetes.delete(pods, ended)
      expect((yield* failureOf(world.kubernetes.get(pods, ended))).reason._tag).toBe("NotFound")
    }))

  check("answers the last finalizer's patch with what it made, and tells watchers what was there before it", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "held" }
      yield* world.kubernetes.create(configMaps, { ...held(world, "held"), data: { a: "1" } })
      yield* world.kubernetes.delete(configMaps, key)
      const from = yield* versionNow(world, configMaps)
      const last = yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata: { finalizers: null }, data: { a: "2" } } })
      expect(last.data).toEqual({ a: "2" })
      const [gone] = yield* eventsAfter(world, configMaps, from, 1)
      expect(gone?._tag === "Deleted" ? gone.object.data : undefined).toEqual({ a: "1" })
    }))

  check("keeps the name of an object that is being deleted: AlreadyExists", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "held" }
      yield* world.kubernetes.create(configMaps, held(world, "held"))
      yield* world.kubernetes.delete(configMaps, key)
      const error = yield* failureOf(world.kubernetes.create(configMaps, held(world, "held")))
      expect(error.reason._tag).toBe("AlreadyExists")
      expect(error.message).toContain("object is being deleted")
      yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { metadata: { finalizers: null } } })
    }))

  check("takes no empty name, which would mean all of them: BadRequest, and everything stays", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      for (const name of ["", "..", "a/b"]) {
        const key = { namespace: world.namespace, name }
        const patch = { _tag: "merge" as const, patch: { data: { a: "1" } } }
        expect((yield* failureOf(world.kubernetes.delete(configMaps, key))).reason._tag).toBe("BadRequest")
        expect((yield* failureOf(world.kubernetes.patch(configMaps, key, patch))).reason._tag).toBe("BadRequest")
        expect((yield* failureOf(world.kubernetes.get(configMaps, key))).reason._tag).toBe("BadRequest")
      }
      yield* world.kubernetes.get(configMaps, { namespace: world.namespace, name: "one" })
    }))
}
