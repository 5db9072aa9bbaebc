import type { BranchDetails } from "@branchline/core/model/BranchAnnotation"
import { AssociationId, type EniId, type InstanceId, type SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import { clusterTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { cniNodes, events, nodes as nodeResource, securityGroupPolicies, serviceAccounts } from "@branchline/core/model/Resource"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import type { Ec2Call, Parameters } from "../../../src/ec2/CallLog.js"
import type { Association, AttachmentRecord, InstanceRecord } from "../../../src/ec2/World.js"
import type { Document } from "../../../src/kubernetes/Document.js"
import type { Place } from "../../../src/kubernetes/ApiServer.js"
import * as Kinds from "../../../src/kubernetes/Kinds.js"
import type { Change } from "../../../src/kubernetes/Store.js"
import type { Book, PodRecord } from "../../../src/simulation/oracle/Book.js"
import type { Oracle } from "../../../src/simulation/oracle/Oracle.js"

export const clusterName = "seed"
export const ownTags = { [ownerTag]: ownerTagValue, [clusterTag(clusterName)]: "owned" }

/** `eni-a` is as good a name as any. */
export const eni = (name: string): EniId => `eni-${name}` as EniId
export const instance = (name: string): InstanceId => `i-${name}` as InstanceId
export const group = (name: string): SecurityGroupId => `sg-${name}` as SecurityGroupId

/** What an annotation says that names this interface under this VLAN id. */
export const naming = (name: string, vlanId: number): BranchDetails => ({
  eniId: eni(name),
  ifAddress: "02:00:00:00:00:01",
  privateIp: "10.0.0.8",
  ipv6Addr: "",
  vlanId: VlanId.make(vlanId),
  subnetCidr: "10.0.0.0/22",
  subnetV6Cidr: "",
  associationID: AssociationId.make(`trunk-assoc-${name}`)
})

const kinds = Kinds.make([])
const kindOf = (place: Place): Kinds.Kind => {
  const kind = kinds.at(place)
  if (kind === undefined) throw new Error(`${place.plural} are of no kind`)
  return kind
}

/** A write, as the API server tells of it. */
const change = (place: Place, before: Document | undefined, after: Document | undefined): Change =>
  ({ version: 1, at: 0, kind: kindOf(place), before, after, object: after ?? before ?? {} })

export const nodeChange = (before: Document | undefined, after: Document | undefined): Change => change(nodeResource, before, after)
export const policyChange = (before: Document | undefined, after: Document | undefined): Change => change(securityGroupPolicies, before, after)
export const accountChange = (before: Document | undefined, after: Document | undefined): Change => change(serviceAccounts, before, after)
export const cniNodeChange = (before: Document | undefined, after: Document | undefined): Change => change(cniNodes, before, after)
export const eventChange = (before: Document | undefined, after: Document | undefined): Change => change(events, before, after)

/** A small world in a test's hand: the node `node-1` is the instance `i-1`, which runs and has the trunk `eni-t1`; the time is an hour. */
export const scene = () => {
  let now = 3_600_000
  let cooldown = 60_000
  const starts = [0]
  const inherited = new Set<string>()
  const hidden = new Set<string>()
  const freedByHand = new Set<string>()
  let troubled = false
  let rivalled = false
  let outFrom = Infinity
  let outUntil = 0
  let recoveredAt: number | undefined
  const names = new Map<string, InstanceId>()
  const instances = new Map<string, InstanceRecord>()
  const interfaces = new Map<string, NetworkInterface>()
  const associations = new Map<string, Association>()
  const pods = new Map<string, PodRecord>()
  const tenants = new Map<string, Array<string>>()
  const excuses = new Map<string, string>()

  const placeOf = (eniId: EniId): InstanceId | undefined =>
    [...instances.values()].find(({ attachments }) => attachments.some((one) => one.eniId === eniId))?.instanceId
  const trunkOf = (instanceId: InstanceId): EniId | undefined => instances.get(instanceId)?.attachments.find(({ type }) => type === "trunk")?.eniId

  const book: Book = {
    now: () => now,
    truth: {
      interfaceOf: (eniId) => interfaces.get(eniId),
      associationOf: (eniId) => associations.get(eniId),
      instanceOf: (instanceId) => instances.get(instanceId),
      placeOf,
      trunkOf,
      interfaces: () => interfaces.values()
    },
    cooldown: () => cooldown,
    pods,
    living: () => [...pods.values()].filter(({ living }) => living),
    tenantsOf: (eniId) => (tenants.get(eniId) ?? []).flatMap((uid) => pods.get(uid) ?? []),
    instanceOf: (nodeName) => names.get(nodeName),
    starts: () => starts,
    inherited: (eniId) => inherited.has(eniId),
    hidden: (eniId) => hidden.has(eniId),
    troubled: () => troubled,
    freedByHand: (nodeName) => freedByHand.has(nodeName),
    rivalled: () => rivalled,
    outFrom: () => outFrom,
    outUntil: () => outUntil,
    recoveredAt: () => recoveredAt,
    excuse: (uid) => excuses.get(uid)
  }

  const attachment = (eniId: EniId, type: AttachmentRecord["type"], deviceIndex: number): AttachmentRecord =>
    ({ eniId, attachmentId: `eni-attach-${eniId}`, type, deviceIndex, networkCard: 0, deleteOnTermination: true, askedAt: 0, attachedAt: 0 })

  const put = (name: string, changes: Partial<NetworkInterface> = {}): NetworkInterface => {
    const found: NetworkInterface = {
      eniId: eni(name),
      type: "interface",
      status: "available",
      macAddress: "02:00:00:00:00:01",
      privateIp: "10.0.0.8",
      ipv6Address: "",
      subnetId: "subnet-1",
      vpcId: "vpc-1",
      groups: [group("web")],
      description: "",
      tags: ownTags,
      ...changes
    }
    interfaces.set(found.eniId, found)
    return found
  }

  const launch = (name: string, trunk: string | undefined, changes: Partial<InstanceRecord> = {}): void => {
    const instanceId = instance(name)
    put(`p${name}`, { tags: {}, groups: [group("node")] })
    if (trunk !== undefined) put(trunk, { type: "trunk", status: "in-use" })
    instances.set(instanceId, {
      instanceId,
      instanceType: "m5.large",
      state: "running",
      subnetId: "subnet-1",
      vpcId: "vpc-1",
      attachments: [attachment(eni(`p${name}`), "interface", 0), ...(trunk === undefined ? [] : [attachment(eni(trunk), "trunk", 2)])],
      reservationId: "r-1",
      launchedAt: 0,
      ...changes
    })
  }

  /** Hangs a branch under a trunk, as EC2 knows it. */
  const branch = (name: string, vlanId: number, trunk = "t1"): void => {
    put(name, { type: "branch", status: "in-use" })
    const { associationID: associationId } = naming(name, vlanId)
    associations.set(eni(name), { associationId, trunkId: eni(trunk), branchId: eni(name), vlanId: VlanId.make(vlanId) })
  }

  /** The pod's record from now on, which is also what an oracle is told of; of one that was there before the rest stays. */
  const pod = (name: string, changes: Partial<PodRecord> = {}): PodRecord => {
    const record: PodRecord = {
      uid: `uid-${name}`,
      name: `default/${name}`,
      document: { metadata: { name, namespace: "default", uid: `uid-${name}`, labels: { app: "web" } } },
      asks: true,
      nodeName: "node-1",
      instanceId: instance("1"),
      boundAt: now,
      phase: "Running",
      living: true,
      endedAt: undefined,
      details: undefined,
      spoilt: false,
      ...pods.get(`uid-${name}`),
      ...changes
    }
    pods.set(record.uid, record)
    const eniId = record.details?.eniId
    if (eniId !== undefined && !tenants.get(eniId)?.includes(record.uid)) tenants.set(eniId, [...tenants.get(eniId) ?? [], record.uid])
    return record
  }

  const called = (action: string, parameters: Parameters, outcome: Ec2Call["outcome"]): Ec2Call => ({ at: now, action, parameters, outcome, requestId: "r" })

  launch("1", "t1")
  names.set("node-1", instance("1"))

  return {
    book,
    launch,
    put,
    branch,
    pod,
    /** The node's name stands for the instance from now on. */
    rename: (nodeName: string, name: string) => void names.set(nodeName, instance(name)),
    terminate: (name: string) => void instances.set(instance(name), { ...instances.get(instance(name))!, state: "terminated" }),
    forget: (nodeName: string) => void names.delete(nodeName),
    gone: (name: string) => void interfaces.delete(eni(name)),
    loose: (name: string) => void associations.delete(eni(name)),
    /** The pod ended at this moment. */
    end: (name: string) => pod(name, { living: false, phase: "Succeeded", endedAt: now }),
    excuse: (name: string) => void excuses.set(`uid-${name}`, "somebody's own deed"),
    later: (millis: number) => void (now += millis),
    start: () => void starts.push(now),
    inherit: (name: string) => void inherited.add(eni(name)),
    hide: (name: string) => void hidden.add(eni(name)),
    hideInstance: (name: string) => void hidden.add(instance(name)),
    trouble: () => void (troubled = true),
    free: (nodeName: string) => void freedByHand.add(nodeName),
    rival: () => void (rivalled = true),
    outFor: (millis: number) => {
      outFrom = now
      outUntil = now + millis
    },
    recover: () => void (recoveredAt = now),
    cool: (millis: number) => void (cooldown = millis),
    /** What the oracle says of the pod's record after these changes. */
    told: (oracle: Oracle, name: string, changes: Partial<PodRecord> = {}): string | undefined => {
      const before = pods.get(`uid-${name}`)
      return oracle.pod?.(pod(name, changes), before, book)
    },
    done: (oracle: Oracle, action: string, parameters: Parameters, answer = ""): string | undefined =>
      oracle.call?.(called(action, parameters, { _tag: "done", answer }), book),
    refused: (oracle: Oracle, action: string, parameters: Parameters, code = "InternalError"): string | undefined =>
      oracle.call?.(called(action, parameters, { _tag: "refused", code }), book),
    written: (oracle: Oracle, one: Change): string | undefined => oracle.change?.(one, book),
    calm: (oracle: Oracle): ReadonlyArray<string> | undefined => oracle.calm?.(book)
  }
}
