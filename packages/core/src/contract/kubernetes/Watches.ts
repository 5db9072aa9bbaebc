import { expect } from "@effect/vitest"
import { Effect, Fiber, Option, Stream } from "effect"
import { configMaps, pods, securityGroupPolicies } from "../../model/Resource.js"
import { type Check, configMap, eventsAfter, malformedPolicy, pod, policy, told, versionNow } from "./World.js"

/** `watch`. */
export const watches = (check: Check): void => {
  check("tells everything after a list's version, in order, also what happened before the watch began", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, configMaps)
      const key = { namespace: world.namespace, name: "one" }
      yield* world.kubernetes.create(configMaps, configMap(world, "one", { a: "1" }))
      yield* world.kubernetes.patch(configMaps, key, { _tag: "merge", patch: { data: { a: "2" } } })
      const watching = yield* Effect.forkChild(eventsAfter(world, configMaps, from, 4))
      yield* world.kubernetes.create(configMaps, configMap(world, "two"))
      yield* world.kubernetes.delete(configMaps, key)
      const events = yield* Fiber.join(watching)
      expect(events.map(told)).toEqual(["Added one", "Modified one", "Added two", "Deleted one"])
      const last = events[3]
      expect(last?._tag === "Deleted" ? last.object.data : undefined).toEqual({ a: "2" })
    }))

  check("tells nothing that the list had already", (world) =>
    Effect.gen(function*() {
      yield* world.kubernetes.create(configMaps, configMap(world, "old"))
      const from = yield* versionNow(world, configMaps)
      yield* world.kubernetes.create(configMaps, configMap(world, "new"))
      expect((yield* eventsAfter(world, configMaps, from, 1)).map(told)).toEqual(["Added new"])
    }))

  check("goes on from the version of an event without a gap or a repetition", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, configMaps)
      for (const name of ["one", "two", "three"]) yield* world.kubernetes.create(configMaps, configMap(world, name))
      const [first] = yield* eventsAfter(world, configMaps, from, 1)
      const version = first?._tag === "Added" ? first.object.metadata.resourceVersion : ""
      expect((yield* eventsAfter(world, configMaps, version, 2)).map(told)).toEqual(["Added two", "Added three"])
    }))

  check("tells a name that comes back as Deleted and Added, with another UID", (world) =>
    Effect.gen(function*() {
      const key = { namespace: world.namespace, name: "again" }
      const first = yield* world.kubernetes.create(configMaps, configMap(world, "again"))
      const from = yield* versionNow(world, configMaps)
      yield* world.kubernetes.delete(configMaps, key)
      const second = yield* world.kubernetes.create(configMaps, configMap(world, "again"))
      const events = yield* eventsAfter(world, configMaps, from, 2)
      expect(events.map(told)).toEqual(["Deleted again", "Added again"])
      expect(events.map((event) => event._tag === "Malformed" ? "" : event.object.metadata.uid)).toEqual([
        first.metadata.uid,
        second.metadata.uid
      ])
      expect(first.metadata.uid).not.toBe(second.metadata.uid)
    }))

  check("tells nothing of other namespaces", (world) =>
    Effect.gen(function*() {
      const elsewhere = yield* world.harness.namespace
      const from = yield* versionNow(world, configMaps)
      yield* world.kubernetes.create(configMaps, configMap({ ...world, namespace: elsewhere }, "theirs"))
      yield* world.kubernetes.create(configMaps, configMap(world, "ours"))
      expect((yield* eventsAfter(world, configMaps, from, 1)).map(told)).toEqual(["Added ours"])
    }))

  check("tells an object that comes into a field selector as Added, and one that leaves it as Deleted", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, pods)
      const key = { namespace: world.namespace, name: "runner" }
      yield* world.kubernetes.create(pods, pod(world, "runner", { schedulerName: "nobody" }))
      const phase = (phase: string) =>
        world.kubernetes.patch(pods, key, { _tag: "merge", patch: { status: { phase } } }, { subresource: "status" })
      yield* phase("Running")
      yield* phase("Failed")
      const scope = { namespace: world.namespace, fieldSelector: "status.phase=Running" }
      expect((yield* eventsAfter(world, pods, from, 2, scope)).map(told)).toEqual(["Added runner", "Deleted runner"])
    }))

  check("ends Expired where the server has not come as far as the version: its data was restored from a backup", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, configMaps)
      const end = yield* Effect.flip(eventsAfter(world, configMaps, String(Number(from) + 1_000_000), 1))
      expect(end).toEqual({ _tag: "Expired" })
    }))

  check("tells two watchers the same", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, configMaps)
      const watching = yield* Effect.forkChild(
        Effect.all([eventsAfter(world, configMaps, from, 2), eventsAfter(world, configMaps, from, 2)], { concurrency: "unbounded" })
      )
      yield* world.kubernetes.create(configMaps, configMap(world, "one"))
      yield* world.kubernetes.create(configMaps, configMap(world, "two"))
      const [first, second] = yield* Fiber.join(watching)
      expect(first.map(told)).toEqual(["Added one", "Added two"])
      expect(second).toEqual(first)
    }))

  check("tells of an object that contradicts the schema, and goes on", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, securityGroupPolicies)
      yield* Effect.exit(world.kubernetes.create(securityGroupPolicies, malformedPolicy(world, "bad")))
      const good = yield* world.kubernetes.create(securityGroupPolicies, policy(world, "good"))
      const events = yield* eventsAfter(world, securityGroupPolicies, from, 2)
      expect(events.map(told)).toEqual(["Malformed bad", "Added good"])
      const [first] = events
      expect(first?._tag === "Malformed" ? first.object.problem : "").toContain("groupIds")
      // Its version is one to go on from.
      const version = first?._tag === "Malformed" ? first.resourceVersion : ""
      const [next] = yield* eventsAfter(world, securityGroupPolicies, version, 1)
      expect(next?._tag === "Added" ? next.object : undefined).toEqual(good)
    }))
}

/** `watch` after the server forgot its history. */
export const compaction = (check: Check): void => {
  check("ends Expired where the version is forgotten, and goes on from a new list", (world) =>
    Effect.gen(function*() {
      const from = yield* versionNow(world, configMaps)
      yield* world.kubernetes.create(configMaps, configMap(world, "before"))
      yield* world.harness.compact
      const end = yield* Effect.flip(eventsAfter(world, configMaps, from, 1))
      expect(end).toEqual({ _tag: "Expired" })
      const again = yield* versionNow(world, configMaps)
      yield* world.kubernetes.create(configMaps, configMap(world, "after"))
      expect((yield* eventsAfter(world, configMaps, again, 1)).map(told)).toEqual(["Added after"])
    }))
}

/** Bookmarks of a `watch`: a server sends one when time has gone on for the kind and the watch had nothing to tell. */
export const bookmarks = (check: Check): void => {
  check("brings bookmarks past what happened elsewhere, from which a watch goes on", (world) =>
    Effect.gen(function*() {
      const elsewhere = { ...world, namespace: yield* world.harness.namespace }
      const from = yield* versionNow(world, configMaps)
      const watching = yield* world.kubernetes.watch(configMaps, { namespace: world.namespace, resourceVersion: from }).pipe(
        Stream.filter((event) => event._tag === "Bookmark"),
        Stream.runHead,
        // A server may end the watch before a bookmark was due.
        Effect.retry({ while: (end) => end._tag === "Closed" }),
        Effect.timeout(world.harness.bookmarkWithin),
        Effect.forkChild
      )
      yield* world.kubernetes.create(configMaps, configMap(elsewhere, "theirs"))
      const version = Option.match(yield* Fiber.join(watching), { onNone: () => "", onSome: (event) => event.resourceVersion })
      expect(Number(version)).toBeGreaterThan(Number(from))
      yield* world.kubernetes.create(configMaps, configMap(world, "after"))
      expect((yield* eventsAfter(world, configMaps, version, 1)).map(told)).toEqual(["Added after"])
    }))
}
