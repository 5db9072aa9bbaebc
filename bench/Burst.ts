import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import { branchDescription } from "@branchline/core/model/Names"
import { Cause, Clock, Effect, Exit } from "effect"
import { type ClusterOptions, createPods, deletePods, soundness, startCluster, watchPods } from "./SimulatedCluster.js"

export const podCount = 1_000

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

const latest = (times: ReadonlyMap<string, number>): number => Math.max(...times.values())

const story = Effect.fnUntraced(function*(options: ClusterOptions, say: (text: string) => void) {
  const world = yield* startCluster(options)
  const seen = yield* watchPods(world)
  const before = (yield* world.ec2.calls).length
  const start = yield* Clock.currentTimeMillis
  const wallStart = performance.now()
  const processorStart = process.cpuUsage()
  say(`${podCount} pods`)
  yield* createPods(world, "web", Array.from({ length: podCount }, (_, number) => `web-${number}`))
  yield* eventually("all pods run", Effect.sync(() => seen.running.size === podCount ? true : undefined), { within: "1 hour" })
  const wall = (performance.now() - wallStart) / 1_000
  const { system, user } = process.cpuUsage(processorStart)
  const calls = (yield* world.ec2.calls).slice(before)
  say(`they run after ${wall.toFixed(1)} s of wall time; deleting them`)
  yield* deletePods(world, [...seen.running.keys()])
  const branchesGone = Effect.map(world.ec2.control.snapshot, ({ interfaces }) =>
    interfaces.some(({ description }) => description === branchDescription) ? undefined : true)
  yield* eventually("all branches are gone", branchesGone, { within: "1 hour", every: "5 seconds" })
  yield* soundness(world)
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
export const burst = (options: ClusterOptions, say: (text: string) => void): Burst => {
  const { exit } = simulate(story(options, say), { seed: 1 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}
