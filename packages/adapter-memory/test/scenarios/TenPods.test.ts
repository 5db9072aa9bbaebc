import { pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { objectsAt, textAt, uidOf } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"

const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`)
const latency = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const

describe("Ten pods on one m5.large", () => {
  // Guarded by: allocation/step/Line.ts, obstacle, "full": cooling branches count; and allocation/step/Ending.ts: free, where whoever waits comes
  // next, and cool, where whoever waits is told until when.
  it("nine run, the tenth waits as Pending with a reason; delete one, and after the cooldown the tenth runs", () => {
    seeds(10, latency, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        for (const name of names) yield* world.apply(Manifests.pod(name))
        const phases = () => Effect.forEach(names, (name) => world.podPhase(name))
        yield* eventually("nine run", Effect.map(phases(), (all) => all.filter((phase) => phase === "Running").length === 9 ? true : undefined))
        yield* Effect.sleep("1 minute")
        const waiting = (yield* phases()).flatMap((phase, index) => phase === "Running" ? [] : names[index]!)
        expect(waiting).toHaveLength(1)
        const [tenth] = waiting as [string]

        // The scheduler has no slot left, and says so.
        const pending = (yield* world.pod(tenth)) ?? {}
        expect(textAt(pending, "status", "phase")).toBe("Pending")
        expect(objectsAt(pending, "status", "conditions")).toEqual(expect.arrayContaining([expect.objectContaining({
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: expect.stringContaining("1 Insufficient vpc.amazonaws.com/pod-eni")
        })]))
        const first = names.find((name) => name !== tenth)!
        yield* world.admin.delete(podResource, { namespace: "default", name: first })
        yield* world.waitUntilGone(first)
        const gone = yield* Clock.currentTimeMillis

        // For the scheduler the slot is free now, for EC2 after the cooldown: the pod is told so, with the seconds.
        yield* Effect.sleep("2 seconds")
        expect(yield* world.podPhase(tenth)).toBe("Pending")
        const told = (yield* world.events(tenth)).filter(({ reason }) => reason === "BranchAllocationFailed")
        expect(told.map(({ message }) => message)).toContainEqual(expect.stringMatching(
          /^failed to allocate branch ENI to pod: all 9 branch interfaces of the node are taken \(8 in use, 0 being made, 1 cooling down, 0 being removed\), the next is free in (5\d|60) s$/
        ))
        // Where the binding was heard of before the end of the first pod, once more than that; two events of one moment may be recorded in either order.
        expect(told.length).toBeLessThanOrEqual(2)
        yield* world.waitForPhase(tenth, "Running", { within: "90 seconds" })
        expect((yield* Clock.currentTimeMillis) - gone).toBeGreaterThan(59_000)
        const [served] = (yield* world.events(tenth)).filter(({ reason }) => reason === "ResourceAllocated")
        expect(served?.involvedObject.uid).toBe(uidOf((yield* world.pod(tenth)) ?? {}))
        yield* Oracles.atPeace(world)
      }))
  })
})
