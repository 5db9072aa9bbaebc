import * as Controller from "@branchline/core/controller/Controller"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import { Effect, Exit, Scope } from "effect"
import * as Cluster from "./Cluster.js"

/** What a world is to be; everything has a default. */
export interface WorldOptions extends Cluster.ClusterOptions {
  /** Changes to the controller's settings. The cluster's name is `seed` unless said otherwise. */
  readonly settings?: Partial<ControllerSettings>
  readonly controller?: Controller.ControllerOptions
}

/** A cluster with Branchline's controller in it. Trouble between the two is `faults`' to make. */
export interface World extends Cluster.Cluster {
  /** The controller that was started last. */
  readonly controller: () => Controller.ControllerService
  /** Ends that controller as a crash does: at once, between any two of its calls. The webhooks go on answering, as another replica's would. */
  readonly crash: Effect.Effect<void>
  /** Starts a controller that remembers nothing, and has it answer the webhooks; one that runs already runs on. */
  readonly start: Effect.Effect<Controller.ControllerService>
}

/**
 * Builds a cluster and starts a controller in it. Everything stops with the scope. Fails where EC2 refuses the options; not retryable.
 *
 * @example
 * const run = simulate(Effect.gen(function*() {
 *   const world = yield* World.make({ nodes: 3, securityGroups: ["sg-079157a483bcb371f"] })
 *   yield* world.apply(policy)
 *   yield* world.apply(pod)
 *   yield* world.waitForPhase("aws-cli", "Running")
 * }))
 */
export const make = Effect.fnUntraced(function*({ controller: options, settings, ...clusterOptions }: WorldOptions = {}) {
  const cluster = yield* Cluster.make(clusterOptions)
  const parent = yield* Effect.scope

  const launch = Effect.gen(function*() {
    const scope = yield* Scope.fork(parent)
    const service = yield* Controller.make({ ...defaults, clusterName: "seed", ...settings }, options).pipe(
      Effect.provide(cluster.ports),
      Scope.provide(scope)
    )
    yield* service.ready
    yield* cluster.serveWebhooks(service.admit)
    return { service, scope }
  })
  let running = yield* launch

  const world: World = {
    ...cluster,
    controller: () => running.service,
    crash: Effect.suspend(() => Scope.close(running.scope, Exit.void)),
    start: Effect.gen(function*() {
      running = yield* launch
      return running.service
    })
  }
  return world
})
