import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { countByAction, type Ec2Call } from "../../src/ec2/CallLog.js"
import type { ObservationKind } from "../../src/ec2/Observations.js"
import { textAt } from "../../src/kubernetes/Document.js"
import { eventually } from "../../src/simulation/Waiting.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

const count = 1_000
/** A run takes several seconds of computing. */
const timeout = 120_000
/** Branches that an m5.4xlarge carries. */
const perNode = 54

const refusals = (calls: ReadonlyArray<Ec2Call>) =>
  calls.filter(({ outcome }) => outcome._tag === "refused" && outcome.code !== "RequestLimitExceeded")

describe("A thousand pods arrive in one second", () => {
  // Guarded by: allocation/Capacity.ts and allocation/step/Line.ts, obstacle, which count what is in flight; controller/Pacing.ts, pace.
  it("on thirty nodes, with EC2's own throttle and 300 ms a call", () => {
    seeds(1, { nodes: 30, instanceType: "m5.4xlarge", ec2: { latency: "300 millis" }, kubernetes: { latency: { min: "2 millis", max: "20 millis" } } }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const begin = yield* Clock.currentTimeMillis
        const names = Seen.names("web", count)
        yield* Effect.forEach(names, (name, index) =>
          Effect.andThen(Effect.sleep(index), world.apply(Manifests.pod(name))), { concurrency: "unbounded", discard: true })
        expect((yield* Clock.currentTimeMillis) - begin, "all arrive in about a second").toBeLessThan(1_500)
        const running = Effect.map(world.pods(), (pods) => pods.filter((pod) => textAt(pod, "status", "phase") === "Running").length)
        yield* eventually("all are served", Effect.map(running, (now) => now === count ? true : undefined), { within: "10 minutes", every: "3 seconds" })
        const end = yield* Clock.currentTimeMillis

        const calls = yield* Seen.calls(world, { since: begin })
        const counts = countByAction(calls.filter(({ outcome }) => outcome._tag === "done"))
        for (const action of ["CreateNetworkInterface", "CreateNetworkInterfacePermission", "AssociateTrunkInterface"]) {
          expect(counts.get(action), action).toBe(count)
        }
        // Calls made at EC2's very rate overtake one another on their way now and then, and then one is throttled.
        expect(calls.length / count, "EC2 calls a pod").toBeLessThanOrEqual(3.05)
        expect(refusals(calls), "nothing is refused but that").toEqual([])
        // What the buckets alone impose: 50 at once, then 5 a second (contract §6).
        expect((end - begin) / 1000).toBeGreaterThan((count - 50) / 5)
        expect((end - begin) / 1000).toBeLessThan((count - 50) / 5 + 30)
        const { associations } = yield* world.ec2.control.snapshot
        const perTrunk = new Map<string, number>()
        for (const { trunkId } of associations) perTrunk.set(trunkId, (perTrunk.get(trunkId) ?? 0) + 1)
        expect(Math.max(...perTrunk.values())).toBeLessThanOrEqual(perNode)
        yield* Oracles.atPeace(world)
      }))
  }, timeout)

  // Guarded by: allocation/step/Line.ts, obstacle, "full": the scheduler offers a slot again as soon as a pod is gone, EC2 only after the cooldown.
  it("and three nodes carry a hundred and fourteen of a Job's three hundred at a time", () => {
    const over: ObservationKind = "over-limit"
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "batch", namespace: "default" },
      spec: {
        completions: 300,
        parallelism: 300,
        template: {
          metadata: { labels: Manifests.labels },
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "amazon/aws-cli:2.7", imagePullPolicy: "IfNotPresent", command: ["sleep", "20"] }] }
        }
      }
    }
    seeds(1, { nodes: 3, instanceType: "m5.2xlarge", ec2: { latency: "300 millis" } }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(job)
        const done = Effect.map(world.pods(), (pods) => pods.filter((pod) => textAt(pod, "status", "phase") === "Succeeded").length)
        yield* eventually("all have run", Effect.map(done, (now) => now === 300 ? true : undefined), { within: "1 hour", every: "5 seconds" })
        expect((yield* world.ec2.observations).filter(({ kind }) => kind === over)).toEqual([])
        expect(refusals(yield* Seen.calls(world)), "no association is refused for want of room").toEqual([])
        yield* Oracles.atPeace(world)
      }))
  }, timeout)
})
