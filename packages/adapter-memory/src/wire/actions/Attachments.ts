import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { attach, detachAttachment } from "../../ec2/Instances.js"
import { type Action, action, type Calling, done } from "../Action.js"
import { existing, existingInterface } from "../Asking.js"
import { required, requiredId, whole } from "../Parameters.js"

const attachInterface = action("AttachNetworkInterface", {
  takes: ["NetworkInterfaceId", "InstanceId", "DeviceIndex", "NetworkCardIndex"],
  ignores: ["EnaSrdSpecification", "EnaQueueCount"],
  resources: (given, calling) => [
    existingInterface(calling, given.text("NetworkInterfaceId") ?? ""),
    existing(calling, "instance", given.text("InstanceId") ?? "")
  ],
  read: (given) =>
    Result.all({
      eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
      instanceId: requiredId<InstanceId>(given, "InstanceId", "i"),
      deviceIndex: Result.flatMap(required(given, "DeviceIndex"), () => Result.map(whole(given, "DeviceIndex"), (index = 0) => index)),
      networkCard: Result.map(whole(given, "NetworkCardIndex"), (card = 0) => card)
    }),
  effect: (place, { world }, now) => attach(world, place, now),
  summary: (attachmentId) => attachmentId,
  answer: (attachmentId, _, { networkCard }) => ({ attachmentId, networkCardIndex: networkCard })
})

const placeOf = ({ world }: Calling, attachmentId: string) => {
  for (const { attachments, instanceId } of world.instances.current.values()) {
    const attachment = attachments.find((one) => one.attachmentId === attachmentId)
    if (attachment !== undefined) return { eniId: attachment.eniId, instanceId }
  }
  return undefined
}

const detachInterface = action("DetachNetworkInterface", {
  takes: ["AttachmentId"],
  // Detaching takes no time here, so nothing has to be forced.
  ignores: ["Force"],
  resources: (given, calling) => {
    const place = placeOf(calling, given.text("AttachmentId") ?? "")
    return place === undefined ? [{ arn: "*", context: {} }] : [existingInterface(calling, place.eniId), existing(calling, "instance", place.instanceId)]
  },
  read: (given) => requiredId<string>(given, "AttachmentId", "eni-attach"),
  effect: (attachmentId, { world }, now) => detachAttachment(world, attachmentId, now),
  answer: done
})

export const attachmentActions: ReadonlyArray<Action> = [attachInterface, detachInterface]
