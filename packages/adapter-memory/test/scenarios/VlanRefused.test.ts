import { vlanIdTag } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"

const names = Array.from({ length: 9 }, (_, index) => `web-${index}`)

describe("A VLAN that was just freed is refused", () => {
  // Guarded by: allocation/step/Failure.ts, commandFailed, "vlan refused", where the branch gets another id and the refused one is set aside;
  // and refusedVlan, "Retagging", where the tags are rewritten before the next association, because a restart reads them.
  it("ids that EC2 goes on refusing for ten minutes after they came free", () => {
    seeds(20, { nodes: 3, ec2: { latency: { min: "50 millis", max: "300 millis" }, vlanCooldown: "10 minutes" } }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const serve = Effect.gen(function*() {
          for (const name of names) yield* world.apply(Manifests.pod(name))
          for (const name of names) yield* world.waitForPhase(name, "Running")
        })
        yield* serve
        for (const name of names) yield* world.admin.delete(podResource, { namespace: "default", name })
        for (const name of names) yield* world.waitUntilGone(name)
        yield* Oracles.atPeace(world)
        // A controller with empty memory finds no branch in EC2 and hands the ids out from the first again.
        yield* world.crash
        yield* world.start
        yield* serve
        const refused = (yield* world.ec2.observations).filter(({ kind }) => kind === "vlan-cooling")
        // As many refusals as there were branches, and none twice.
        expect(refused.length).toBeGreaterThanOrEqual(3)
        expect(new Set(refused.map(({ detail, subject }) => `${subject} ${detail.split(" ")[1]}`)).size).toBe(refused.length)
        const { associations, interfaces } = yield* world.ec2.control.snapshot
        expect(associations).toHaveLength(names.length)
        for (const { branchId, vlanId } of associations) {
          expect(interfaces.find(({ eniId }) => eniId === branchId)?.tags[vlanIdTag]).toBe(String(vlanId))
        }
        // What the tags say is what the next controller knows.
        yield* world.crash
        yield* world.start
        yield* Effect.sleep("2 minutes")
        yield* Oracles.atPeace(world, { observed: ["vlan-cooling"] })
      }))
  })
})
