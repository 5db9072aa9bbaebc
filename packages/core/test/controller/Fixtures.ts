import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Trunk from "../../src/allocation/Trunk.js"
import { silent } from "../../src/controller/ConfigMapSettings.js"
import * as Fleet from "../../src/controller/Fleet.js"
import * as Ledger from "../../src/controller/Ledger.js"
import type { Parts } from "../../src/controller/Parts.js"
import * as NodeMemory from "../../src/controller/NodeMemory.js"
import * as PodStore from "../../src/controller/PodStore.js"
import { defaults } from "../../src/controller/Settings.js"
import * as SubnetGate from "../../src/controller/SubnetGate.js"
import * as Subnets from "../../src/controller/Subnets.js"
import * as Told from "../../src/controller/Told.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import { writeBranchAnnotation } from "../../src/model/BranchAnnotation.js"
import { clusterTag, clusterTagValue, instanceIdTag, ownerTag, ownerTagValue, podEni } from "../../src/model/Names.js"
import type { Pod } from "../../src/model/Pod.js"
import type { Ec2, Instance, NetworkInterface, Subnet } from "../../src/ports/Ec2.js"
import { Ec2Error, type Ec2Reason } from "../../src/ports/Ec2Error.js"
import { empty as noPolicies } from "../../src/selection/PolicyIndex.js"
import { details, eni, groups, instanceId, pod as identity, subnetId } from "../allocation/Fixtures.js"
import { noKubernetes } from "./ScriptedKubernetes.js"

export const clusterName = "blue"
export const vpcId = "vpc-1"
export const subnet: Subnet = { subnetId, vpcId, cidr: "10.0.0.0/16", ipv6Cidr: "", freeAddresses: 100 }

export const ec2Error = (reason: Ec2Reason, code: string = reason._tag): Ec2Error =>
  new Ec2Error({ action: "Test", code, reason, message: code })

const notScripted = Effect.die("this method is not scripted")

/** A port of which nothing may be called. */
export const noEc2: Ec2["Service"] = {
  describeInstances: () => notScripted,
  describeSubnets: () => notScripted,
  describeInterfaces: () => notScripted,
  createTrunk: () => notScripted,
  createBranch: () => notScripted,
  permitAttachment: () => notScripted,
  attachTrunk: () => notScripted,
  deleteOnTermination: () => notScripted,
  associateBranch: () => notScripted,
  disassociateBranch: () => notScripted,
  deleteInterface: () => notScripted,
  setGroups: () => notScripted,
  tagInterface: () => notScripted
}

/** Lets the time pass in which those who ask are gathered. */
export const together = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust("20 millis")
    return yield* Fiber.join(fiber)
  })

/** A pod on `node-1` that asks for a branch. */
export const pod = (name: string, facts: {
  readonly nodeName?: string
  readonly phase?: string
  readonly address?: string
  readonly annotation?: string
  readonly wants?: boolean
} = {}): Pod => ({
  metadata: {
    ...identity(name),
    resourceVersion: "1",
    ...(facts.annotation === undefined ? {} : { annotations: { [podEni]: facts.annotation } })
  },
  spec: {
    nodeName: facts.nodeName ?? "node-1",
    containers: [{ name: "main", resources: facts.wants === false ? {} : { limits: { [podEni]: "1" } } }]
  },
  status: { phase: facts.phase ?? "Pending", ...(facts.address === undefined ? {} : { podIP: facts.address }) }
})

/** The annotation of interface `number` under a VLAN id. */
export const annotation = (number: number, vlanId: number): string => writeBranchAnnotation(details(number, vlanId), "eight")

export const networkInterface = (number: number, facts: Partial<NetworkInterface> = {}): NetworkInterface => ({
  eniId: eni(number),
  type: "interface",
  status: "available",
  macAddress: `02:00:00:00:00:0${number}`,
  privateIp: `10.0.0.${number}`,
  ipv6Address: "",
  subnetId,
  vpcId,
  groups,
  description: "",
  ...facts,
  tags: {
    [clusterTag(clusterName)]: clusterTagValue,
    [ownerTag]: ownerTagValue,
    [instanceIdTag]: instanceId,
    ...facts.tags
  }
})

export const instance = (facts: Partial<Instance> = {}): Instance => ({
  instanceId,
  instanceType: "m5.large",
  state: "running",
  subnetId,
  vpcId,
  groups,
  attachments: [{
    eniId: eni(0x100),
    attachmentId: "attach-0",
    type: "interface",
    deviceIndex: 0,
    networkCard: 0,
    status: "attached",
    deleteOnTermination: true
  }],
  ...facts
})

export const member = (facts: Partial<Fleet.Member> = {}): Fleet.Member => ({
  instanceId,
  instanceType: "m5.large",
  nodeName: "node-1",
  subnet,
  groups,
  tags: {},
  recovered: true,
  trunk: Trunk.empty(instanceId, 9),
  ...facts
})

/** A ledger that asks for each by itself, and gathers nobody. */
const atOnce = (ec2: Ec2["Service"]): Ledger.Ledger => ({
  ...Ledger.make(ec2, clusterName),
  instance: (instanceId) => Effect.map(ec2.describeInstances([instanceId]), ([found]) => found),
  take: (instanceId) => ec2.describeInterfaces({ tags: { ...Ledger.ourTags(clusterName), [instanceIdTag]: [instanceId] } })
})

/** What reconcilers share, with nothing in it. */
export const parts = (facts: Partial<Parts> = {}): Parts => {
  const ec2 = facts.ec2 ?? noEc2
  const recorder = facts.recorder ?? { pod: () => Effect.void, node: () => Effect.void, about: () => Effect.void, forget: () => {} }
  return {
    kubernetes: noKubernetes,
    ec2,
    settings: { ...defaults, clusterName },
    version: "test",
    limits: publishedLimits,
    fleet: Fleet.make(),
    pods: PodStore.make(),
    nodes: { get: () => undefined, values: () => [] },
    cniNodes: { get: () => undefined, values: () => [] },
    eniConfigs: { get: () => undefined },
    serviceAccounts: { get: () => undefined },
    policies: () => noPolicies,
    configMap: () => silent,
    ledger: atOnce(ec2),
    subnets: Subnets.make(ec2),
    gate: SubnetGate.make(),
    recorder,
    nodeMemory: NodeMemory.make(recorder),
    told: Told.make(),
    ask: () => Effect.void,
    ...facts
  }
}
