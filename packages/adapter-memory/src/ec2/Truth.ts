import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import type { Association, InstanceRecord, World } from "./World.js"

/** What is so at this very moment, one thing at a time: no call, no copy, no delay. */
export interface Truth {
  readonly interfaceOf: (eniId: EniId) => NetworkInterface | undefined
  readonly associationOf: (branchId: EniId) => Association | undefined
  readonly instanceOf: (instanceId: InstanceId) => InstanceRecord | undefined
  /** The instance that the interface is attached to. */
  readonly placeOf: (eniId: EniId) => InstanceId | undefined
  readonly trunkOf: (instanceId: InstanceId) => EniId | undefined
  readonly interfaces: () => IterableIterator<NetworkInterface>
}

export const makeTruth = (world: World): Truth => ({
  interfaceOf: (eniId) => world.interfaces.current.get(eniId),
  associationOf: (branchId) => {
    const associationId = world.associationByBranch.get(branchId)
    return associationId === undefined ? undefined : world.associations.get(associationId)
  },
  instanceOf: (instanceId) => world.instances.current.get(instanceId),
  placeOf: (eniId) => world.placedOn.get(eniId),
  trunkOf: (instanceId) => world.instances.current.get(instanceId)?.attachments.find(({ type }) => type === "trunk")?.eniId,
  interfaces: () => world.interfaces.current.values()
})
