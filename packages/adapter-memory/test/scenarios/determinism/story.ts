import type { StepObserver } from "@branchline/core/controller/Fleet"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect, Exit } from "effect"
import { formatCall } from "../../../src/ec2/CallLog.js"
import { record } from "../../../src/simulation/Journal.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import * as World from "../../../src/World.js"
import * as Manifests from "../Manifests.js"

const group = "sg-079157a483bcb371f"
const names = Array.from({ length: 9 }, (_, index) => `web-${index}`)

/** A whole world in trouble, with every step of every trunk, every EC2 call and every event as a line. */
const story = Effect.gen(function*() {
  const steps: Array<string> = []
  const observe: StepObserver = (instanceId, event, step) => {
    steps.push(`${instanceId} ${JSON.stringify(event)} → ${step.refusal ?? step.commands.map((command) => JSON.stringify(command)).join(" ")}`)
  }
  const world = yield* World.make({
    nodes: 3,
    securityGroups: [group],
    controller: { observe },
    ec2: { latency: { min: "50 millis", max: "300 millis" }, describeLag: { min: 0, max: "2 seconds" }, vlanCooldown: "5 minutes" },
    kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
  })
  yield* world.faults.add({ on: { port: "ec2", operation: "*" }, when: "after", probability: 0.05, delay: "1 second" })
  yield* world.faults.add({ on: { port: "kubernetes", operation: "*" }, when: "after", probability: 0.05, delay: "1 second" })
  yield* world.apply(Manifests.policy())
  yield* world.apply(Manifests.statefulSet("web", names.length))
  for (const name of names) yield* world.waitForPhase(name, "Running", { within: "10 minutes" })
  yield* world.crash
  for (const name of names.slice(0, 4)) yield* world.admin.delete(podResource, { namespace: "default", name })
  yield* world.replaceNode([...world.nodes.keys()][0]!)
  yield* world.start
  yield* world.kubernetes.watches.breakWatches({ _tag: "Expired" })
  yield* Effect.sleep("5 minutes")
  for (const step of steps) yield* record(`step ${step}`)
  for (const call of yield* world.ec2.calls) yield* record(`ec2 ${formatCall(call)}`)
  for (const event of yield* world.events()) {
    yield* record(`event ${event.lastTimestamp} ${event.type} ${event.reason} ${event.involvedObject.name}: ${event.message}`)
  }
  return steps.length
})

/** The run's journal, whole. */
export const journalOf = (seed: string): string => {
  const run = simulate(story, { seed })
  const end = Exit.isSuccess(run.exit) ? `ended after ${run.exit.value} steps` : `FAILED: ${String(run.exit.cause)}`
  return [...run.journal, end, ""].join("\n")
}
