import * as Cluster from "@branchline/adapter-memory/Cluster"
import { textAt, type Document } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as Controller from "@branchline/core/controller/Controller"
import { Notices } from "@branchline/core/controller/Notices"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import { podEni } from "@branchline/core/model/Names"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Clock, Effect, Exit, Layer, Scope } from "effect"
import * as Metrics from "../../../src/operations/Metrics.js"
import { type Family, parse } from "./PrometheusText.js"

export const group = "sg-079157a483bcb371f"

export interface WorldOptions extends Cluster.ClusterOptions {
  readonly settings?: Partial<ControllerSettings>
  /** Stands between the measure and EC2. */
  readonly between?: (ec2: Ec2["Service"]) => Ec2["Service"]
}

/** A cluster in memory whose controller is measured. */
export interface MeasuredWorld extends Cluster.Cluster {
  readonly metrics: Metrics.Metrics
  readonly controller: () => Controller.ControllerService
  readonly sources: Metrics.Sources
  readonly scrape: Effect.Effect<ReadonlyMap<string, Family>>
  readonly crash: Effect.Effect<void>
  readonly start: Effect.Effect<void>
  /** Every node's allocatable offers branches. */
  readonly offering: Effect.Effect<void, unknown>
  readonly now: Effect.Effect<number>
}

export const make = Effect.fnUntraced(function*({ between = (ec2) => ec2, settings, ...options }: WorldOptions = {}) {
  const cluster = yield* Cluster.make({ securityGroups: [group], ...options })
  const metrics = yield* Metrics.make({ version: "test" })
  const ports = yield* Effect.provide(Effect.all({ kubernetes: Kubernetes, ec2: Ec2 }), cluster.ports)
  const measured = Layer.mergeAll(
    Layer.succeed(Kubernetes, metrics.measureKubernetes(ports.kubernetes)),
    Layer.succeed(Ec2, metrics.measureEc2(between(ports.ec2))),
    Layer.succeed(Notices, metrics.notice)
  )
  const parent = yield* Effect.scope
  const launch = Effect.gen(function*() {
    const scope = yield* Scope.fork(parent)
    const service = yield* Controller.make({ ...defaults, clusterName: "seed", ...settings }, { observe: metrics.observer() }).pipe(
      Effect.provide(measured),
      Scope.provide(scope)
    )
    yield* service.ready
    yield* cluster.serveWebhooks(service.admit)
    return { service, scope }
  })
  let running = yield* launch
  const sources: Metrics.Sources = { controller: Effect.sync(() => running.service) }
  const offers = Effect.fnUntraced(function*(name: string) {
    const node = yield* cluster.node(name)
    return Number(textAt(node ?? {}, "status", "allocatable", podEni) ?? "0") > 0 ? true : undefined
  })
  const world: MeasuredWorld = {
    ...cluster,
    metrics,
    sources,
    controller: () => running.service,
    scrape: Effect.map(metrics.text(sources), parse),
    crash: Effect.suspend(() => Scope.close(running.scope, Exit.void)),
    start: Effect.map(launch, (next) => void (running = next)),
    offering: Effect.suspend(() => Effect.forEach([...cluster.nodes.keys()], (name) => eventually(`${name} offers`, offers(name)), { discard: true })),
    now: Clock.currentTimeMillis
  }
  return world
})

/** Plays a story in a measured world, in virtual time. */
export const play = <A, E>(options: WorldOptions, story: (world: MeasuredWorld) => Effect.Effect<A, E, Scope.Scope>): A => {
  const run = simulate(Effect.flatMap(make(options), story), { seed: 1 })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Error(`${Cause.pretty(run.exit.cause)}\n${run.journal.slice(-30).join("\n")}`, { cause: Cause.squash(run.exit.cause) })
}

const labels = { app: "web" }

export const policy = (name = "web", groups: ReadonlyArray<string> = [group]): Document => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name, namespace: "default" },
  spec: { podSelector: { matchLabels: labels }, securityGroups: { groupIds: [...groups] } }
})

export const pod = (name: string, spec: Document = {}): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels },
  spec: { containers: [{ name: "main", image: "amazon/aws-cli:2.7" }], ...spec }
})
