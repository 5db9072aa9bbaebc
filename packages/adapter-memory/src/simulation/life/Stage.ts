import type { InstanceId } from "@branchline/core/model/Ids"
import { clusterTag } from "@branchline/core/model/Names"
import { Effect, Latch, type Scope } from "effect"
import * as Cluster from "../../Cluster.js"
import type { ClusterNode } from "../../cluster/NodeGroup.js"
import type { Ec2Options } from "../../ec2/Settings.js"
import * as Faults from "../../faults/Faults.js"
import { record } from "../Journal.js"
import type { Timings } from "../../kubernetes/kubelet/Timings.js"
import * as Court from "../oracle/Court.js"
import type { Oracle } from "../oracle/Oracle.js"
import { usualOracles } from "../oracle/Usual.js"
import { type Stream, stream } from "../Streams.js"
import * as Manifests from "./Manifests.js"
import type { World } from "./Plan.js"
import * as Replica from "./Replica.js"
import type { Subject } from "./Subject.js"

/** A cluster with a controller under test in it, and everybody who looks on: what a plan's steps act on. */
export interface Stage {
  readonly cluster: Cluster.Cluster
  readonly world: World
  readonly replicas: ReadonlyArray<Replica.Replica>
  readonly replicaAt: (index: number) => Replica.Replica
  readonly nodeAt: (index: number) => ClusterNode | undefined
  readonly court: Court.Court
  /** What the controller's EC2 tags say. */
  readonly clusterName: string
  /** Instances and interfaces that EC2's describes leave out. */
  readonly hidden: Set<string>
  /** A controller that knows no Lease: started and killed at a step's command. */
  readonly rival: Replica.Replica
  /** Trouble on all replicas' ports. */
  readonly faults: Faults.Faults
  /** What the plan leaves open is drawn from it. */
  readonly chance: Stream
  /** Nodes of which nothing can be expected any more, by instance. */
  readonly excusedNodes: Set<InstanceId>
  /** Open while addresses are free: an instance is launched then, and not before. */
  readonly room: Latch.Latch
  /** Nobody answers webhooks while it is true. */
  readonly setDeaf: (deaf: boolean) => void
  /** Webhook calls that replicas answered so far. */
  readonly answers: () => number
  /** A trouble did something to somebody. */
  readonly struck: (kind: string) => void
  readonly trouble: Trouble
}

/** Which troubles are under way, and which have done something. */
export interface Trouble {
  readonly under: Set<string>
  fired: number
}

/** Cells of (state × event × trouble) that a life came through. */
export type Cells = Set<string>

/** About half a minute. */
const half = { min: "20 seconds", max: "40 seconds" } as const

const ec2Options = ({ ec2 }: World): Ec2Options => {
  const size = { tight: { capacity: 10, refill: 1 } }
  return {
    describeLag: { min: 0, max: ec2.lag * 1_000 },
    vlanCooldown: ec2.vlanCooldown * 1_000,
    releaseDelay: ec2.releaseDelay * 1_000,
    ...(ec2.releases === "slow" ? { latencies: { DisassociateTrunkInterface: half, DeleteNetworkInterface: half } } : {}),
    throttle: ec2.throttle === "off" ? "off" : ec2.throttle === "documented" ? {} : { mutating: size.tight, describing: { capacity: 20, refill: 4 } }
  }
}

const late: Timings = { teardown: { min: "2 seconds", max: "25 seconds" }, sync: { min: "100 millis", max: "5 seconds" } }

/** Interfaces of others, to be left alone: of the CNI plugin's on a node, and another cluster's branch that nobody uses. */
const strangers = Effect.fnUntraced(function*({ ec2, nodes, subnets }: Cluster.Cluster) {
  const subnetId = subnets[0]?.subnetId ?? ""
  const [first] = nodes.values()
  if (first === undefined) return
  yield* ec2.control.createForeignInterface({
    subnetId,
    description: "aws-K8S-i-0",
    tags: { "node.k8s.amazonaws.com/instance_id": first.instanceId, "eks:eni:owner": "amazon-vpc-cni" },
    attachTo: { instanceId: first.instanceId, deviceIndex: 2 }
  })
  yield* ec2.control.createForeignInterface({
    subnetId,
    description: "aws-k8s-branch-eni",
    tags: { [clusterTag("another")]: "owned", "eks:eni:owner": "eks-vpc-resource-controller" }
  })
}, Effect.orDie)

/** The rules of one life. */
const oraclesFor = (cluster: Cluster.Cluster, world: World, subject: Subject, excusedNodes: ReadonlySet<InstanceId>): ReadonlyArray<Oracle> => {
  const usual = usualOracles({
    cluster,
    clusterName: subject.clusterName,
    idleCap: subject.idleCap(world),
    showsAtOnce: world.ec2.lag === 0 && world.ec2.throttle === "off",
    idsCool: world.ec2.vlanCooldown > 0,
    lag: world.ec2.lag * 1_000,
    sweeps: world.ec2.lag > 0,
    excusedNodes
  })
  return Object.values<Oracle | undefined>(subject.oracles?.(usual, world) ?? usual).filter((oracle) => oracle !== undefined)
}

/** Sets the stage: cluster, strangers, oracles and the controller's replicas, all of which have started when it returns. */
export const make = Effect.fnUntraced(function*(world: World, subject: Subject, cells: Cells): Effect.fn.Return<Stage, never, Scope.Scope> {
  const cluster = yield* Effect.orDie(Cluster.make({
    nodes: 0,
    instanceType: world.instanceType,
    asks: world.asks,
    subnets: [{ cidr: "10.0.0.0/22", zone: "eu-west-1a" }],
    securityGroups: Manifests.groups,
    ec2: ec2Options(world),
    ...(world.kubelets === "late" ? { timings: late } : {}),
    inhabitantEvents: false
  }))
  const excusedNodes = new Set<InstanceId>()
  const court = yield* Court.make({ cluster, cooldown: subject.cooldown, oracles: oraclesFor(cluster, world, subject, excusedNodes) })
  for (let index = 0; index < world.nodes; index++) yield* Effect.orDie(cluster.addNode())
  yield* strangers(cluster)

  const faults = yield* Faults.make()
  const trouble: Trouble = { under: new Set(), fired: 0 }
  const struck = (kind: string): void => {
    trouble.fired += 1
    trouble.under.add(`after ${kind}`)
  }
  const visit = (state: string, event: string): void => {
    if (trouble.under.size === 0) cells.add(`${state} × ${event} × calm`)
    for (const kind of trouble.under) cells.add(`${state} × ${event} × ${kind}`)
  }
  const hidden = new Set<string>()
  const place = (name: string, isRival: boolean) =>
    Replica.make({ name, world, subject, cluster, faults, hidden, visit, isRival, started: court.started, killed: () => struck("crash") })
  const replicas = yield* Effect.forEach(Array.from({ length: world.replicas }, (_, index) => `replica-${index}`), (name) => place(name, false))

  let deaf = false
  let next = 0
  let answers = 0
  // As a Service does: a call goes to one replica after the other of those that are ready.
  yield* cluster.serveWebhooks((request) =>
    Effect.gen(function*() {
      if (deaf) return yield* Effect.fail("nobody answers")
      for (let tried = 0; tried < replicas.length; tried++) {
        const admit = yield* replicas[next++ % replicas.length]?.webhook ?? Effect.succeed(undefined)
        if (admit === undefined) continue
        answers += 1
        return yield* admit(request)
      }
      return yield* Effect.fail("no replica is ready")
    }))
  yield* Effect.orDie(cluster.apply(Manifests.accountPolicy()))
  for (const { start } of replicas) yield* start
  yield* record(`${subject.name} on ${world.nodes} nodes`)

  return {
    cluster,
    world,
    replicas,
    replicaAt: (index) => replicas[index % replicas.length]!,
    nodeAt: (index) => [...cluster.nodes.values()][index % Math.max(1, cluster.nodes.size)],
    court,
    clusterName: subject.clusterName,
    hidden,
    rival: yield* place("rival", true),
    faults,
    chance: yield* stream("plan"),
    excusedNodes,
    room: Latch.makeUnsafe(true),
    setDeaf: (next) => void (deaf = next),
    answers: () => answers,
    struck,
    trouble
  }
})
