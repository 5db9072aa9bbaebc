import type { EniId } from "@branchline/core/model/Ids"
import { notFound } from "../../ec2/Refusal.js"
import { type Action } from "../Action.js"
import { describing, type Look } from "../Describing.js"
import type { Filterable } from "../Filters.js"
import { attachmentStatus, interfaceFields, type InterfaceRow, type Placed, placesAt } from "../views/Interface.js"
import { privateName, zoneOf } from "../views/Parts.js"

const filters = ({ calling, now }: Look): Filterable<InterfaceRow> => {
  const { world } = calling
  const { account } = world.settings
  const where = (value: (placed: Placed) => string) => ({ placed }: InterfaceRow): ReadonlyArray<string> => placed === undefined ? [] : [value(placed)]
  return {
    "network-interface-id": ({ face }) => [face.eniId],
    "status": ({ face }) => [face.status],
    "vpc-id": ({ face }) => [face.vpcId],
    "subnet-id": ({ face }) => [face.subnetId],
    "availability-zone": ({ face }) => [zoneOf(calling, face.subnetId)],
    "group-id": ({ face }) => face.groups,
    "interface-type": ({ face }) => [face.type],
    "description": ({ face }) => [face.description],
    "private-ip-address": ({ face }) => [face.privateIp],
    "addresses.private-ip-address": ({ face }) => [face.privateIp],
    "addresses.primary": () => ["true"],
    "private-dns-name": ({ face }) => face.privateIp === "" ? [] : [privateName(calling, face.privateIp)],
    "ipv6-addresses.ipv6-address": ({ face }) => face.ipv6Address === "" ? [] : [face.ipv6Address],
    "mac-address": ({ face }) => [face.macAddress],
    "owner-id": () => [account],
    "requester-managed": () => ["false"],
    "source-dest-check": ({ face }) => [String(!world.unchecked.has(face.eniId))],
    "attachment.instance-id": where(({ instance }) => instance.instanceId),
    "attachment.instance-owner-id": where(() => account),
    "attachment.attachment-id": where(({ attachment }) => attachment.attachmentId),
    "attachment.device-index": where(({ attachment }) => String(attachment.deviceIndex)),
    "attachment.status": where(({ attachment }) => attachmentStatus(attachment, now)),
    "attachment.delete-on-termination": where(({ attachment }) => String(attachment.deleteOnTermination))
  }
}

export const describeInterfaces: Action = describing<InterfaceRow, EniId>("DescribeNetworkInterfaces", {
  ids: { name: "NetworkInterfaceId", prefix: "eni", of: ({ face }) => face.eniId, missing: (eniId) => notFound("interface", eniId) },
  ignores: ["IncludeManagedResources"],
  size: { least: 5, most: 1_000, notWith: "NetworkInterfaceId" },
  rows: ({ calling: { world }, time }, asked) => {
    const faces = asked.length === 0 ? world.interfaces.allAt(time) : asked.flatMap((eniId) => world.interfaces.at(eniId, time) ?? [])
    const places = placesAt(world, time)
    return faces.map((face) => ({ face, placed: places.get(face.eniId) }))
  },
  filters,
  tags: ({ face }) => face.tags,
  set: "networkInterfaceSet",
  show: (rows, { calling, now }) => rows.map((row) => interfaceFields(row, calling, now))
})
