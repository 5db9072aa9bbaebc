import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import type { World } from "./World.js"

const options = {
  nodes: 3,
  cooldown: 30_000,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

/** Pods come and go on three nodes; answers how long their branches cooled, in seconds. */
const cooled = Effect.fnUntraced(function*(world: World, round: string) {
  const names = [0, 1, 2].map((index) => `${round}-${index}`)
  for (const name of names) yield* world.apply(Manifests.pod(name))
  for (const name of names) yield* world.waitForPhase(name, "Running")
  const before = world.witness.releases.length
  for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
  for (const name of names) yield* world.waitUntilGone(name)
  yield* Oracles.atPeace(world)
  const released = world.witness.releases.slice(before).filter(({ action }) => action === "DisassociateTrunkInterface")
  expect(released).toHaveLength(names.length)
  return released.map((release) => release.cooled / 1000)
})

const between = (seconds: ReadonlyArray<number>, least: number): void => {
  for (const one of seconds) {
    expect(one).toBeGreaterThan(least - 1)
    expect(one).toBeLessThan(least + 3)
  }
}

/** What was told of the ConfigMap itself. */
const complaints = (world: World) =>
  Effect.map(world.events("amazon-vpc-cni"), (events) => events.map(({ message, reason, type }) => `${type} ${reason}: ${message}`))

/** What each node was told of its cooldown. */
const updates = (world: World) =>
  Effect.forEach([...world.nodes.keys()], (name) =>
    Effect.map(world.events(name), (events) =>
      events.filter(({ reason }) => reason === "BranchENICoolDownPeriodUpdated").map(({ message }) => message)))

const complaint = "Warning InvalidConfiguration: \"abc\" is no value for branch-eni-cooldown, which takes a whole number of seconds; " +
  "the last good value stays in force"
const update = (duration: string) => `Branch ENI cool down period has been updated to ${duration}`

describe("A ConfigMap holds abc where seconds belong", () => {
  // Guarded by: controller/ConfigMapSettings.ts, read, `inForce.cooldown`: a value that means nothing keeps what was in force.
  it("after a good value, and before the next", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.configMap({ "branch-eni-cooldown": "90" }))
        yield* Effect.sleep("1 second")
        expect(yield* updates(world)).toEqual([1, 2, 3].map(() => [update("1m30s")]))
        yield* world.apply(Manifests.configMap({ "branch-eni-cooldown": "abc" }))
        yield* Effect.sleep("1 second")
        expect(yield* complaints(world)).toEqual([complaint])
        between(yield* cooled(world, "after"), 90)
        yield* world.apply(Manifests.configMap({ "branch-eni-cooldown": "10" }))
        yield* Effect.sleep("1 second")
        expect(yield* updates(world)).toEqual([1, 2, 3].map(() => [update("1m30s"), update("30s")]))
        between(yield* cooled(world, "least"), 30)
      }))
  })

  // Guarded by: controller/Parts.ts, allocationSettings: before any good value it is the settings' own.
  it("from the start: 60 seconds, for a controller that knows nothing better", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.crash
        yield* world.apply(Manifests.configMap({ "branch-eni-cooldown": "abc" }))
        yield* world.start
        yield* Effect.sleep("5 seconds")
        expect(yield* complaints(world)).toEqual([complaint])
        expect((yield* updates(world)).flat()).toEqual([])
        between(yield* cooled(world, "start"), 60)
      }))
  })
})
