import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Cause, Clock, Effect, Exit } from "effect"
import { createPods, deletePods, soundness, startCluster, watchPods } from "../SimulatedCluster.js"

/** How releases get on beside new pods. Times are seconds of simulated time. */
export interface Beside {
  /** The slowest release, from the pod's end until EC2 has its branch no more. */
  readonly slowest: number
  /** The new pods, from their creation to the last annotation. */
  readonly created: number
}

const story = Effect.fnUntraced(function*(pods: number, ending: number, say: (text: string) => void) {
  const world = yield* startCluster({ ec2: { latency: "300 millis" }, settings: {}, patient: true })
  const seen = yield* watchPods(world)
  const old = Array.from({ length: ending }, (_, number) => `old-${number}`)
  yield* createPods(world, "db", old)
  const served = (names: ReadonlyArray<string>) => Effect.sync(() => names.every((name) => seen.annotated.has(name)) ? true : undefined)
  yield* eventually("the old pods are served", served(old), { every: "1 second" })
  const branches = yield* Effect.forEach(old, (name) =>
    Effect.flatMap(world.admin.get(podResource, { namespace: "default", name }), (pod) =>
      Effect.fromResult(readBranchAnnotation(String(textAt(pod, "metadata", "annotations", podEni))))))
  yield* Effect.sleep("2 minutes")
  const heard = (yield* world.ec2.calls).length
  say(`${pods} pods, and ${ending} that end`)
  const names = Array.from({ length: pods }, (_, number) => `web-${number}`)
  const began = yield* Clock.currentTimeMillis
  yield* createPods(world, "web", names)
  yield* deletePods(world, old)
  yield* eventually("the new pods are served", served(names), { within: "1 hour", every: "1 second" })
  yield* Effect.sleep("2 minutes")
  yield* soundness(world)
  const gone = new Map(
    (yield* world.ec2.calls).slice(heard).flatMap(({ action, at, outcome, parameters }) =>
      action === "DeleteNetworkInterface" && outcome._tag === "done" ? [[parameters["NetworkInterfaceId"], at] as const] : [])
  )
  return {
    slowest: (Math.max(...branches.map(({ eniId }) => gone.get(eniId) ?? Infinity)) - began) / 1_000,
    created: (Math.max(...names.map((name) => seen.annotated.get(name) ?? Infinity)) - began) / 1_000
  } satisfies Beside
})

/** So many pods at one moment at EC2's documented rates, and so many others that end at the same moment. */
export const releasesBeside = (pods: number, ending: number, say: (text: string) => void): Beside => {
  const { exit } = simulate(story(pods, ending, say), { seed: 1, maxTasks: 200_000_000 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}
