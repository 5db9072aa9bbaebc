import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { branchesOf } from "@branchline/core/allocation/Trunk"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { Cause, Effect, Exit } from "effect"
import type { Figure, Measure } from "./Figure.js"
import { clusterName, podBytes, ports, type Size } from "./ListedCluster.js"
import { heapInUse } from "./Sampling.js"

const megabyte = 1e6

/** Heap that a controller has taken once it knows the whole cluster and holds a branch for every pod, in bytes. */
const controllerHeap = (size: Size): number => {
  const program = Effect.gen(function*() {
    const before = heapInUse()
    const controller = yield* Controller.make({ ...defaults, clusterName }).pipe(Effect.provide(ports(size)))
    yield* Effect.sleep("10 minutes")
    const after = heapInUse()
    const { fleet, pods } = controller.knowledge
    const held = [...fleet.members()].reduce((sum, { trunk }) => sum + branchesOf(trunk).filter(({ state }) => state._tag === "InUse").length, 0)
    const known = [...pods.values()].length
    if (held !== size.pods || known !== size.pods) {
      return yield* Effect.die(new Error(`of ${size.pods} pods ${known} are known and ${held} have their branch`))
    }
    const { delayed, ready, running } = yield* controller.queue
    // Nothing is left to do but the next sweep.
    if (delayed !== 1 || running + ready.allocation + ready.release + ready.upkeep !== 0) {
      return yield* Effect.die(new Error(`the controller is not at rest: ${JSON.stringify({ delayed, ready, running })}`))
    }
    return after - before
  })
  const { exit } = simulate(program)
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}

/** What a running controller keeps of a large cluster. */
export const memory: Measure = {
  name: "memory",
  title: "a controller's heap",
  run: (say) => {
    const large: Size = { pods: 10_000, nodes: 1_000, settings: 10 }
    const wide: Size = { ...large, settings: 60 }
    const kilobytes = (size: Size): number => podBytes(size) / 1_000
    say("a small one, to warm up")
    controllerHeap({ ...large, pods: 100, nodes: 10 })
    say(`10,000 pods of ${kilobytes(large).toFixed(1)} KB on 1,000 nodes`)
    const heap = controllerHeap(large)
    say(`the same with pods of ${kilobytes(wide).toFixed(1)} KB: what is not kept does not count`)
    const heapOfWide = controllerHeap(wide)
    return [
      {
        name: `controller's heap, 10,000 pods of ${kilobytes(large).toFixed(1)} KB with branches, 1,000 nodes`,
        value: heap / megabyte,
        unit: "MB",
        aim: { at: "most", value: 60 }
      },
      { name: `the same with pods of ${kilobytes(wide).toFixed(1)} KB`, value: heapOfWide / megabyte, unit: "MB" }
    ] satisfies ReadonlyArray<Figure>
  }
}
