import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const world = { nodes: 3, ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const
const names = Array.from({ length: 6 }, (_, index) => `web-${index}`)

/** Failures of allocation that a pod was told, and how long after the first. */
const failuresOf = (world: World, name: string) =>
  Effect.map(world.events(name), (events) => events.filter(({ reason }) => reason === "BranchAllocationFailed"))

describe("EC2 throttles for minutes", () => {
  // Guarded by: controller/pacing/Bucket.ts, measured, which believes less at once, and granted, which finds out quickly that it is over;
  // controller/Pacing.ts, takeImpatient, without which nobody would hear; allocation/step/Failure.ts, stay, `branch.failure === why`: told once.
  it("every call is refused for three minutes", () => {
    seeds(20, world, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        for (const name of ["gone-0", "gone-1", "gone-2"]) yield* world.apply(Manifests.pod(name))
        for (const name of ["gone-0", "gone-1", "gone-2"]) yield* world.waitForPhase(name, "Running")
        const begin = yield* Clock.currentTimeMillis
        const throttle = yield* world.faults.add({
          on: { port: "ec2", operation: "*" },
          when: "before",
          reason: { _tag: "Throttled" },
          until: begin + 180_000
        })
        // What is to be released while EC2 throttles is released afterwards.
        for (const name of ["gone-0", "gone-1", "gone-2"]) yield* world.admin.delete(podResource, { namespace: "default", name })
        for (const name of names) yield* world.apply(Manifests.pod(name))
        yield* Effect.sleep("2 seconds")
        for (const name of names) {
          const told = yield* failuresOf(world, name)
          expect(told.map(({ message }) => message)).toEqual([expect.stringContaining("RequestLimitExceeded")])
        }
        yield* Effect.sleep("177 seconds")
        // However many wait, each action asks once in five seconds in the end.
        const fired = yield* throttle.fired
        expect(fired).toBeGreaterThan(30)
        expect(fired).toBeLessThan(150)
        for (const name of names) {
          expect(yield* world.podPhase(name)).toBe("Pending")
          expect(yield* failuresOf(world, name)).toHaveLength(1)
        }
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "15 seconds" })
        yield* Oracles.atPeace(world, { unowned: "6 minutes" })
      }))
  })

  // Guarded by: controller/WorkQueue.ts, settle: a failed key is tried again, from the step that it had reached.
  it("most calls are refused for five minutes", () => {
    seeds(10, world, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const throttle = yield* world.faults.add({
          on: { port: "ec2", operation: "*" },
          when: "before",
          reason: { _tag: "Throttled" },
          probability: 0.8,
          until: (yield* Clock.currentTimeMillis) + 300_000
        })
        yield* world.apply(Manifests.statefulSet("web", names.length))
        yield* world.addNode()
        for (let round = 0; round < 3; round++) {
          yield* Effect.sleep("90 seconds")
          for (const name of names.slice(round, round + 3)) yield* world.admin.delete(podResource, { namespace: "default", name })
        }
        expect(yield* throttle.fired).toBeGreaterThan(30)
        // By then the pods that were deleted last have gone.
        yield* Effect.sleep("40 seconds")
        for (const name of names) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
        yield* Oracles.ready(world)
        yield* Oracles.atPeace(world, { unowned: "8 minutes" })
      }))
  })

  // Guarded by: controller/Pacing.ts, paced, which waits for a token instead of asking in vain.
  it("the account's own buckets are small: the controller asks no faster than EC2 grants", () => {
    const slow = { burst: 5, perSecond: 0.2 }
    const bucket = { capacity: 5, refill: 0.2 }
    seeds(5, {
      ...world,
      ec2: { throttle: { mutating: bucket } },
      settings: { rates: { mutating: slow, describing: { burst: 100, perSecond: 20 } } }
    }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const begin = yield* Clock.currentTimeMillis
        yield* world.apply(Manifests.statefulSet("web", 15))
        const all = Array.from({ length: 15 }, (_, index) => `web-${index}`)
        for (const name of all) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
        // The buckets alone impose it: 15 creates, of which 5 at once at most, and one in 5 seconds.
        expect((yield* Clock.currentTimeMillis) - begin).toBeGreaterThan(45_000)
        // A few calls find out that it is really so.
        expect((yield* world.ec2.calls).filter(({ outcome }) => outcome._tag === "refused").length).toBeLessThan(15)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/Controller.ts, podChanged: a pod that has its branch does not queue with those that wait for one.
  it("pods that end are released after their cooldown, however many wait for EC2", () => {
    const slow = { burst: 5, perSecond: 0.2 }
    seeds(5, {
      ...world,
      ec2: { throttle: { mutating: { capacity: 5, refill: 0.2 } } },
      settings: { workers: 8, rates: { mutating: slow, describing: { burst: 100, perSecond: 20 } } }
    }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const old = Seen.names("old", 5)
        for (const name of old) yield* world.apply(Manifests.pod(name))
        for (const name of old) yield* world.waitForPhase(name, "Running")
        // All buckets are full again.
        yield* Effect.sleep("1 minute")
        const waiting = Seen.names("web", 20)
        for (const name of waiting) yield* world.apply(Manifests.pod(name))
        const begin = yield* Clock.currentTimeMillis
        for (const name of old) yield* world.admin.delete(podResource, { namespace: "default", name })
        for (const name of waiting) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
        yield* Effect.sleep("2 minutes")
        const deleted = (yield* Seen.calls(world, { since: begin })).filter(({ action, outcome }) => action === "DeleteNetworkInterface" && outcome._tag === "done")
        expect(deleted).toHaveLength(old.length)
        for (const { at } of deleted) expect((at - begin) / 1000).toBeLessThan(70)
      }))
  })
})
