import { countByAction, type Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Document } from "@branchline/adapter-memory/kubernetes/Document"
import * as MemoryKubernetes from "@branchline/adapter-memory/kubernetes/MemoryKubernetes"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { type EniId, type InstanceId, noAssociationId, type VlanId } from "@branchline/core/model/Ids"
import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import {
  branchDescription,
  clusterTag,
  clusterTagValue,
  controllerIdentities,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  podEni,
  securityGroupsForPodsFeature,
  trunkDescription,
  trunkEniIdTag,
  vlanIdTag
} from "@branchline/core/model/Names"
import { cniNodes, nodes as nodeResource, pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { document } from "@branchline/core/patch/CNINodePatch"
import { Ec2, type Subnet } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Clock, Effect, Exit } from "effect"

/** A large cluster, as upstream's users have reported it. */
export const nodeCount = 1_700
export const branchesPerNode = 10
const instanceType = "m5.4xlarge"
const places = 54
const group = "sg-079157a483bcb371f"
const clusterName = "seed"

/** Pods that wait when the controller starts, on nodes that it hears of first, in the middle and last. */
const waitingOn = [0, nodeCount / 2, nodeCount - 1]

/** What a restart took. Times are seconds of simulated time. */
export interface Restarted {
  /** Until the pods that waited are served. */
  readonly served: number
  /** Until every node is ready. */
  readonly ready: number
  readonly calls: ReadonlyMap<string, number>
  readonly throttled: number
  /** Wall time of the whole. */
  readonly wall: number
}

const nameOf = (index: number): string => `ip-10-${index >> 8}-${index & 255}-1.eu-west-1.compute.internal`
const ours = (instanceId: string) => ({ [ownerTag]: ownerTagValue, [clusterTag(clusterName)]: clusterTagValue, [instanceIdTag]: instanceId })

const container = { name: "main", image: "web", resources: { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } }

const pod = (name: string, nodeName: string, annotation?: string): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: "web" }, ...(annotation === undefined ? {} : { annotations: { [podEni]: annotation } }) },
  spec: { nodeName, containers: [container] }
})

/** One node with its instance, trunk and branches, and the pods that have them, as a controller left them. */
const settle = Effect.fnUntraced(function*(admin: ReturnType<MemoryKubernetes.MemoryKubernetes["server"]["as"]>, ec2: MemoryEc2["Service"], subnet: Subnet, index: number) {
  const { control } = ec2
  const nodeName = nameOf(index)
  const { instanceId } = yield* control.launchInstance({ type: instanceType, subnetId: subnet.subnetId })
  const trunk = yield* control.createForeignInterface({
    subnetId: subnet.subnetId,
    type: "trunk",
    description: trunkDescription,
    tags: ours(instanceId),
    attachTo: { instanceId, deviceIndex: 7 }
  })
  const labels = { "kubernetes.io/os": "linux" }
  const node = yield* admin.create(nodeResource, { metadata: { name: nodeName, labels }, spec: { providerID: `aws:///eu-west-1a/${instanceId}` } })
  yield* admin.patch(nodeResource, { name: nodeName }, { _tag: "merge", patch: { status: { capacity: { [podEni]: String(places) }, allocatable: { [podEni]: String(places) } } } }, { subresource: "status" })
  const uid = (node["metadata"] as { readonly uid: string }).uid
  const facts = { node: { name: nodeName, uid, os: "linux" }, instanceId, clusterName }
  yield* admin.create(cniNodes, document(facts, { spec: { features: [{ name: securityGroupsForPodsFeature, value: "" }], tags: { [instanceIdTag]: instanceId } } }))
  for (let vlanId = 1; vlanId <= branchesPerNode; vlanId++) yield* branch(admin, ec2, subnet, { instanceId, nodeName, trunkId: trunk.eniId, vlanId: vlanId as VlanId })
})

interface Place {
  readonly instanceId: InstanceId
  readonly nodeName: string
  readonly trunkId: EniId
  readonly vlanId: VlanId
}

const branch = Effect.fnUntraced(function*(admin: ReturnType<MemoryKubernetes.MemoryKubernetes["server"]["as"]>, { control }: MemoryEc2["Service"], subnet: Subnet, { instanceId, nodeName, trunkId, vlanId }: Place) {
  const face = yield* control.createForeignInterface({
    subnetId: subnet.subnetId,
    groups: [group as never],
    description: branchDescription,
    tags: { ...ours(instanceId), [vlanIdTag]: String(vlanId), [trunkEniIdTag]: trunkId },
    under: { trunkId, vlanId }
  })
  const annotation = writeBranchAnnotation(
    { eniId: face.eniId, ifAddress: face.macAddress, privateIp: face.privateIp, ipv6Addr: "", vlanId, subnetCidr: subnet.cidr, subnetV6Cidr: "", associationID: noAssociationId },
    "eight"
  )
  yield* admin.create(podResource, pod(`${nodeName}-${vlanId}`, nodeName, annotation))
})

const refusedForRate = ({ outcome }: Ec2Call): boolean => outcome._tag === "refused" && outcome.code === "RequestLimitExceeded"

const story = Effect.fnUntraced(function*(say: (text: string) => void) {
  const kubernetes = yield* MemoryKubernetes.make({ auditCapacity: 1 })
  const ec2 = yield* MemoryEc2.make({
    latency: "300 millis",
    latencies: { DescribeNetworkInterfaces: "1500 millis" },
    throttle: { describing: { capacity: 12, refill: 12 } },
    interfacesPerRegion: 100_000,
    attachDelay: 0
  })
  const admin = kubernetes.server.as({ username: "kubernetes-admin", groups: ["system:masters"] })
  const subnets = yield* Effect.forEach([0, 64, 128], (third) => ec2.control.addSubnet({ cidr: `10.${third}.0.0/16`, zone: "eu-west-1a" }))
  yield* ec2.control.addSecurityGroup({ groupId: group as never })
  yield* admin.create(securityGroupPolicies, {
    metadata: { name: "web", namespace: "default" },
    spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: [group] } }
  })
  for (let index = 0; index < nodeCount; index++) {
    if (index % 100 === 0) say(`${index} of ${nodeCount} nodes with their branches`)
    yield* settle(admin, ec2, subnets[index % subnets.length]!, index)
  }
  yield* Effect.sleep("1 minute")
  for (const index of waitingOn) yield* admin.create(podResource, pod(`new-${index}`, nameOf(index)))
  const before = (yield* ec2.calls).length
  const began = yield* Clock.currentTimeMillis
  say("restart")
  const controller = yield* Controller.make({ ...defaults, clusterName }).pipe(
    Effect.provideService(Kubernetes, kubernetes.portFor(controllerIdentities[0]!)),
    Effect.provideService(Ec2, ec2.port)
  )
  const since = Effect.map(Clock.currentTimeMillis, (now) => (now - began) / 1_000)
  const isServed = (index: number) =>
    Effect.map(admin.get(podResource, { namespace: "default", name: `new-${index}` }), ({ metadata }) =>
      (metadata as { readonly annotations?: Readonly<Record<string, string>> }).annotations?.[podEni] !== undefined)
  const all = Effect.map(Effect.forEach(waitingOn, isServed), (each) => each.every(Boolean) ? true : undefined)
  yield* eventually("the waiting pods are served", all, { within: "1 hour", every: "50 millis" })
  const served = yield* since
  say(`a new pod is served after ${served} s`)
  const recovered = Effect.sync(() => [...controller.knowledge.fleet.members()].filter((member) => member.recovered).length === nodeCount ? true : undefined)
  yield* eventually("every node is ready", recovered, { within: "1 hour", every: "50 millis" })
  const ready = yield* since
  yield* controller.known
  // What is looked at afterwards, for leaks, counts, too.
  yield* Effect.sleep("2 minutes")
  const calls = (yield* ec2.calls).slice(before)
  return { served, ready, calls: countByAction(calls), throttled: calls.filter(refusedForRate).length }
})

/** A controller that remembers nothing starts where 1,700 nodes carry 17,000 branches in three subnets. */
export const restart = (say: (text: string) => void): Restarted => {
  const start = performance.now()
  const { exit } = simulate(story(say), { seed: 1, maxTasks: 200_000_000 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return { ...exit.value, wall: (performance.now() - start) / 1_000 }
}
