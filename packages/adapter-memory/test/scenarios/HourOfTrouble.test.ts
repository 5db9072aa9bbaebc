import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { FaultRule } from "../../src/faults/FaultRule.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import type { World } from "./World.js"

const options = { nodes: 3, ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const

const troubles: ReadonlyArray<readonly [string, Ec2Reason, number]> = [
  // Each action is asked once in five seconds until it is granted, and a pod needs three.
  ["throttles", { _tag: "Throttled" }, 20_000],
  ["is not available", { _tag: "Unavailable" }, 20_000]
]

const names = Seen.names("web", 6)

/** Six pods come as an hour of trouble begins, and are all Pending at its end; answers the trouble. */
const anHour = Effect.fnUntraced(function*(world: World, trouble: FaultRule) {
  yield* world.apply(Manifests.policy())
  yield* Oracles.ready(world)
  const until = (yield* Clock.currentTimeMillis) + 3_600_000
  const fault = yield* world.faults.add({ ...trouble, until })
  for (const name of names) yield* world.apply(Manifests.pod(name))
  yield* Effect.sleep(until - (yield* Clock.currentTimeMillis))
  for (const name of names) expect(yield* world.podPhase(name)).toBe("Pending")
  return fault
})

/** They run so soon after its end, milliseconds. */
const allRun = Effect.fnUntraced(function*(world: World, within: number) {
  const end = yield* Clock.currentTimeMillis
  for (const name of names) yield* world.waitForPhase(name, "Running", { within: 2 * within })
  expect((yield* Clock.currentTimeMillis) - end).toBeLessThanOrEqual(within)
  yield* Oracles.atPeace(world)
})

describe("EC2 fails for an hour", () => {
  // Guarded by: controller/pacing/Bucket.ts and controller/pacing/Outage.ts, where an EC2 that refuses, or does not answer, is asked once in five seconds
  // however long it has done so.
  it.each(troubles)("because it %s: pods are told once, and served within moments of its end", (_, reason, within) => {
    seeds(3, options, (world) =>
      Effect.gen(function*() {
        const fault = yield* anHour(world, { on: { port: "ec2", operation: "*" }, when: "before", reason })
        expect(yield* fault.fired).toBeGreaterThan(60)
        for (const name of names) expect(yield* Seen.messages(world, name, "BranchAllocationFailed")).toHaveLength(1)
        yield* allRun(world, within)
      }))
  })
})

describe("the API server refuses annotations for an hour", () => {
  // Guarded by: controller/Backoff.ts, workBackoff, whose cap is a minute.
  it("pods are served within a minute of its end, each with the branch that was made for it", () => {
    seeds(3, options, (world) =>
      Effect.gen(function*() {
        const fault = yield* anHour(world, { on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "before", reason: { _tag: "Unavailable" } })
        expect(yield* fault.fired).toBeGreaterThan(60)
        yield* allRun(world, 62_000)
      }))
  })
})
