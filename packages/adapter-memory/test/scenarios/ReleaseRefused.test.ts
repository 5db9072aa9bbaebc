import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

describe("The deletion of a branch that was just disassociated is refused", () => {
  // Guarded by: allocation/step/Failure.ts, commandFailed, "Deleting", where the branch stays and is deleted again.
  it("for five seconds each: asked again a few times, gone within seconds, and nothing is left", () => {
    seeds(10, { nodes: 2, ec2: { latency: { min: "50 millis", max: "300 millis" }, releaseDelay: "5 seconds" } }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const names = Seen.names("web", 6)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.atPeace(world)
        const ended = yield* Seen.calls(world, { action: "DisassociateTrunkInterface" })
        const refused = yield* Seen.calls(world, { action: "DeleteNetworkInterface", code: "InvalidNetworkInterface.InUse" })
        const deletes = yield* Seen.calls(world, { action: "DeleteNetworkInterface" })
        expect(ended).toHaveLength(names.length)
        expect(deletes.length - refused.length).toBe(names.length)
        // A backoff, and no storm.
        expect(refused.length).toBeGreaterThanOrEqual(names.length)
        expect(refused.length / names.length).toBeLessThanOrEqual(5)
        const last = (calls: typeof deletes) => Math.max(...calls.map(({ at }) => at))
        expect(last(deletes) - last(ended)).toBeLessThan(15_000)
      }))
  })
})
