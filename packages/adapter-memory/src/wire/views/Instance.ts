import type { Instance, NetworkInterface } from "@branchline/core/ports/Ec2"
import type { InstanceRecord } from "../../ec2/World.js"
import type { Content, Fields } from "../Document.js"
import type { Look } from "../Describing.js"
import { attachmentFields, faceFields } from "./Interface.js"
import { groupSet, iso, privateName, tagSet, zoneOf } from "./Parts.js"

/** Source: Amazon EC2 API Reference, InstanceState. */
const codes: Readonly<Record<Instance["state"], number>> = { "pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80 }

export const stateFields = (state: Instance["state"]): Fields => ({ code: codes[state], name: state })

/** The interface at device index 0 of card 0, as long as there is one. */
export const primaryOf = ({ attachments }: InstanceRecord, { calling, time }: Look): NetworkInterface | undefined => {
  const primary = attachments.find(({ deviceIndex, networkCard }) => deviceIndex === 0 && networkCard === 0)
  return primary === undefined ? undefined : calling.world.interfaces.at(primary.eniId, time)
}

const instanceFields = (instance: InstanceRecord, look: Look): Fields => {
  const { calling, now, time } = look
  const primary = primaryOf(instance, look)
  const groups = groupSet(calling, primary?.groups ?? [])
  return {
    instanceId: instance.instanceId,
    imageId: "ami-00000000",
    instanceState: stateFields(instance.state),
    privateDnsName: primary === undefined || primary.privateIp === "" ? "" : privateName(calling, primary.privateIp),
    dnsName: "",
    amiLaunchIndex: 0,
    instanceType: instance.instanceType,
    launchTime: iso(instance.launchedAt),
    placement: { availabilityZone: zoneOf(calling, instance.subnetId), groupName: "", tenancy: "default" },
    monitoring: { state: "disabled" },
    subnetId: instance.subnetId,
    vpcId: instance.vpcId,
    privateIpAddress: primary?.privateIp || undefined,
    ipv6Address: primary?.ipv6Address || undefined,
    sourceDestCheck: primary === undefined ? undefined : !calling.world.unchecked.has(primary.eniId),
    groupSet: groups,
    networkInterfaceSet: instance.attachments.flatMap((attachment) => {
      const face = calling.world.interfaces.at(attachment.eniId, time)
      return face === undefined ? [] : [{ ...faceFields(face, calling), attachment: attachmentFields(attachment, now) }]
    }),
    tagSet: tagSet(calling.tags.get(instance.instanceId) ?? {})
  }
}

/** A reservation with those of its instances that are shown. */
export const reservationFields = (reservationId: string, instances: ReadonlyArray<InstanceRecord>, look: Look): Fields => ({
  reservationId,
  ownerId: look.calling.world.settings.account,
  groupSet: [],
  instancesSet: instances.map((instance) => instanceFields(instance, look))
})

/** Instances by reservation, in their order. */
export const reservations = (instances: ReadonlyArray<InstanceRecord>, look: Look): ReadonlyArray<Content> => {
  const byId = new Map<string, Array<InstanceRecord>>()
  for (const instance of instances) {
    const others = byId.get(instance.reservationId) ?? []
    others.push(instance)
    byId.set(instance.reservationId, others)
  }
  return [...byId].map(([reservationId, its]) => reservationFields(reservationId, its, look))
}
