import { deviceIndexes, type InstanceLimits } from "@branchline/core/limits/InstanceLimits"
import { trunkDescription } from "@branchline/core/model/Names"
import { Ec2, type Instance, type NetworkInterface } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import { instanceOf, trunkTags } from "./Names.js"

/** The highest that is free: the node's own agent takes them from the bottom. */
const freeDeviceIndex = ({ attachments }: Instance, limits: InstanceLimits): number => {
  const taken = new Set(attachments.filter(({ networkCard }) => networkCard === 0).map(({ deviceIndex }) => deviceIndex))
  let index = deviceIndexes(limits) - 1
  while (taken.has(index)) index -= 1
  return index
}

/**
 * Does the next thing that an instance's trunk needs: to be made, attached, and bound to go with its instance. Answers the trunk once nothing is
 * missing any more; until then there is another look.
 */
export const trunkFor = Effect.fnUntraced(function*(instance: Instance, limits: InstanceLimits, made: ReadonlyArray<NetworkInterface>) {
  const ec2 = yield* Ec2
  const { groups, instanceId, subnetId } = instance
  const attached = instance.attachments.find(({ type }) => type === "trunk")
  if (attached !== undefined) {
    if (!attached.deleteOnTermination) yield* ec2.deleteOnTermination(attached.eniId, attached.attachmentId)
    return attached.status === "attached" ? attached.eniId : undefined
  }
  const trunk = made.find((one) => one.type === "trunk" && instanceOf(one) === instanceId) ??
    (yield* ec2.createTrunk({ subnetId, groups, description: trunkDescription, tags: trunkTags(instanceId), clientToken: `trunk/${instanceId}` }))
  yield* ec2.permitAttachment(trunk.eniId)
  yield* ec2.attachTrunk({ trunkId: trunk.eniId, instanceId, deviceIndex: freeDeviceIndex(instance, limits) })
  return undefined
})
