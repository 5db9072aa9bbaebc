import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import { type Document, nameOf, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as World from "@branchline/adapter-memory/World"
import type { ControllerSettings } from "@branchline/core/controller/Settings"
import { podEni } from "@branchline/core/model/Names"
import { nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Clock, Effect, Stream } from "effect"

/** What pods are of, and the security group that each gets. */
export const groups = { web: "sg-079157a483bcb371f", db: "sg-0123456789abcdef0" } as const
export type App = keyof typeof groups

const policyOf = (app: App) => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: app, namespace: "default" },
  spec: { podSelector: { matchLabels: { app } }, securityGroups: { groupIds: [groups[app]] } }
})

const podOf = (app: App, name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app } },
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

/** What a cluster is to meet. */
export interface ClusterOptions {
  readonly ec2: Ec2Options
  readonly settings: Partial<ControllerSettings>
  /** Let kubelets try a sandbox seldom: where only annotations count, that saves most of the time that it takes to simulate them. */
  readonly patient?: boolean
}

const patience = { retry: "1 minute", retryCap: "1 minute" } as const

const offersBranches = (node: Document): boolean => textAt(node, "status", "allocatable", podEni) !== undefined

/** 30 nodes of m5.4xlarge that carry 54 branches each, ready, in simulated time. */
export const startCluster = Effect.fnUntraced(function*({ ec2, patient = false, settings }: ClusterOptions) {
  const world = yield* World.make({
    nodes: 30,
    instanceType: "m5.4xlarge",
    securityGroups: Object.values(groups),
    ec2,
    settings,
    timings: patient ? { ...timings, ...patience } : timings
  })
  for (const app of ["web", "db"] as const) yield* world.apply(policyOf(app))
  yield* eventually(
    "every node offers branches",
    Effect.map(world.admin.list(nodeResource), ({ items }) => items.every(offersBranches) ? true : undefined),
    { every: "1 second" }
  )
  // The buckets from which the trunks were made fill up again.
  yield* Effect.sleep("2 minutes")
  return world
})

const all = { concurrency: "unbounded", discard: true } as const

/** All at one moment. */
export const createPods = (world: World.World, app: App, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => world.admin.create(podResource, podOf(app, name)), all)

export const deletePods = (world: World.World, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => world.admin.delete(podResource, { namespace: "default", name }), all)

/** Since when pods are annotated and run, by name, in milliseconds of simulated time. */
export interface Seen {
  readonly annotated: ReadonlyMap<string, number>
  readonly running: ReadonlyMap<string, number>
}

/** Watches pods as anybody may. */
export const watchPods = Effect.fnUntraced(function*(world: World.World) {
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
  return { annotated, running } satisfies Seen
})

/** Fails the measurement where a node saw what must never be: such a figure would be worth nothing. */
export const soundness = (world: World.World): Effect.Effect<void> =>
  world.violations.length > 0 ? Effect.die(new Error(`${world.violations.length} violations on the nodes`)) : Effect.void
