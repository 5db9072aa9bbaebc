import type { Branch } from "../../src/allocation/Branch.js"
import type { AllocationSettings } from "../../src/allocation/AllocationSettings.js"
import { branchOf, empty, type Trunk } from "../../src/allocation/Trunk.js"
import type { FailureKind } from "../../src/allocation/TrunkEvent.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import type { CNINode } from "../../src/model/CNINode.js"
import type { Event } from "../../src/model/Event.js"
import { AssociationId, EniId, InstanceId, PodUid, SecurityGroupId, VlanId } from "../../src/model/Ids.js"
import type { LabelSelector } from "../../src/model/LabelSelector.js"
import { podEni, securityGroupsForPodsFeature } from "../../src/model/Names.js"
import type { Node } from "../../src/model/Node.js"
import type { Pod } from "../../src/model/Pod.js"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import { writeBranchAnnotation } from "../../src/model/BranchAnnotation.js"
import * as PolicyIndex from "../../src/selection/PolicyIndex.js"
import type { PodStoryFacts } from "../../src/explain/Facts.js"

/** 2023-11-14T22:13:20Z. */
export const now = 1_700_000_000_000
export const seconds = 1000
export const nodeName = "ip-192-168-31-166.eu-west-1.compute.internal"
export const instanceId = InstanceId.make("i-0123456789abcdef0")
export const trunkId = EniId.make("eni-0aaaaaaaaaaaaaaaa")
export const subnetId = "subnet-0123456789abcdef0"

export const groups = (...ids: ReadonlyArray<string>) => ids.map((id) => SecurityGroupId.make(id))
export const eni = (n: number) => EniId.make(`eni-${n.toString(16).padStart(17, "0")}`)

const one = { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } }

/** A pod on the node, labelled `role: db`, whose first container asks. */
export const pod = (change: {
  readonly name?: string
  readonly labels?: Record<string, string>
  readonly annotations?: Pod["metadata"]["annotations"]
  readonly deleted?: boolean
  readonly asks?: boolean
  readonly phase?: string
  readonly spec?: Partial<Pod["spec"]>
} = {}): Pod => ({
  metadata: {
    name: change.name ?? "web-1",
    namespace: "default",
    uid: PodUid.make(`uid-${change.name ?? "web-1"}`),
    resourceVersion: "7",
    labels: change.labels ?? { role: "db" },
    annotations: change.annotations ?? {},
    deletionTimestamp: change.deleted ? "2023-11-14T22:13:19Z" : null
  },
  spec: {
    nodeName,
    containers: [{ name: "app", resources: change.asks === false ? {} : one }],
    ...change.spec
  },
  status: { phase: change.phase ?? "Pending" }
})

export const policy = (
  name: string,
  groupIds: ReadonlyArray<string>,
  selectors: { readonly pod?: LabelSelector; readonly serviceAccount?: LabelSelector } = { pod: { matchLabels: { role: "db" } } }
): SecurityGroupPolicy => ({
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
  spec: {
    podSelector: selectors.pod ?? null,
    serviceAccountSelector: selectors.serviceAccount ?? null,
    securityGroups: { groupIds: groups(...groupIds) }
  }
})

export const policies = (...all: ReadonlyArray<SecurityGroupPolicy>) => PolicyIndex.fromPolicies(all)

export const node = (change: {
  readonly labels?: Record<string, string>
  readonly capacity?: string
  readonly allocatable?: string
  readonly providerID?: string
} = {}): Node => ({
  metadata: {
    name: nodeName,
    uid: "uid-node",
    resourceVersion: "3",
    labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.large", ...change.labels }
  },
  spec: { providerID: change.providerID ?? `aws:///eu-west-1a/${instanceId}` },
  status: {
    capacity: { [podEni]: change.capacity ?? "9" },
    allocatable: { [podEni]: change.allocatable ?? change.capacity ?? "9" }
  }
})

export const cniNode = (...features: ReadonlyArray<{ readonly name: string; readonly value?: string }>): CNINode => ({
  metadata: { name: nodeName, uid: "uid-cninode", resourceVersion: "2" },
  spec: { features: features.map(({ name, value }) => ({ name, value: value ?? null })) }
})
export const asking = cniNode({ name: securityGroupsForPodsFeature })

export const event = (kind: "Pod" | "Node", reason: string, message: string, secondsAgo: number, type = "Warning"): Event => ({
  metadata: { name: `${reason}.1`, namespace: "default", uid: `uid-${reason}`, resourceVersion: "9" },
  involvedObject: kind === "Pod"
    ? { kind, namespace: "default", name: "web-1", uid: "uid-web-1" }
    : { kind, name: nodeName },
  type,
  reason,
  message,
  count: 1,
  lastTimestamp: `2023-11-14T22:13:${String(20 - secondsAgo).padStart(2, "0")}Z`
})

/** Facts in which nothing is wrong; the trunk knows nothing of the pod yet. */
export const facts = (change: Partial<PodStoryFacts> = {}): PodStoryFacts => ({
  namespace: "default",
  name: "web-1",
  pod: pod(),
  policies: policies(policy("db", ["sg-1"])),
  serviceAccount: { _tag: "NotAsked" },
  node: node(),
  cniNode: asking,
  trunk: ready(9),
  limits: publishedLimits,
  groups: groups("sg-node"),
  now,
  ...change
})

/** A trunk that is there and admits, with room for `limit` branches. */
export const ready = (limit: number, settings?: AllocationSettings): Trunk => {
  const there = step(empty(instanceId, limit, settings), { _tag: "TrunkChanged", trunkId, now: 0 }).trunk
  return step(there, { _tag: "AdmittingChanged", admitting: true, now: 0 }).trunk
}

const identity = (name: string) => ({ uid: PodUid.make(`uid-${name}`), namespace: "default", name })
const keyOf = (name: string) => PodUid.make(`uid-${name}`)

export const request = (trunk: Trunk, name = "web-1", at = now): Trunk =>
  step(trunk, { _tag: "PodRequested", pod: identity(name), groups: groups("sg-1"), fallback: false, subnetId, now: at }).trunk

export const fail = (trunk: Trunk, message: string, kind: FailureKind = "failed", name = "web-1", at = now): Trunk =>
  step(trunk, { _tag: "CommandFailed", key: keyOf(name), kind, message, now: at }).trunk

/** The pod's branch up to and with a step; `n` makes the interface's id. */
export const advance = (trunk: Trunk, to: "Permitting" | "Associating" | "Announcing" | "InUse", name = "web-1", n = 1, at = now): Trunk => {
  const key = keyOf(name)
  const face = { eniId: eni(n), macAddress: "02:00:00:00:00:01", privateIp: `192.168.0.${10 + n}`, ipv6Address: "" }
  let next = step(trunk, { _tag: "BranchCreated", key, interface: face, now: at }).trunk
  if (to === "Permitting") return next
  next = step(next, { _tag: "BranchPermitted", key, now: at }).trunk
  if (to === "Associating") return next
  next = step(next, { _tag: "BranchAssociated", key, associationId: AssociationId.make("trunk-assoc-1"), now: at }).trunk
  return to === "Announcing" ? next : step(next, { _tag: "PodAnnounced", key, annotation: "", now: at }).trunk
}

/** The pod has its branch in use. */
export const serve = (trunk: Trunk, name = "web-1", n = 1, at = now): Trunk => advance(request(trunk, name, at), "InUse", name, n, at)

export const release = (trunk: Trunk, name = "web-1", at = now): Trunk =>
  step(trunk, { _tag: "PodReleased", key: keyOf(name), mayIdle: false, now: at }).trunk

/** The annotation of a branch, as the controller writes it. */
export const annotation = (n = 1, vlanId = 1): Pod["metadata"]["annotations"] => ({
  [podEni]: writeBranchAnnotation({
    eniId: eni(n),
    ifAddress: "02:00:00:00:00:01",
    privateIp: `192.168.0.${10 + n}`,
    ipv6Addr: "",
    vlanId: VlanId.make(vlanId),
    subnetCidr: "192.168.0.0/19",
    subnetV6Cidr: "",
    associationID: AssociationId.make("trunk-assoc-1")
  }, "eight")
})

export const branch = (trunk: Trunk, name = "web-1"): Branch | undefined => branchOf(trunk, keyOf(name))
