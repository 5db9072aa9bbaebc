import { expect } from "@effect/vitest"
import { Effect, type Schema } from "effect"
import { configMaps, leases, nodes, pods } from "../../model/Resource.js"
import { type Check, configMap, failureOf, pod } from "./World.js"

/** `create`. */
export const creates = (check: Check): void => {
  check("answers the object as stored: with UID, version and what the server filled in", (world) =>
    Effect.gen(function*() {
      const created = yield* world.kubernetes.create(pods, pod(world, "one", { schedulerName: "nobody" }))
      expect(created.metadata).toMatchObject({ name: "one", namespace: world.namespace })
      expect(created.metadata.uid).not.toBe("")
      expect(created.metadata.resourceVersion).not.toBe("")
      expect(created.status?.phase).toBe("Pending")
      expect(created.spec.serviceAccountName).toBe("default")
      expect(yield* world.kubernetes.get(pods, { namespace: world.namespace, name: "one" })).toEqual(created)
    }))

  check("refuses a name that is taken: AlreadyExists, and the object stays what it was", (world) =>
    Effect.gen(function*() {
      const first = yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const error = yield* failureOf(world.kubernetes.create(configMaps, configMap(world, "one", { a: "2" })))
      expect(error.reason._tag).toBe("AlreadyExists")
      expect(error.isRetryable).toBe(false)
      expect(yield* world.kubernetes.get(configMaps, { namespace: world.namespace, name: "one" })).toEqual(first)
    }))

  check("lets one of many win a name", (world) =>
    Effect.gen(function*() {
      const attempts = yield* Effect.forEach(["1", "2", "3", "4"], (a) =>
        Effect.result(world.kubernetes.create(configMaps, configMap(world, "one", { a }))), { concurrency: "unbounded" })
      expect(attempts.map((attempt) => attempt._tag === "Success" ? "created" : attempt.failure.reason._tag).sort()).toEqual([
        "AlreadyExists",
        "AlreadyExists",
        "AlreadyExists",
        "created"
      ])
    }))

  check("makes names that begin with generateName and differ", (world) =>
    Effect.gen(function*() {
      const document = { metadata: { generateName: "made-", namespace: world.namespace } }
      const first = yield* world.kubernetes.create(configMaps, document)
      const second = yield* world.kubernetes.create(configMaps, document)
      expect(first.metadata.name).toMatch(/^made-[a-z0-9]{5}$/)
      expect(second.metadata.name).toMatch(/^made-[a-z0-9]{5}$/)
      expect(first.metadata.name).not.toBe(second.metadata.name)
    }))

  check("refuses a namespace that does not exist: NotFound", (world) =>
    Effect.gen(function*() {
      const nowhere = { ...world, namespace: `nowhere-${world.suffix}` }
      const error = yield* failureOf(world.kubernetes.create(configMaps, configMap(nowhere, "one")))
      expect(error.reason._tag).toBe("NotFound")
    }))

  check("refuses a name that is none: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const error = yield* failureOf(world.kubernetes.create(configMaps, configMap(world, "Upper_Case")))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.name" }] })
      expect(error.isRetryable).toBe(false)
    }))

  check("refuses an object without a name: Invalid", (world) =>
    Effect.gen(function*() {
      const error = yield* failureOf(world.kubernetes.create(configMaps, { metadata: { namespace: world.namespace } }))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.name" }] })
    }))

  check("refuses a document of another kind: BadRequest", (world) =>
    Effect.gen(function*() {
      const document = { apiVersion: "v1", kind: "Secret", ...configMap(world, "one") }
      const error = yield* failureOf(world.kubernetes.create(configMaps, document))
      expect(error.reason._tag).toBe("BadRequest")
    }))

  check("refuses a request for an extended resource without a limit: Invalid", (world) =>
    Effect.gen(function*() {
      const resources = { requests: { "example.com/device": "1" } }
      const containers = [{ name: "main", image: "registry.k8s.io/pause:3.10", resources }]
      const error = yield* failureOf(world.kubernetes.create(pods, pod(world, "one", { containers })))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "spec.containers[0].resources.limits" }] })
    }))

  check("makes the limit of an extended resource its request too", (world) =>
    Effect.gen(function*() {
      const resources = { limits: { "example.com/device": "1" } }
      const containers = [{ name: "main", image: "registry.k8s.io/pause:3.10", resources }]
      const created = yield* world.kubernetes.create(pods, pod(world, "one", { containers, schedulerName: "nobody" }))
      expect(created.spec.containers[0]?.resources?.requests).toEqual({ "example.com/device": "1" })
    }))

  check("stores a node with the status that it registers with", (world) =>
    Effect.gen(function*() {
      const name = `node-${world.suffix}`
      const created = yield* world.kubernetes.create(nodes, { metadata: { name }, status: { capacity: { cpu: "2" } } })
      expect(created.status?.capacity).toEqual({ cpu: "2" })
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("takes UID, status and namespace from where they are kept, not from the document", (world) =>
    Effect.gen(function*() {
      const document = { ...pod(world, "one", { schedulerName: "nobody" }), status: { phase: "Running" } }
      const created = yield* world.kubernetes.create(pods, { ...document, metadata: { name: "one", namespace: world.namespace, uid: "mine" } })
      expect(created.metadata.uid).not.toBe("mine")
      expect(created.status?.phase).toBe("Pending")
      const name = `node-${world.suffix}`
      expect((yield* world.kubernetes.create(nodes, { metadata: { name, namespace: world.namespace } })).metadata.name).toBe(name)
      yield* world.kubernetes.delete(nodes, { name })
    }))

  check("refuses labels and finalizers that are none: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const attempt = (metadata: Schema.JsonObject) =>
        failureOf(world.kubernetes.create(configMaps, { metadata: { name: "one", namespace: world.namespace, ...metadata } }))
      expect((yield* attempt({ labels: { role: "not a value" } })).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.labels" }] })
      expect((yield* attempt({ annotations: { "a b": "" } })).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.annotations" }] })
      expect((yield* attempt({ finalizers: ["wait"] })).reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "metadata.finalizers[0]" }] })
    }))

  check("refuses a lease without time: Invalid, with the field", (world) =>
    Effect.gen(function*() {
      const document = { metadata: { name: "lock", namespace: world.namespace }, spec: { leaseDurationSeconds: 0 } }
      const error = yield* failureOf(world.kubernetes.create(leases, document))
      expect(error.reason).toMatchObject({ _tag: "Invalid", causes: [{ field: "spec.leaseDurationSeconds" }] })
    }))

  check("does not know a kind that is not installed: NotFound", (world) =>
    Effect.gen(function*() {
      const widgets = { ...configMaps, group: "example.com", kind: "Widget", plural: "widgets" }
      expect((yield* failureOf(world.kubernetes.create(widgets, configMap(world, "one")))).reason._tag).toBe("NotFound")
      expect((yield* failureOf(world.kubernetes.list(widgets))).reason._tag).toBe("NotFound")
    }))
}
