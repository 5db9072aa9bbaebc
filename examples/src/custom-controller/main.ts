import { Cause, Effect, Exit, Layer } from "effect"
import * as Cluster from "@branchline/adapter-memory/Cluster"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { layer } from "./SlippedPods.js"
import { pod, policy } from "../testing/documents.js"

/** The pod comes first, the policy after it: the order in which the feature silently does nothing. */
const story = Effect.gen(function*() {
  const cluster = yield* Cluster.make()
  yield* Layer.build(Layer.provide(layer, cluster.ports))
  yield* cluster.apply(pod("early", { role: "db" }))
  yield* cluster.waitForPhase("early", "Running")
  yield* cluster.apply(policy("db", { role: "db" }, ["sg-079157a483bcb371f"]))
  yield* Effect.sleep("5 seconds")
  const events = yield* cluster.events("early")
  return events.map(({ message, reason, type }) => `${type} ${reason}: ${message}`)
})

const run = simulate(story)
if (Exit.isSuccess(run.exit)) console.log(run.exit.value.join("\n"))
else {
  console.error(Cause.pretty(run.exit.cause))
  process.exitCode = 1
}
