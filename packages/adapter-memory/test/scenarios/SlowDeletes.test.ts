import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

const slow = "40 seconds"

const options = {
  nodes: 3,
  settings: { workers: 8 },
  ec2: {
    latency: { min: "50 millis", max: "300 millis" },
    latencies: { DisassociateTrunkInterface: slow, DeleteNetworkInterface: slow }
  }
} as const

describe("EC2 takes forty seconds for each call that gives a branch back", () => {
  // Guarded by: controller/WorkQueue.ts, takeReady, where two workers stay free for new pods.
  it("and eighteen branches are to go: a pod that comes then is served at once", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const names = Seen.names("web", 18)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
        const since = yield* Clock.currentTimeMillis
        const begun = Effect.map(Seen.calls(world, { action: "DeleteNetworkInterface", since }), (calls) => calls.length > 0 ? true : undefined)
        yield* eventually("the first are being deleted", begun, { every: "1 second" })
        for (const round of Seen.names("late", 4)) {
          const begin = yield* Clock.currentTimeMillis
          yield* world.apply(Manifests.pod(round))
          yield* world.waitForPhase(round, "Running")
          expect((yield* Clock.currentTimeMillis) - begin).toBeLessThan(15_000)
          yield* Effect.sleep("25 seconds")
        }
        yield* Oracles.atPeace(world, { within: "15 minutes", unowned: "15 minutes" })
      }))
  })
})
