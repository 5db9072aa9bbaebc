import { Effect, Exit, Layer } from "effect"
import { expect, it } from "vitest"
import * as Cluster from "@branchline/adapter-memory/Cluster"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { layer } from "../../src/custom-controller/SlippedPods.js"
import { pod, policy } from "../../src/testing/documents.js"

const group = "sg-079157a483bcb371f"

it("a pod that was made before its policy is told so, once, and others are left alone", () => {
  const run = simulate(Effect.gen(function*() {
    const cluster = yield* Cluster.make()
    yield* Layer.build(Layer.provide(layer, cluster.ports))
    yield* cluster.apply(pod("early", { role: "db" }))
    yield* cluster.apply(pod("other", { role: "web" }))
    yield* cluster.waitForPhase("early", "Running")
    yield* cluster.apply(policy("db", { role: "db" }, [group]))
    yield* Effect.sleep("10 seconds")
    yield* cluster.apply(policy("db-too", { role: "db" }, [group]))
    yield* Effect.sleep("10 seconds")
    return (yield* cluster.events()).filter(({ reason }) => reason === "RunsWithoutItsGroups")
  }))
  const events = Exit.isSuccess(run.exit) ? run.exit.value : []
  expect(events.map(({ involvedObject }) => involvedObject.name)).toEqual(["early"])
  expect(events[0]?.message).toContain(group)
})
