import type { EniId } from "@branchline/core/model/Ids"
import type { NetworkInterface, Tags } from "@branchline/core/ports/Ec2"
import { DateTime } from "effect"
import type { AttachmentRecord, InstanceRecord, World } from "../ec2/World.js"
import type { Calling } from "./Action.js"
import type { Content, Fields } from "./Document.js"

export const tagSet = (tags: Tags): Content => Object.entries(tags).map(([key, value]) => ({ key, value }))

export const groupSet = (groups: ReadonlyArray<string>): Content => groups.map((groupId) => ({ groupId, groupName: groupId }))

/** What is attached where, at a moment. */
export interface Placed {
  readonly instance: InstanceRecord
  readonly attachment: AttachmentRecord
}

/** An interface with its attachment, as a describe finds it. */
export interface InterfaceRow {
  readonly face: NetworkInterface
  readonly placed: Placed | undefined
}

/** Where each interface hangs, as it was at `time`. */
export const placesAt = (world: World, time: number): ReadonlyMap<EniId, Placed> =>
  new Map(world.instances.allAt(time).flatMap((instance) => instance.attachments.map((attachment) => [attachment.eniId, { instance, attachment }] as const)))

export const zoneOf = (world: World, subnetId: string): string => world.subnets.get(subnetId)?.zone ?? ""

export const attachmentStatus = ({ attachedAt }: AttachmentRecord, now: number): "attached" | "attaching" => now >= attachedAt ? "attached" : "attaching"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const attachmentFields = ({ attachment, instance }: Placed, account: string, now: number): Fields => ({
  attachmentId: attachment.attachmentId,
  instanceId: instance.instanceId,
  instanceOwnerId: account,
  deviceIndex: attachment.deviceIndex,
  networkCardIndex: attachment.networkCard,
  status: attachmentStatus(attachment, now),
  attachTime: iso(attachment.attachedAt),
  deleteOnTermination: attachment.deleteOnTermination
})

const privateName = (privateIp: string, region: string): string => `ip-${privateIp.replaceAll(".", "-")}.${region}.compute.internal`

/** An interface as `DescribeNetworkInterfaces` and `CreateNetworkInterface` show it. */
export const interfaceFields = ({ face, placed }: InterfaceRow, { region, world }: Calling, now: number): Fields => ({
  networkInterfaceId: face.eniId,
  subnetId: face.subnetId,
  vpcId: face.vpcId,
  availabilityZone: zoneOf(world, face.subnetId),
  description: face.description,
  ownerId: world.settings.account,
  requesterManaged: false,
  status: face.status,
  macAddress: face.macAddress,
  ...(face.privateIp === "" ? {} : {
    privateIpAddress: face.privateIp,
    privateDnsName: privateName(face.privateIp, region),
    privateIpAddressesSet: [{ privateIpAddress: face.privateIp, primary: true }]
  }),
  ipv6AddressesSet: face.ipv6Address === "" ? [] : [{ ipv6Address: face.ipv6Address }],
  sourceDestCheck: true,
  interfaceType: face.type,
  groupSet: groupSet(face.groups),
  attachment: placed === undefined ? undefined : attachmentFields(placed, world.settings.account, now),
  tagSet: tagSet(face.tags)
})

const stateCodes = { "pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80 } as const

/** An instance as `DescribeInstances` and `RunInstances` show it. */
export const instanceFields = (instance: InstanceRecord, { region, tags, world }: Calling, time: number, now: number): Fields => {
  const faces = instance.attachments.flatMap((attachment) => {
    const face = world.interfaces.at(attachment.eniId, time)
    return face === undefined ? [] : [{ face, attachment }]
  })
  const primary = faces.find(({ attachment }) => attachment.deviceIndex === 0 && attachment.networkCard === 0)?.face
  return {
    instanceId: instance.instanceId,
    imageId: "ami-00000000",
    instanceState: { code: stateCodes[instance.state], name: instance.state },
    privateDnsName: primary === undefined ? "" : privateName(primary.privateIp, region),
    privateIpAddress: primary?.privateIp || undefined,
    instanceType: instance.instanceType,
    placement: { availabilityZone: zoneOf(world, instance.subnetId), tenancy: "default" },
    subnetId: instance.subnetId,
    vpcId: instance.vpcId,
    groupSet: groupSet(primary?.groups ?? []),
    networkInterfaceSet: faces.map(({ attachment, face }) => ({
      networkInterfaceId: face.eniId,
      subnetId: face.subnetId,
      vpcId: face.vpcId,
      description: face.description,
      ownerId: world.settings.account,
      status: face.status,
      macAddress: face.macAddress,
      privateIpAddress: face.privateIp || undefined,
      interfaceType: face.type,
      groupSet: groupSet(face.groups),
      attachment: attachmentFields({ attachment, instance }, world.settings.account, now)
    })),
    tagSet: tagSet(tags.get(instance.instanceId) ?? {})
  }
}
