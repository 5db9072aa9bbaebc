import { Effect, FiberMap, Queue, Random, Schedule, Stream } from "effect"
import * as Cluster from "../../src/Cluster.js"
import { record } from "../../src/simulation/Journal.js"
import { simulate } from "../../src/simulation/Simulation.js"
import { stream, withStream } from "../../src/simulation/Streams.js"
import { advance } from "../../src/simulation/Waiting.js"
import * as Stub from "../cluster/StubController.js"

/** Everything that could make two processes differ: keyed fibers, queues, streams, jittered schedules, timeouts, races and named streams. */
const busyWorld = Effect.gen(function*() {
  const fibers = yield* FiberMap.make<string>()
  const queue = yield* Queue.unbounded<string>()
  const names = yield* stream("names")
  for (let worker = 0; worker < 20; worker++) {
    const name = `worker-${Math.floor(names.nextDoubleUnsafe() * 1000)}`
    const job = Effect.gen(function*() {
      const delay = yield* Random.nextIntBetween(1, 500)
      yield* Effect.sleep(`${delay} millis`)
      const attempt = yield* Random.next
      if (attempt < 0.5) return yield* Effect.fail("unlucky")
      yield* Queue.offer(queue, name)
    })
    const schedule = Schedule.exponential("100 millis").pipe(Schedule.jittered)
    yield* FiberMap.run(fibers, name, Effect.retry(job, { schedule, times: 12 }).pipe(withStream(name), Effect.ignore))
  }
  yield* Stream.fromQueue(queue).pipe(
    Stream.mapEffect((name) => record(`served ${name}`).pipe(Effect.andThen(Effect.sleep("7 millis"))), { concurrency: 3 }),
    Stream.runDrain,
    Effect.timeout("1 minute"),
    Effect.ignore
  )
  yield* Effect.log("done", { served: true })
})

/** A cluster in which pods come, go and wait; what it holds in the end goes into the journal too. */
const busyCluster = Effect.gen(function*() {
  const cluster = yield* Cluster.make({ nodes: 2, ec2: { latency: { min: "50 millis", max: "300 millis" } } })
  yield* Effect.provide(Stub.run({ deleteAfter: 30_000 }), cluster.ports)
  const template = { spec: { containers: [{ name: "main", image: "a:1", resources: { limits: { "vpc.amazonaws.com/pod-eni": "1" } } }] } }
  const metadata = { name: "web", namespace: "default" }
  yield* cluster.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 20, template } })
  yield* advance("1 minute")
  yield* cluster.terminateNode([...cluster.nodes.keys()][0] ?? "")
  yield* advance("1 minute")
  for (const part of [yield* cluster.pods(), yield* cluster.events(), yield* cluster.ec2.calls]) yield* record(JSON.stringify(part))
})

export const journalOf = (seed: string): string =>
  [busyWorld, busyCluster].flatMap((program) => simulate(program, { seed }).journal).join("\n") + "\n"
