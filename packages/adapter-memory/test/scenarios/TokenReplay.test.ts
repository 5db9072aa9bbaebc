import type { EniId } from "@branchline/core/model/Ids"
import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"

const options = {
  nodes: 3,
  ec2: { latency: { min: "50 millis", max: "300 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "20 millis" } }
} as const

const action = "CreateNetworkInterface"

describe("A token's replay names an interface that was deleted", () => {
  // Guarded by: allocation/step/Failure.ts, missed, which believes EC2 after a few tries, and anew, whose next try has a token of its own.
  it.each([[false], [true]] as const)("because somebody deleted what a lost answer had made (the controller restarts: %s)", (restarts) => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const since = yield* Clock.currentTimeMillis
        yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", times: 1, delay: "6 seconds" })
        yield* world.apply(Manifests.pod("web-0"))
        const made = yield* eventually("the branch is made", Effect.map(Seen.calls(world, { action, since }), ([call]) =>
          call?.outcome._tag === "done" ? call.outcome.answer as EniId : undefined), { every: "5 millis" })
        if (restarts) yield* world.crash
        yield* world.ec2.control.deleteInterfaceByHand(made)
        if (restarts) yield* world.start
        const pod = yield* world.waitForPhase("web-0", "Running", { within: "30 seconds" })
        expect(detailsOf(pod)?.eniId).not.toBe(made)
        const calls = yield* Seen.calls(world, { action, since })
        const answers = calls.map(({ outcome, parameters }) => [parameters["ClientToken"], outcome._tag === "done" ? outcome.answer : ""])
        expect(answers.filter(([, eniId]) => eniId === made).length, "EC2 gave the deleted one again").toBeGreaterThan(1)
        expect(new Set(answers.map(([token]) => token)).size).toBe(2)
        yield* Oracles.atPeace(world)
      }))
  })
})
