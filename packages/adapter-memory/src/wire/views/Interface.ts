import type { EniId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import type { AttachmentRecord, InstanceRecord, World } from "../../ec2/World.js"
import type { Account } from "../Action.js"
import type { Fields } from "../Document.js"
import { groupSet, iso, privateName, tagSet, zoneOf } from "./Parts.js"

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

export const attachmentStatus = ({ attachedAt }: AttachmentRecord, now: number): "attached" | "attaching" => now >= attachedAt ? "attached" : "attaching"

/** An attachment without the instance it belongs to, as `DescribeInstances` shows it. */
export const attachmentFields = (attachment: AttachmentRecord, now: number): Fields => ({
  attachmentId: attachment.attachmentId,
  deviceIndex: attachment.deviceIndex,
  networkCardIndex: attachment.networkCard,
  status: attachmentStatus(attachment, now),
  attachTime: iso(attachment.askedAt),
  deleteOnTermination: attachment.deleteOnTermination
})

/** What an interface has wherever it is shown. */
export const faceFields = (face: NetworkInterface, account: Account): Fields => {
  const sourceDestCheck = !account.world.unchecked.has(face.eniId)
  const named = face.privateIp === "" ? {} : { privateIpAddress: face.privateIp, privateDnsName: privateName(account, face.privateIp) }
  return {
    networkInterfaceId: face.eniId,
    subnetId: face.subnetId,
    vpcId: face.vpcId,
    description: face.description,
    ownerId: account.world.settings.account,
    status: face.status,
    macAddress: face.macAddress,
    ...named,
    privateIpAddressesSet: face.privateIp === "" ? [] : [{ ...named, primary: true }],
    ipv6AddressesSet: face.ipv6Address === "" ? [] : [{ ipv6Address: face.ipv6Address, isPrimaryIpv6: false }],
    sourceDestCheck,
    interfaceType: face.type,
    groupSet: groupSet(account, face.groups)
  }
}

/** An interface as `DescribeNetworkInterfaces` and `CreateNetworkInterface` show it. */
export const interfaceFields = ({ face, placed }: InterfaceRow, account: Account, now: number): Fields => ({
  ...faceFields(face, account),
  availabilityZone: zoneOf(account, face.subnetId),
  requesterManaged: false,
  attachment: placed === undefined ? undefined : {
    ...attachmentFields(placed.attachment, now),
    instanceId: placed.instance.instanceId,
    instanceOwnerId: account.world.settings.account
  },
  tagSet: tagSet(face.tags)
})
