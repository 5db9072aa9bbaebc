import type { AssociationId, EniId, InstanceId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import type { Attachment, Instance, NetworkInterface, Subnet } from "@branchline/core/ports/Ec2"
import type { AddressPool } from "./Addresses.js"
import { type ClientTokens, makeClientTokens } from "./ClientTokens.js"
import type { Ids } from "./Ids.js"
import type { Observation } from "./Observations.js"
import type { Settings } from "./Settings.js"
import { makeVersions, type Versions } from "./Versions.js"

/** A subnet and the addresses it hands out. */
export interface SubnetRecord {
  readonly subnetId: string
  readonly vpcId: string
  readonly zone: string
  /** Empty where it has none. */
  readonly cidr: string
  readonly ipv6Cidr: string
  readonly addresses: AddressPool | undefined
  /** Where the subnet assigns IPv6 addresses by itself. */
  readonly nextIpv6: (() => string) | undefined
}

/** An attachment whose status follows from the time. */
export interface AttachmentRecord extends Omit<Attachment, "status"> {
  /** Clock milliseconds at which it is `attached`. */
  readonly attachedAt: number
}

/** An instance with what hangs on it; its groups are those of the interface at device index 0. */
export interface InstanceRecord extends Omit<Instance, "attachments" | "groups"> {
  readonly attachments: ReadonlyArray<AttachmentRecord>
}

/** A branch under its trunk. */
export interface Association {
  readonly associationId: AssociationId
  readonly trunkId: EniId
  readonly branchId: EniId
  readonly vlanId: VlanId
}

/** All that the account has in the Region. Only the operations in this folder change it, each in one go between two yields. */
export interface World {
  readonly settings: Settings
  readonly ids: Ids
  readonly subnets: Map<string, SubnetRecord>
  /** The default security group by VPC. */
  readonly vpcs: Map<string, SecurityGroupId>
  /** The VPC by security group. */
  readonly groups: Map<SecurityGroupId, string>
  readonly instances: Versions<InstanceId, InstanceRecord>
  readonly interfaces: Versions<EniId, NetworkInterface>
  /** Interfaces with an INSTANCE-ATTACH permission. */
  readonly permitted: Set<EniId>
  /** The instance by attached interface. */
  readonly placedOn: Map<EniId, InstanceId>
  readonly associations: Map<AssociationId, Association>
  readonly associationByBranch: Map<EniId, AssociationId>
  /** Per trunk: the association by VLAN id. */
  readonly vlans: Map<EniId, Map<VlanId, AssociationId>>
  /** Per trunk: when the VLAN id was last freed. */
  readonly freedVlans: Map<EniId, Map<VlanId, number>>
  readonly tokens: ClientTokens
  readonly observations: Array<Observation>
}

export const makeWorld = (settings: Settings, ids: Ids): World => ({
  settings,
  ids,
  subnets: new Map(),
  vpcs: new Map(),
  groups: new Map(),
  instances: makeVersions(settings.describeLag.max),
  interfaces: makeVersions(settings.describeLag.max),
  permitted: new Set(),
  placedOn: new Map(),
  associations: new Map(),
  associationByBranch: new Map(),
  vlans: new Map(),
  freedVlans: new Map(),
  tokens: makeClientTokens(),
  observations: []
})

/** The subnet as a describe shows it. */
export const subnetView = (subnet: SubnetRecord): Subnet => ({
  subnetId: subnet.subnetId,
  vpcId: subnet.vpcId,
  cidr: subnet.cidr,
  ipv6Cidr: subnet.ipv6Cidr,
  freeAddresses: subnet.addresses?.free() ?? 0
})

/** The instance as a describe at `time` shows it. */
export const instanceView = (world: World, instance: InstanceRecord, time: number): Instance => {
  const primary = instance.attachments.find(({ deviceIndex, networkCard }) => deviceIndex === 0 && networkCard === 0)
  const groups = primary === undefined ? undefined : world.interfaces.at(primary.eniId, time)?.groups
  return {
    ...instance,
    groups: groups ?? [],
    attachments: instance.attachments.map(({ attachedAt, ...attachment }) => ({
      ...attachment,
      status: time >= attachedAt ? "attached" : "attaching"
    }))
  }
}
