import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { type Document, nameOf, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as World from "@branchline/adapter-memory/World"
import type { ControllerSettings } from "@branchline/core/controller/Settings"
import { branchDescription, podEni } from "@branchline/core/model/Names"
import { nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Cause, Clock, Effect, Exit, Stream } from "effect"

export const podCount = 1_000
const group = "sg-079157a483bcb371f"
const labels = { app: "web" }

const policy = {
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "web", namespace: "default" },
  spec: { podSelector: { matchLabels: labels }, securityGroups: { groupIds: [group] } }
}

const podOf = (number: number) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `web-${number}`, namespace: "default", labels },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: "web", imagePullPolicy: "IfNotPresent" }] }
})

/** A node that does its own part at once, so that what is measured is the controller's; how it retries sandboxes is kubelet's way. */
const atOnce = { min: "1 millis", max: "10 millis" } as const
const timings = {
  sync: atOnce,
  imagePull: atOnce,
  containerStart: atOnce,
  containerStop: atOnce,
  teardown: atOnce,
  statusReport: atOnce
} as const

/** What a burst is to meet. */
export interface BurstOptions {
  readonly ec2: Ec2Options
  readonly settings: Partial<ControllerSettings>
}

/** What became of a burst. Times are seconds, of simulated time unless they say otherwise. */
export interface Burst {
  /** From the creation of the pods to the last annotation. */
  readonly annotated: number
  /** To the last pod that runs. */
  readonly running: number
  /** The same in wall time. */
  readonly wall: number
  /** And in processor time, which other programs on the machine do not lengthen as much. */
  readonly processor: number
  /** EC2 calls until then. */
  readonly calls: ReadonlyArray<Ec2Call>
  /** EC2 calls from the creation of the pods until the last branch is gone. */
  readonly wholeLife: ReadonlyArray<Ec2Call>
}

const offersBranches = (node: Document): boolean => textAt(node, "status", "allocatable", podEni) !== undefined

const nodesReady = (world: World.World) =>
  eventually(
    "every node offers branches",
    Effect.map(world.admin.list(nodeResource), ({ items }) => items.every(offersBranches) ? true : undefined),
    { every: "1 second" }
  )

/** Watches pods as anybody may, and knows since when each is annotated and runs. */
const watchPods = Effect.fnUntraced(function*(world: World.World) {
  const annotated = new Map<string, number>()
  const running = new Map<string, number>()
  const { resourceVersion } = yield* world.admin.list(podResource)
  const listen = Stream.runForEach(world.admin.watch(podResource, { resourceVersion }), (event) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (event._tag === "Bookmark") return
      const name = nameOf(event.object)
      if (!annotated.has(name) && textAt(event.object, "metadata", "annotations", podEni) !== undefined) annotated.set(name, now)
      if (!running.has(name) && textAt(event.object, "status", "phase") === "Running") running.set(name, now)
    }))
  yield* Effect.forkScoped(Effect.forever(Effect.ignore(listen)), { startImmediately: true })
  return { annotated, running }
})

const latest = (times: ReadonlyMap<string, number>): number => Math.max(...times.values())

const story = Effect.fnUntraced(function*({ ec2, settings }: BurstOptions, say: (text: string) => void) {
  const world = yield* World.make({ nodes: 30, instanceType: "m5.4xlarge", securityGroups: [group], ec2, settings, timings })
  yield* world.apply(policy)
  yield* nodesReady(world)
  // The buckets from which the trunks were made fill up again.
  yield* Effect.sleep("2 minutes")
  const seen = yield* watchPods(world)
  const before = (yield* world.ec2.calls).length
  const start = yield* Clock.currentTimeMillis
  const wallStart = performance.now()
  const processorStart = process.cpuUsage()
  say(`${podCount} pods`)
  const all = { concurrency: "unbounded", discard: true } as const
  yield* Effect.forEach(Array.from({ length: podCount }, (_, number) => podOf(number)), (pod) => world.admin.create(podResource, pod), all)
  yield* eventually("all pods run", Effect.sync(() => seen.running.size === podCount ? true : undefined), { within: "1 hour" })
  const wall = (performance.now() - wallStart) / 1_000
  const { system, user } = process.cpuUsage(processorStart)
  const calls = (yield* world.ec2.calls).slice(before)
  say(`they run after ${wall.toFixed(1)} s of wall time; deleting them`)
  yield* Effect.forEach(seen.running.keys(), (name) => world.admin.delete(podResource, { namespace: "default", name }), all)
  const branchesGone = Effect.map(world.ec2.control.snapshot, ({ interfaces }) =>
    interfaces.some(({ description }) => description === branchDescription) ? undefined : true)
  yield* eventually("all branches are gone", branchesGone, { within: "1 hour", every: "5 seconds" })
  if (world.violations.length > 0) return yield* Effect.die(new Error(`${world.violations.length} violations on the nodes`))
  return {
    annotated: (latest(seen.annotated) - start) / 1_000,
    running: (latest(seen.running) - start) / 1_000,
    wall,
    processor: (system + user) / 1e6,
    calls,
    wholeLife: (yield* world.ec2.calls).slice(before)
  } satisfies Burst
})

/** Creates 1,000 pods at one moment in a cluster of 30 m5.4xlarge, waits until all run, deletes them, and waits until no branch is left. */
export const burst = (options: BurstOptions, say: (text: string) => void): Burst => {
  const { exit } = simulate(story(options, say), { seed: 1 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}
