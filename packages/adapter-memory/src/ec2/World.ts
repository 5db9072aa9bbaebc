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
  /** Where it has an IPv6 CIDR. */
  readonly nextIpv6: (() => string) | undefined
  /** Whether each new interface gets an IPv6 address by itself. */
  readonly assignsIpv6: boolean
}

/** A VPC, with the security group that an interface gets where none is named. */
export interface VpcRecord {
  readonly defaultGroup: SecurityGroupId
  readonly cidr: string
}

/** A security group; its rules are nobody's concern here. */
export interface GroupRecord {
  readonly vpcId: string
  readonly name: string
  readonly description: string
}

/** What an account may do with an interface. */
export interface Permission {
  readonly account: string
  readonly kind: "INSTANCE-ATTACH" | "EIP-ASSOCIATE"
}

/** An attachment whose status follows from the time. */
export interface AttachmentRecord extends Omit<Attachment, "status"> {
  /** Clock milliseconds at which it was asked for. */
  readonly askedAt: number
  /** Clock milliseconds at which it is `attached`. */
  readonly attachedAt: number
}

/** An instance with what hangs on it; its groups are those of the interface at device index 0. */
export interface InstanceRecord extends Omit<Instance, "attachments" | "groups"> {
  readonly attachments: ReadonlyArray<AttachmentRecord>
  /** Instances that one call launched have one. */
  readonly reservationId: string
  /** Clock milliseconds. */
  readonly launchedAt: number
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
  readonly vpcs: Map<string, VpcRecord>
  readonly groups: Map<SecurityGroupId, GroupRecord>
  readonly instances: Versions<InstanceId, InstanceRecord>
  readonly interfaces: Versions<EniId, NetworkInterface>
  /** One for each interface at most. */
  readonly permissions: Map<EniId, Permission>
  /** Interfaces whose source and destination are not checked. */
  readonly unchecked: Set<EniId>
  /** The instance by attached interface. */
  readonly placedOn: Map<EniId, InstanceId>
  readonly associations: Map<AssociationId, Association>
  readonly associationByBranch: Map<EniId, AssociationId>
  /** Per trunk: the association by VLAN id. */
  readonly vlans: Map<EniId, Map<VlanId, AssociationId>>
  /** Per trunk: when the VLAN id was last freed. */
  readonly freedVlans: Map<EniId, Map<VlanId, number>>
  /** When the last association of a branch ended. */
  readonly releasedAt: Map<EniId, number>
  readonly tokens: ClientTokens
  readonly observations: Array<Observation>
}

export const makeWorld = (settings: Settings, ids: Ids): World => ({
  settings,
  ids,
  subnets: new Map(),
  vpcs: new Map(),
  groups: new Map(),
  instances: makeVersions(() => settings.describeLag.max),
  interfaces: makeVersions(() => settings.describeLag.max),
  permissions: new Map(),
  unchecked: new Set(),
  placedOn: new Map(),
  associations: new Map(),
  associationByBranch: new Map(),
  vlans: new Map(),
  freedVlans: new Map(),
  releasedAt: new Map(),
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
export const instanceView = (world: World, record: InstanceRecord, time: number): Instance => {
  const { launchedAt: _at, reservationId: _reservation, ...instance } = record
  const primary = instance.attachments.find(({ deviceIndex, networkCard }) => deviceIndex === 0 && networkCard === 0)
  const groups = primary === undefined ? undefined : world.interfaces.at(primary.eniId, time)?.groups
  return {
    ...instance,
    groups: groups ?? [],
    attachments: instance.attachments.map(({ askedAt: _asked, attachedAt, ...attachment }) => ({
      ...attachment,
      status: time >= attachedAt ? "attached" : "attaching"
    }))
  }
}
