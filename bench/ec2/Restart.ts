import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { BucketSize } from "@branchline/adapter-memory/ec2/Settings"
import type { Verbs } from "@branchline/adapter-memory/kubernetes/ApiServer"
import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import * as MemoryKubernetes from "@branchline/adapter-memory/kubernetes/MemoryKubernetes"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { controllerIdentities, podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Clock, Effect, Exit } from "effect"
import { clusterName, fill, nameOf, nodeCount, podOn } from "./LargeCluster.js"

/** Nodes that the controller hears of first, in the middle and last. */
const someNodes = [0, nodeCount / 2, nodeCount - 1]
/** When pods come that nobody could know of when EC2 was read, seconds after the start. */
const later = 1

/** What a restart took. Times are seconds of simulated time. */
export interface Restarted {
  /** Until the pods that waited are served. */
  readonly served: number
  /** Until pods are served that came after the start, from then on, on nodes for which nobody waited. */
  readonly servedLater: number
  /** Until every node is ready. */
  readonly ready: number
  readonly calls: ReadonlyArray<Ec2Call>
}

const isAnnotated = (admin: Verbs, name: string) =>
  Effect.map(admin.get(podResource, { namespace: "default", name }), (pod) => textAt(pod, "metadata", "annotations", podEni) !== undefined)

const allAnnotated = (admin: Verbs, names: ReadonlyArray<string>) =>
  Effect.map(Effect.forEach(names, (name) => isAnnotated(admin, name)), (each) => each.every(Boolean) ? true : undefined)

const story = Effect.fnUntraced(function*(describing: BucketSize, say: (text: string) => void) {
  const kubernetes = yield* MemoryKubernetes.make({ auditCapacity: 1 })
  const ec2 = yield* MemoryEc2.make({
    latency: "300 millis",
    latencies: { DescribeNetworkInterfaces: "1500 millis" },
    throttle: { describing },
    interfacesPerRegion: 100_000
  })
  const admin = kubernetes.server.as({ username: "kubernetes-admin", groups: ["system:masters"] })
  yield* fill({ admin, control: ec2.control }, say)
  // Trunks are attached by then.
  yield* Effect.sleep("1 minute")
  const waiting = someNodes.map((index) => `waiting-${index}`)
  for (const index of someNodes) yield* admin.create(podResource, podOn(nameOf(index), `waiting-${index}`))
  say("a controller starts")
  const began = yield* Clock.currentTimeMillis
  const controller = yield* Controller.make({ ...defaults, clusterName }).pipe(
    Effect.provideService(Kubernetes, kubernetes.portFor(controllerIdentities[0]!)),
    Effect.provideService(Ec2, ec2.port)
  )
  const after = <E>(what: string, look: Effect.Effect<true | undefined, E>) =>
    Effect.map(
      Effect.andThen(eventually(what, look, { within: "1 hour", every: "50 millis" }), Clock.currentTimeMillis),
      (now) => (now - began) / 1_000
    )
  const laterPods = Effect.gen(function*() {
    yield* Effect.sleep(later * 1_000)
    for (const index of someNodes) yield* admin.create(podResource, podOn(nameOf(index === 0 ? 1 : index - 1), `later-${index}`))
    return yield* after("the pods that came later are served", allAnnotated(admin, someNodes.map((index) => `later-${index}`)))
  })
  const { fleet } = controller.knowledge
  const isReady = Effect.sync(() => [...fleet.members()].filter(({ recovered }) => recovered).length === nodeCount ? true : undefined)
  const [served, servedLater, ready] = yield* Effect.all(
    [after("the waiting pods are served", allAnnotated(admin, waiting)), laterPods, after("every node is ready", isReady)],
    { concurrency: "unbounded" }
  )
  // What is looked at afterwards, for leaks, counts, too.
  yield* Effect.sleep("2 minutes")
  return { served, servedLater: servedLater - later, ready, calls: yield* ec2.calls } satisfies Restarted
})

/** A controller that remembers nothing starts where 1,700 nodes carry 17,000 branches in three subnets. */
export const restartWith = (describing: BucketSize, say: (text: string) => void): Restarted => {
  const { exit } = simulate(story(describing, say), { seed: 1, maxTasks: 200_000_000 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}
