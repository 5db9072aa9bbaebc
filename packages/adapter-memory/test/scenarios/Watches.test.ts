import { controllerIdentities } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import type { World } from "./World.js"

const latencies = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

/** The controller's watches, and nobody else's. */
const controllers = { username: controllerIdentities[0]! }
const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)

/** Seven pods that run on three nodes. */
const running = Effect.fnUntraced(function*(world: World) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  yield* world.apply(Manifests.statefulSet("web", names.length))
  yield* world.apply(Manifests.pod("leaves"))
  for (const name of [...names, "leaves"]) yield* world.waitForPhase(name, "Running")
})

/** Some pods are deleted and come back under their names, one for good, and others are new; answers what to wait for. */
const changed = Effect.fnUntraced(function*(world: World) {
  const deleted = names.slice(0, 3)
  const before = new Map<string, string>()
  for (const name of deleted) before.set(name, uidOf((yield* world.pod(name)) ?? {}))
  for (const name of [...deleted, "leaves"]) yield* world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })
  for (const name of ["new-0", "new-1"]) yield* world.apply(Manifests.pod(name))
  const served = Effect.gen(function*() {
    for (const name of [...deleted, "new-0", "new-1"]) {
      const pod = yield* world.pod(name)
      if (pod === undefined || uidOf(pod) === before.get(name) || textAt(pod, "status", "phase") !== "Running") return undefined
    }
    return true
  })
  return eventually("the changes are served", served, { within: "10 minutes" })
})

/** How many changes of pods there have been. */
const podChanges = (world: World) =>
  Effect.map(world.kubernetes.audit.events, (events) =>
    events.filter(({ objectRef, responseStatus, verb }) =>
      objectRef.resource === "pods" && responseStatus.code < 300 && !["get", "list", "watch"].includes(verb)).length)

const callCount = (world: World) => Effect.map(world.ec2.calls, ({ length }) => length)

describe("The watch goes silent, or answers 410, or replays old state", () => {
  // Guarded by: controller/Reflector.ts, guard, which takes a silent watch for dead.
  it("silent: nothing is heard any more, not even that the watch ended", () => {
    seeds(10, latencies, (world) =>
      Effect.gen(function*() {
        yield* running(world)
        yield* world.kubernetes.watches.silenceWatches(controllers)
        const calls = yield* callCount(world)
        const served = yield* changed(world)
        // The trouble is real: for a minute the controller has heard of nothing.
        yield* Effect.sleep("1 minute")
        expect(yield* callCount(world)).toBe(calls)
        expect(yield* world.podPhase("new-0")).toBe("Pending")
        yield* served
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: controller/Reflector.ts, needsList, where an expired version leads to a new list; and vanish, for what that list has no more.
  it("410: the version is gone, and so is what happened until the next list", () => {
    seeds(10, latencies, (world) =>
      Effect.gen(function*() {
        yield* running(world)
        const until = (yield* Clock.currentTimeMillis) + 20_000
        const lists = yield* world.faults.add({ on: { port: "kubernetes", operation: "list" }, when: "before", reason: { _tag: "Unavailable" }, until })
        yield* world.kubernetes.watches.breakWatches({ _tag: "Expired" }, controllers)
        const served = yield* changed(world)
        yield* world.kubernetes.watches.compact
        yield* Effect.sleep("20 seconds")
        expect(yield* lists.fired).toBeGreaterThan(5)
        yield* served
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: controller/Reflector.ts, needsList and `barrenWatches`, each alone enough: going on from an expired version is answered with 410 for ever.
  it("410: again and again, while pods come and go", () => {
    seeds(10, latencies, (world) =>
      Effect.gen(function*() {
        yield* running(world)
        const ends = yield* world.faults.add({
          on: { port: "kubernetes", operation: "watch" },
          when: "before",
          reason: { _tag: "Expired" },
          times: 40
        })
        const served = yield* changed(world)
        yield* world.kubernetes.watches.compact
        yield* world.kubernetes.watches.breakWatches({ _tag: "Closed" }, controllers)
        yield* served
        yield* eventually("all were struck", Effect.map(ends.fired, (count) => count === 40 ? true : undefined), { within: "10 minutes" })
        yield* Oracles.atPeace(world, { unowned: "5 minutes" })
      }))
  })

  // Guarded by: controller/Reflector.ts, isOlder, by which hear drops old news.
  it("replay: what was true once is told again, and leads to nothing", () => {
    seeds(10, latencies, (world) =>
      Effect.gen(function*() {
        yield* running(world)
        yield* Effect.flatten(changed(world))
        yield* Oracles.atPeace(world)
        const calls = yield* callCount(world)
        const events = (yield* world.events()).length
        const released = world.witness.releases.length
        // All there ever was; then a server that has not caught up and stops half-way, when the old pods were still there.
        const pods = yield* podChanges(world)
        for (const leaveOut of [0, Math.round(pods / 4), Math.round(pods / 2), Math.round((pods * 3) / 4)]) {
          for (const plural of ["pods", "nodes", "cninodes", "securitygrouppolicies"]) {
            yield* world.kubernetes.watches.replayWatches(10_000, { ...controllers, plural }, leaveOut)
          }
          yield* Effect.sleep("30 seconds")
        }
        yield* Effect.sleep("2 minutes")
        expect((yield* world.ec2.calls).slice(calls)).toEqual([])
        expect((yield* world.events()).slice(events)).toEqual([])
        expect(world.witness.releases.length).toBe(released)
        yield* Oracles.atPeace(world)
      }))
  })
})
