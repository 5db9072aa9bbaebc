import * as Metrics from "@branchline/adapter-k8s/operations/Metrics"
import * as Cluster from "@branchline/adapter-memory/Cluster"
import * as Controller from "@branchline/core/controller/Controller"
import { Notices } from "@branchline/core/controller/Notices"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { type EventRecord, Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Clock, Effect, Exit, Layer, Scope } from "effect"
import { growing, parse } from "../../packages/adapter-k8s/test/operations/support/PrometheusText.js"
import * as Witness from "../../packages/adapter-memory/test/scenarios/Witness.js"
import { group, type World as WitnessedWorld } from "../../packages/adapter-memory/test/scenarios/World.js"
import * as Trouble from "./Trouble.js"

export interface WorldOptions extends Cluster.ClusterOptions {
  readonly settings?: Partial<ControllerSettings>
}

/** A cluster whose controller is composed as the program composes it, is measured and looked at all the time, and whose EC2 can be in trouble. */
export interface World extends WitnessedWorld {
  readonly begin: Trouble.TroubledEc2["begin"]
  /** What people were told, when, milliseconds since the epoch. */
  readonly told: ReadonlyArray<EventRecord & { readonly at: number }>
  /** Everything that may only grow, by name and labels. */
  readonly counters: Effect.Effect<ReadonlyMap<string, number>>
}

/** The calls wait for their turn, then they are counted, then they meet trouble. Source: examples/src/controller/Serve.ts, lead. */
export const make = Effect.fnUntraced(function*({ settings, ...options }: WorldOptions) {
  const cluster = yield* Cluster.make({
    securityGroups: [group],
    ec2: { latency: { min: "50 millis", max: "200 millis" } },
    kubernetes: { latency: { min: "2 millis", max: "20 millis" } },
    ...options
  })
  const metrics = yield* Metrics.make()
  const ports = yield* Effect.provide(Effect.all({ kubernetes: Kubernetes, ec2: Ec2 }), cluster.ports)
  const troubled = Trouble.make(ports.ec2, cluster.ec2)
  const told: Array<EventRecord & { readonly at: number }> = []
  const heard: Kubernetes["Service"] = {
    ...ports.kubernetes,
    recordEvent: (event) =>
      Effect.andThen(
        ports.kubernetes.recordEvent(event),
        Effect.map(Clock.currentTimeMillis, (at) => void told.push({ ...event, at }))
      )
  }
  const measured = Layer.mergeAll(
    Layer.succeed(Kubernetes, metrics.measureKubernetes(heard)),
    Layer.succeed(Ec2, metrics.measureEc2(troubled.ec2)),
    Layer.succeed(Notices, metrics.notice)
  )
  const all: ControllerSettings = { ...defaults, clusterName: "seed", ...settings }
  const parent = yield* Effect.scope
  const launch = Effect.gen(function*() {
    const scope = yield* Scope.fork(parent)
    const service = yield* Controller.make(all, { observe: metrics.observer() }).pipe(Effect.provide(measured), Scope.provide(scope))
    yield* service.ready
    yield* cluster.serveWebhooks(service.admit)
    return { service, scope }
  })
  let running = yield* launch
  const world: World = {
    ...cluster,
    begin: troubled.begin,
    told,
    counters: Effect.map(metrics.text({ controller: Effect.sync(() => running.service) }), (text) => growing(parse(text))),
    controller: () => running.service,
    crash: Effect.suspend(() => Scope.close(running.scope, Exit.void)),
    start: Effect.gen(function*() {
      running = yield* launch
      return running.service
    }),
    witness: yield* Witness.make(cluster, { cooldown: all.allocation.cooldown })
  }
  return world
})
