import type { InstanceId } from "@branchline/core/model/Ids"
import { notFound } from "../../ec2/Refusal.js"
import type { InstanceRecord } from "../../ec2/World.js"
import type { Action } from "../Action.js"
import { describing, type Look } from "../Describing.js"
import type { Filterable } from "../Filters.js"
import { primaryOf, reservations, stateFields } from "../views/Instance.js"
import { privateName, zoneOf } from "../views/Parts.js"

const filters = (look: Look): Filterable<InstanceRecord> => {
  const { calling } = look
  const privateIp = (instance: InstanceRecord): ReadonlyArray<string> => [primaryOf(instance, look)?.privateIp ?? ""].filter((ip) => ip !== "")
  return {
    "instance-id": ({ instanceId }) => [instanceId],
    "instance-type": ({ instanceType }) => [instanceType],
    "instance-state-name": ({ state }) => [state],
    "instance-state-code": ({ state }) => [String(stateFields(state)["code"])],
    "instance.group-id": (instance) => primaryOf(instance, look)?.groups ?? [],
    "vpc-id": ({ vpcId }) => [vpcId],
    "subnet-id": ({ subnetId }) => [subnetId],
    "availability-zone": ({ subnetId }) => [zoneOf(calling, subnetId)],
    "owner-id": () => [calling.world.settings.account],
    "private-ip-address": privateIp,
    "private-dns-name": (instance) => privateIp(instance).map((ip) => privateName(calling, ip)),
    "reservation-id": ({ reservationId }) => [reservationId],
    "network-interface.network-interface-id": ({ attachments }) => attachments.map(({ eniId }) => eniId),
    "network-interface.attachment.attachment-id": ({ attachments }) => attachments.map(({ attachmentId }) => attachmentId)
  }
}

export const describeInstances: Action = describing<InstanceRecord, InstanceId>("DescribeInstances", {
  ids: { name: "InstanceId", prefix: "i", of: ({ instanceId }) => instanceId, missing: (instanceId) => notFound("instance", instanceId) },
  ignores: ["IncludeManagedResources"],
  size: { least: 5, most: 1_000, notWith: "InstanceId" },
  rows: ({ calling: { world: { instances } }, time }, asked) =>
    asked.length === 0 ? instances.allAt(time) : asked.flatMap((instanceId) => instances.at(instanceId, time) ?? []),
  filters,
  tags: ({ instanceId }, { tags }) => tags.get(instanceId) ?? {},
  set: "reservationSet",
  show: reservations
})
