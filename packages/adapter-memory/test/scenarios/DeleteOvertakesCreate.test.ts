import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

const options = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" }, latencies: { CreateNetworkInterface: { min: "4 seconds", max: "8 seconds" } } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

describe("A pod is deleted while its branch is being made", () => {
  // Guarded by: controller/WorkQueue.ts, add, where what is asked of a key that runs is done when it has ended, and controller/Announce.ts, judge, which
  // sees that the pod is gone: each alone is enough.
  it("at any moment, and comes back under its name: nothing is left of the first, the second is served", () => {
    const made = seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const names = Seen.names("web", 9)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const [index, name] of names.entries()) {
          yield* Effect.sleep(index === 0 ? 600 : 900)
          yield* world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })
        }
        for (const name of names.slice(0, 4)) yield* world.apply(Manifests.pod(name))
        for (const name of names.slice(0, 4)) yield* world.waitForPhase(name, "Running", { within: "90 seconds" })
        // Long before the sweep would find anything.
        yield* Oracles.atPeace(world, { within: "90 seconds", unowned: "90 seconds" })
        const created = yield* Seen.calls(world, { action: "CreateNetworkInterface" })
        const deleted = yield* Seen.calls(world, { action: "DeleteNetworkInterface" })
        const { interfaces } = yield* world.ec2.control.snapshot
        expect(deleted.length).toBeGreaterThan(0)
        return created.length - deleted.length - interfaces.filter(({ description }) => description.startsWith("aws-k8s-")).length
      }))
    expect(new Set(made)).toEqual(new Set([0]))
  })
})
