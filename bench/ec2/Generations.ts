import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import type { ControllerSettings } from "@branchline/core/controller/Settings"
import { branchDescription } from "@branchline/core/model/Names"
import { Cause, Clock, Effect, Exit } from "effect"
import { type App, createPods, deletePods, soundness, startCluster, watchPods } from "../SimulatedCluster.js"
import { isNeighbours, startNeighbour } from "./Neighbour.js"

/** What one generation of pods took. Times are seconds of simulated time. */
export interface Generation {
  /** From the creation of all to the last annotation. */
  readonly created: number
  readonly createCalls: ReadonlyArray<Ec2Call>
  /** From the deletion of all until EC2 has no branch more; undefined where they stay idle. */
  readonly deleted: number | undefined
  readonly deleteCalls: ReadonlyArray<Ec2Call>
  /** What another client of the account called in all that time. */
  readonly neighbours: ReadonlyArray<Ec2Call>
}

export interface GenerationOptions {
  readonly pods: number
  /** What the pods of each generation are of, one after the other. */
  readonly generations?: ReadonlyArray<App>
  readonly throttle?: Ec2Options["throttle"]
  /** Branches stay for the next generation, whatever its groups. */
  readonly keepIdle?: boolean
  /** So many calls a second of each action come from another client of the account. */
  readonly neighbour?: number
}

/** Each branch is kept for all of the time. */
const keeping: Partial<ControllerSettings> = {
  allocation: { ...defaultAllocationSettings, idle: { regroup: true, timeToLive: 60 * 60_000, cap: 54 } },
  idleAddressFloor: 0
}

const story = Effect.fnUntraced(function*({ generations = ["web"], keepIdle = false, neighbour, pods, throttle }: GenerationOptions, say: (text: string) => void) {
  const world = yield* startCluster({ ec2: { latency: "300 millis", throttle }, settings: keepIdle ? keeping : {}, patient: true })
  const seen = yield* watchPods(world)
  if (neighbour !== undefined) yield* startNeighbour(world.ec2.port, neighbour)
  let heard = (yield* world.ec2.calls).length
  const news = Effect.map(world.ec2.calls, (calls) => {
    const some = calls.slice(heard)
    heard = calls.length
    return { ours: some.filter((call) => !isNeighbours(call)), neighbours: some.filter(isNeighbours) }
  })
  const left = Effect.map(world.ec2.control.snapshot, ({ interfaces }) =>
    interfaces.some(({ description }) => description === branchDescription) ? undefined : true)
  const took: Array<Generation> = []
  for (const [turn, app] of generations.entries()) {
    say(`${pods} pods of ${app}`)
    const names = Array.from({ length: pods }, (_, number) => `${app}-${turn}-${number}`)
    const began = yield* Clock.currentTimeMillis
    yield* createPods(world, app, names)
    const annotated = Effect.sync(() => names.every((name) => seen.annotated.has(name)) ? true : undefined)
    yield* eventually("all pods are annotated", annotated, { within: "2 hours", every: "1 second" })
    yield* Effect.sleep("2 minutes")
    const creation = yield* news
    const ended = yield* Clock.currentTimeMillis
    say("they end")
    yield* deletePods(world, names)
    if (!keepIdle) yield* eventually("all branches are gone", left, { within: "2 hours", every: "5 seconds" })
    yield* Effect.sleep("3 minutes")
    const deletion = yield* news
    const last = deletion.ours.findLast(({ action, outcome }) => action === "DeleteNetworkInterface" && outcome._tag === "done")
    took.push({
      created: (Math.max(...names.map((name) => seen.annotated.get(name) ?? Infinity)) - began) / 1_000,
      createCalls: creation.ours,
      deleted: last === undefined ? undefined : (last.at - ended) / 1_000,
      deleteCalls: deletion.ours,
      neighbours: [...creation.neighbours, ...deletion.neighbours]
    })
  }
  yield* soundness(world)
  return took
})

/** Generations of pods on 30 nodes of m5.4xlarge, 300 ms a call: all are created at one moment, then all are deleted. */
export const generations = (options: GenerationOptions, say: (text: string) => void): readonly [Generation, ...ReadonlyArray<Generation>] => {
  const { exit } = simulate(story(options, say), { seed: 1, maxTasks: 200_000_000 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  const [first, ...others] = exit.value
  if (first === undefined) throw new Error("there was no generation of pods")
  return [first, ...others]
}
