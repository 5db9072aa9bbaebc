import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import { clusterTag, ownerTag, ownerTagValue, podEni } from "@branchline/core/model/Names"
import { cniNodes, pods as podResource } from "@branchline/core/model/Resource"
import { Effect, type Scope } from "effect"
import * as Manifests from "../../packages/adapter-memory/test/scenarios/Manifests.js"
import * as Oracles from "../../packages/adapter-memory/test/scenarios/Oracles.js"
import { group } from "../../packages/adapter-memory/test/scenarios/World.js"
import type { Operation } from "./Trouble.js"
import type { World, WorldOptions } from "./World.js"

/** Who is told when the operation fails. */
export type Audience =
  /** The pod that waits. */
  | "pod"
  /** The node that waits for its trunk. */
  | "node"
  /** After a restart: the node, and the pod that waits for it. */
  | "node and pod"
  /** The node whose branches cannot be given back. */
  | "node, of releases"
  /** The CNINode that cannot be let go. */
  | "CNINode"
  /** Whoever reads the log: no object stands for it. */
  | "log"
  /** Nobody: nothing is lost, and nobody has to do anything. */
  | "nobody"

/** A counter, or one series of it; of the labels those that are given have to fit. */
export interface Counter {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
}

type Step<A = unknown> = (world: World) => Effect.Effect<A, unknown, Scope.Scope>

/** When the controller makes a call, and what depends on it. */
export interface Situation {
  readonly operation: Operation
  readonly when: string
  readonly options?: WorldOptions
  /** All is well, and the call is about to be made. */
  readonly prepare: Step
  /** What makes the controller call; answers the name of the object that its people look at. */
  readonly provoke: Step<string>
  /** Waits until what depends on the call has come about. */
  readonly settled: (world: World, name: string) => Effect.Effect<unknown, unknown>
  readonly audience: Audience
  /** Counters that tell, besides those of calls to EC2. */
  readonly counters: ReadonlyArray<Counter>
  /** It is a branch's own call: where somebody has to mend something, it is made again once a minute. */
  readonly isBranchsOwn?: true
  /** The pod has been told of something before. */
  readonly isToldBefore?: true
  /** How long all takes where nothing fails, from the call on, milliseconds. */
  readonly ordinary: number
}

const other = "sg-0123456789abcdef0"
const subnets = [{ cidr: "192.168.0.0/19", zone: "eu-west-1a" }, { cidr: "192.168.32.0/19", zone: "eu-west-1a" }] as const
const within = { within: "40 minutes", every: "250 millis" } as const

const firstNode = (world: World): string => [...world.nodes.keys()][0] ?? ""

const calm = (world: World) => Effect.andThen(world.apply(Manifests.policy()), Oracles.ready(world))

const runPod = (name: string) => (world: World) =>
  Effect.andThen(world.apply(Manifests.pod(name, { spec: { nodeName: firstNode(world) } })), world.waitForPhase(name, "Running"))

const removePod = (name: string) => (world: World) => world.admin.delete(podResource, { namespace: "default", name })

/** Its annotation is there: what comes then is kubelet's time. */
const isServed = (world: World, name: string) =>
  eventually(`${name} is served`, Effect.map(world.pod(name), (pod) => textAt(pod ?? {}, "metadata", "annotations", podEni)), within)

const ours = (world: World) =>
  Effect.map(world.ec2.control.snapshot, ({ interfaces }) => interfaces.filter(({ tags }) => tags[ownerTag] === ownerTagValue))

/** EC2 holds no branch that no living pod has. */
const isReleased = (world: World) =>
  eventually("the branch is gone", Effect.map(ours(world), (all) => all.some(({ type }) => type !== "trunk") ? undefined : true), within)

/** A node joins; a pod waits for it. */
const joins = (operation: Operation, trunkOperation: string, subnet: 0 | 1 = 0): Situation => ({
  operation,
  when: "a node gets its trunk",
  options: { subnets },
  prepare: calm,
  provoke: (world) => Effect.map(world.addNode({ subnetId: world.subnets[subnet]!.subnetId }), ({ nodeName }) => nodeName),
  settled: (world, name) =>
    Effect.gen(function*() {
      yield* eventually(`${name} offers branches`, Effect.map(world.node(name), (node) =>
        Number(textAt(node ?? {}, "status", "allocatable", podEni) ?? "0") > 0 ? true : undefined), within)
      yield* world.apply(Manifests.pod("web", { spec: { nodeName: name } }))
      yield* isServed(world, "web")
    }),
  audience: "node",
  counters: [
    { name: "branch_provider_operations_err_count", labels: { branch_provider_operation: "init" } },
    // A code decides which of upstream's operations a failed attachment is.
    { name: "trunk_eni_operations_err_count", labels: operation === "attachTrunk" ? {} : { operation: trunkOperation } }
  ],
  ordinary: 12_000
})

const failsAt = (state: string, upstream: string, operation: string): Situation["counters"] => [
  { name: "branchline_branch_failures_total", labels: { state } },
  { name: upstream, labels: { operation } }
]
const branchFailure = "branch_eni_opeartions_failure_count"
const trunkFailure = "trunk_eni_operations_err_count"

/** A pod waits for its branch. */
const waits = (
  operation: Operation,
  when: string,
  counters: Situation["counters"],
  before: (world: World) => Effect.Effect<unknown, unknown, Scope.Scope> = () => Effect.void
): Situation => ({
  operation,
  when,
  prepare: (world) => Effect.andThen(calm(world), Effect.andThen(Effect.sleep("5 seconds"), before(world))),
  provoke: (world) => Effect.as(world.apply(Manifests.pod("web", { spec: { nodeName: firstNode(world) } })), "web"),
  settled: isServed,
  audience: "pod",
  isBranchsOwn: true,
  counters,
  ordinary: 3_000
})

const idling = (idle: { readonly regroup: boolean; readonly timeToLive: number }): WorldOptions => ({
  securityGroups: [group, other],
  settings: { allocation: { ...defaultAllocationSettings, idle: { ...idle, cap: 4 } } }
})

/** What another pod left stays idle, with other groups. */
const leftIdle = (world: World) =>
  Effect.gen(function*() {
    yield* world.apply(Manifests.policy({ name: "api", groups: [other], match: { app: "api" } }))
    yield* world.apply(Manifests.pod("api", { metadata: { labels: { app: "api" } }, spec: { nodeName: firstNode(world) } }))
    yield* world.waitForPhase("api", "Running")
    yield* removePod("api")(world)
    yield* Effect.sleep("2 minutes")
  })

/** A pod ends, and its branch with it. */
const ends = (operation: Operation, counters: Situation["counters"]): Situation => ({
  operation,
  when: "a pod's branch is given back",
  prepare: (world) => Effect.andThen(calm(world), runPod("web")(world)),
  provoke: (world) => Effect.as(removePod("web")(world), firstNode(world)),
  settled: isReleased,
  audience: "node, of releases",
  isBranchsOwn: true,
  counters,
  ordinary: 2_000
})

/** The sweep finds an interface that nobody owns. */
const sweeps = (operation: Operation): Situation => ({
  operation,
  when: "the sweep looks for what nobody owns",
  options: { settings: { sweepInterval: 60_000 } },
  prepare: (world) => Effect.andThen(calm(world), Effect.sleep("90 seconds")),
  provoke: (world) =>
    Effect.map(
      world.ec2.control.createForeignInterface({
        subnetId: world.subnets[0]!.subnetId,
        description: "aws-k8s-branch-eni",
        tags: { [clusterTag("seed")]: "owned", [ownerTag]: ownerTagValue }
      }),
      ({ eniId }) => eniId
    ),
  settled: isReleased,
  audience: "log",
  counters: [],
  ordinary: 2 * 61_000
})

/** An instance is terminated, and its node, its pods and all that it had go. */
const retires = (operation: Operation): Situation => ({
  operation,
  when: "a terminated instance's interfaces are removed",
  options: { nodes: 2 },
  prepare: (world) => Effect.andThen(calm(world), runPod("web")(world)),
  provoke: (world) => Effect.suspend(() => {
    const name = firstNode(world)
    return Effect.as(world.terminateNode(name), name)
  }),
  settled: (world, name) =>
    Effect.andThen(
      isReleased(world),
      eventually("the CNINode is gone", Effect.map(Effect.option(world.admin.get(cniNodes, { name })), (found) => found._tag === "None" ? true : undefined), within)
    ),
  audience: "CNINode",
  // The same interfaces are their pods' branches, too.
  ...(operation === "deleteInterface" ? { isBranchsOwn: true } : {}),
  counters: operation === "describeInstances" ? [] : [{ name: "node_termination_eni_cleanup_failures_total" }],
  ordinary: 25_000
})

/** A controller without memory starts where one pod runs, one branch cools and one pod waits. */
const restarts = (operation: Operation): Situation => ({
  operation,
  when: "a controller starts again",
  prepare: (world) =>
    Effect.gen(function*() {
      yield* calm(world)
      yield* runPod("old")(world)
      yield* runPod("ending")(world)
      yield* removePod("ending")(world)
      yield* world.waitUntilGone("ending")
      yield* world.crash
    }),
  provoke: (world) =>
    Effect.gen(function*() {
      yield* world.start
      yield* world.apply(Manifests.pod("web", { spec: { nodeName: firstNode(world) } }))
      return "web"
    }),
  settled: isServed,
  audience: "node and pod",
  counters: [
    { name: "branch_provider_operations_err_count", labels: { branch_provider_operation: "init" } },
    { name: trunkFailure, labels: { operation: "describe_instance_nw_interface" } }
  ],
  ordinary: 3_000
})

const refusedVlan = (world: World) =>
  Effect.sync(() => world.begin("associateBranch", { calls: 1 }, () => ({ _tag: "refused", reason: { _tag: "Taken", what: "vlan" }, code: "InvalidParameterValue" })))
const lostCreate = (world: World) => Effect.sync(() => world.begin("createBranch", { calls: 1 }, () => ({ _tag: "lost", done: true, code: "Timeout", wait: "2 seconds" })))

/** Every operation, wherever the controller uses it. */
export const situations: ReadonlyArray<Situation> = [
  joins("describeInstances", "describe_instance_nw_interface"),
  joins("describeSubnets", "describe_instance_nw_interface", 1),
  joins("describeInterfaces", "describe_instance_nw_interface"),
  joins("createTrunk", "create_trunk_eni"),
  joins("permitAttachment", "create_trunk_eni"),
  joins("attachTrunk", "create_trunk_eni"),
  joins("deleteOnTermination", "create_trunk_eni"),
  waits("createBranch", "a pod gets its branch", failsAt("Creating", branchFailure, "creating_branch_eni_failed")),
  waits("permitAttachment", "a pod gets its branch", failsAt("Permitting", branchFailure, "creating_branch_eni_failed")),
  waits("associateBranch", "a pod gets its branch", failsAt("Associating", trunkFailure, "associate_branch")),
  waits("tagInterface", "another VLAN id, for EC2 refused the first", failsAt("Retagging", trunkFailure, "tag_branch"), refusedVlan),
  { ...waits("describeInterfaces", "a create's answer was lost", failsAt("Creating", branchFailure, "creating_branch_eni_failed"), lostCreate), isToldBefore: true },
  { ...waits("setGroups", "an idle branch gets other groups", failsAt("Regrouping", trunkFailure, "regroup_branch"), leftIdle), options: idling({ regroup: true, timeToLive: 3_600_000 }) },
  ends("disassociateBranch", failsAt("Disassociating", trunkFailure, "disassociate_trunk_error")),
  ends("deleteInterface", failsAt("Deleting", branchFailure, "delete_branch_error")),
  { ...ends("describeSubnets", []), when: "whether a branch may stay idle", options: idling({ regroup: false, timeToLive: 60_000 }), audience: "nobody", ordinary: 65_000 },
  sweeps("describeInstances"),
  sweeps("describeInterfaces"),
  sweeps("deleteInterface"),
  retires("describeInstances"),
  retires("describeInterfaces"),
  retires("deleteInterface"),
  restarts("describeInstances"),
  restarts("describeSubnets"),
  restarts("describeInterfaces")
]
