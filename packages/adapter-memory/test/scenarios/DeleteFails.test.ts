import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Ec2Operation } from "../../src/faults/FaultRule.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { detailsOf } from "./Witness.js"

const options = { nodes: 3, ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const

const causes: ReadonlyArray<readonly [Ec2Operation, Ec2Reason]> = [
  ["deleteInterface", { _tag: "Unavailable" }],
  ["deleteInterface", { _tag: "UnknownOutcome" }],
  ["disassociateBranch", { _tag: "Unavailable" }],
  ["disassociateBranch", { _tag: "UnknownOutcome" }]
]

describe("A branch cannot be given back", () => {
  // Guarded by: allocation/step/Failure.ts, commandFailed, "Disassociating" and "Deleting", where the branch stays however often it fails.
  for (const times of [3, 12]) {
    it(`because the call fails ${times} times: it is not forgotten`, () => {
      for (const [operation, reason] of causes) {
        seeds(2, options, (world) =>
          Effect.gen(function*() {
            yield* world.apply(Manifests.policy())
            yield* Oracles.ready(world)
            yield* world.apply(Manifests.pod("web-0"))
            const pod = yield* world.waitForPhase("web-0", "Running")
            const fault = yield* world.faults.add({ on: { port: "ec2", operation }, when: "before", reason, times })
            yield* world.admin.delete(podResource, { namespace: "default", name: "web-0" })
            yield* world.waitUntilGone("web-0")
            yield* Oracles.atPeace(world, { within: "7 minutes", unowned: "7 minutes" })
            expect(yield* fault.fired).toBe(times)
            const { interfaces } = yield* world.ec2.control.snapshot
            expect(interfaces.map(({ eniId }) => eniId)).not.toContain(detailsOf(pod)?.eniId)
            // Of a moment's trouble nobody hears; of a longer one the node's people do, once.
            const told = (yield* Effect.forEach([...world.nodes.keys()], (name) => Seen.messages(world, name, "BranchENIReleaseFailed"))).flat()
            expect(told).toHaveLength(times === 3 ? 0 : 1)
          }))
      }
    })
  }
})
