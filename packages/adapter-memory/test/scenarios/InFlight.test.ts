import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

const untilWhen = /\(8 in use, 0 being made, 1 cooling down, 0 being removed\), the next is free in (5\d|60) s$/
const all = /all 9 branch interfaces of the node are taken/

describe("Fourteen pods are bound to one m5.large at once, past the scheduler", () => {
  // Guarded by: allocation/Trunk.ts, occupies, where a branch counts from the wish for it and not from EC2's answer; allocation/step/Line.ts,
  // obstacle, "full", and wait, which tells; step/Ending.ts, cool, which tells until when.
  it("nine are made, the others are told why they are not, and until when once they may know", () => {
    seeds(10, { ec2: { latency: { min: "200 millis", max: "2 seconds" } } }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const [nodeName = ""] = world.nodes.keys()
        const since = yield* Clock.currentTimeMillis
        const names = Seen.names("web", 14)
        yield* Effect.forEach(names, (name) => world.apply(Manifests.pod(name, { spec: { nodeName } })), { concurrency: "unbounded", discard: true })
        const phases = Effect.forEach(names, (name) => world.podPhase(name))
        yield* eventually("nine run", Effect.map(phases, (now) => now.filter((phase) => phase === "Running").length === 9 ? true : undefined))
        yield* Effect.sleep("30 seconds")
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface", since })).toHaveLength(9)
        const told: Record<string, RegExp> = {}
        for (const name of names) if ((yield* world.podPhase(name)) !== "Running") told[name] = all
        expect(Object.keys(told)).toHaveLength(5)
        // No call was refused, not one: EC2 was asked for nothing that it would not grant.
        expect((yield* Seen.calls(world, { since })).filter(({ outcome }) => outcome._tag === "refused")).toEqual([])
        yield* Oracles.atPeace(world, { told })

        // One ends: all that wait are told when its branch is free, and then one of them gets its place.
        const waiting = Object.keys(told)
        const first = names.find((name) => told[name] === undefined) ?? ""
        yield* world.admin.delete(podResource, { namespace: "default", name: first }, { gracePeriodSeconds: 0 })
        yield* Effect.sleep("5 seconds")
        for (const name of waiting) expect((yield* Seen.messages(world, name, "BranchAllocationFailed")).at(-1), name).toMatch(untilWhen)
        const running = Effect.filter(waiting, (name) => Effect.map(world.podPhase(name), (phase) => phase === "Running"))
        yield* Effect.sleep("75 seconds")
        expect(yield* running).toHaveLength(1)
        yield* Oracles.atPeace(world, { told })
      }))
  })
})
