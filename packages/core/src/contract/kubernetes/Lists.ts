import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { configMaps, nodes, pods, securityGroupPolicies } from "../../model/Resource.js"
import { type Check, configMap, failureOf, malformedPolicy, pod, policy } from "./World.js"

/** `list` and `get`. */
export const lists = (check: Check): void => {
  check("lists what was created in a namespace, and nothing of another", (world) =>
    Effect.gen(function*() {
      const elsewhere = yield* world.harness.namespace
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* world.kubernetes.create(configMaps, configMap(world, "two"))
      yield* world.kubernetes.create(configMaps, configMap({ ...world, namespace: elsewhere }, "three"))
      const listing = yield* world.kubernetes.list(configMaps, { namespace: world.namespace })
      // A namespace may hold objects that its controllers made (kube-root-ca.crt).
      const names = listing.items.map((item) => item.metadata.name)
      expect(names).toEqual(expect.arrayContaining(["one", "two"]))
      expect(names).not.toContain("three")
      expect(listing.malformed).toEqual([])
    }))

  check("lists all namespaces where none is named", (world) =>
    Effect.gen(function*() {
      const elsewhere = yield* world.harness.namespace
      yield* world.kubernetes.create(configMaps, configMap(world, "here"))
      yield* world.kubernetes.create(configMaps, configMap({ ...world, namespace: elsewhere }, "there"))
      const listing = yield* world.kubernetes.list(configMaps)
      const places = listing.items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`)
      expect(places).toEqual(expect.arrayContaining([`${world.namespace}/here`, `${elsewhere}/there`]))
    }))

  check("narrows a list by metadata.name", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* world.kubernetes.create(configMaps, configMap(world, "two"))
      const listing = yield* world.kubernetes.list(configMaps, { namespace: world.namespace, fieldSelector: "metadata.name=two" })
      expect(listing.items.map((item) => item.metadata.name)).toEqual(["two"])
    }))

  check("narrows a list by what a field is not", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* world.kubernetes.create(configMaps, configMap(world, "two"))
      const fieldSelector = "metadata.name!=kube-root-ca.crt,metadata.name!=one"
      const listing = yield* world.kubernetes.list(configMaps, { namespace: world.namespace, fieldSelector })
      expect(listing.items.map((item) => item.metadata.name)).toEqual(["two"])
    }))

  check("narrows a list of pods by spec.nodeName", (world) =>
    Effect.gen(function*() {
      const nodeName = `node-${world.suffix}`
      yield* world.kubernetes.create(nodes, { metadata: { name: nodeName } })
      yield* world.kubernetes.create(pods, pod(world, "placed", { nodeName }))
      yield* world.kubernetes.create(pods, pod(world, "waiting", { schedulerName: "nobody" }))
      const listing = yield* world.kubernetes.list(pods, { namespace: world.namespace, fieldSelector: `spec.nodeName=${nodeName}` })
      expect(listing.items.map((item) => item.metadata.name)).toEqual(["placed"])
    }))

  check("refuses a field selector that the kind does not support: BadRequest", (world) =>
    Effect.gen(function*() {
      const error = yield* failureOf(world.kubernetes.list(configMaps, { namespace: world.namespace, fieldSelector: "data.a=b" }))
      expect(error.reason._tag).toBe("BadRequest")
    }))

  check("keeps an object that contradicts the schema apart, with the path, and serves the rest", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(securityGroupPolicies, policy(world, "good"))
      yield* Effect.exit(world.kubernetes.create(securityGroupPolicies, malformedPolicy(world, "bad")))
      const listing = yield* world.kubernetes.list(securityGroupPolicies, { namespace: world.namespace })
      expect(listing.items.map((item) => item.metadata.name)).toEqual(["good"])
      expect(listing.malformed.map((item) => item.key)).toEqual([{ namespace: world.namespace, name: "bad" }])
      expect(listing.malformed[0]?.problem).toContain("groupIds")
    }))

  check("gets an object as it is now", (world) =>
    Effect.gen(function*() {
      const created = yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      const got = yield* world.kubernetes.get(configMaps, { namespace: world.namespace, name: "one" })
      expect(got).toEqual(created)
      expect(got.data).toEqual({ a: "1" })
    }))

  check("gets nothing where nothing is: NotFound, which is not retryable", (world) =>
    Effect.gen(function*() {
      const error = yield* failureOf(world.kubernetes.get(configMaps, { namespace: world.namespace, name: "none" }))
      expect(error.reason._tag).toBe("NotFound")
      expect(error.isRetryable).toBe(false)
      expect(error.operation).toContain(`${world.namespace}/none`)
      expect(error.message).toContain("\"none\" not found")
      const cluster = yield* failureOf(world.kubernetes.get(nodes, { name: `none-${world.suffix}` }))
      expect(cluster.reason._tag).toBe("NotFound")
    }))

  check("gets an object that contradicts the schema: Malformed, with the path", (world) =>
    Effect.gen(function*() {
      yield* Effect.exit(world.kubernetes.create(securityGroupPolicies, malformedPolicy(world, "bad")))
      const error = yield* failureOf(world.kubernetes.get(securityGroupPolicies, { namespace: world.namespace, name: "bad" }))
      expect(error.reason._tag).toBe("Malformed")
      expect(error.message).toContain("groupIds")
    }))
}
