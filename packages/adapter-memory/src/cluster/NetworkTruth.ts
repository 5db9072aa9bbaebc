import { Effect } from "effect"
import type { MemoryEc2 } from "../ec2/MemoryEc2.js"
import type { NetworkTruth } from "../kubernetes/kubelet/CniPlugin.js"

/** What EC2 really has, for the nodes' CNI plugins to compare annotations with. */
export const networkTruth = ({ truth }: MemoryEc2["Service"]): NetworkTruth => ({
  vlanOf: (instanceId, eniId) =>
    Effect.sync(() => {
      const association = truth.associationOf(eniId)
      return association !== undefined && truth.placeOf(association.trunkId) === instanceId ? association.vlanId : undefined
    }),
  hasTrunk: (instanceId) => Effect.sync(() => truth.trunkOf(instanceId) !== undefined)
})
