import { Effect } from "effect"
import type { MemoryEc2 } from "../ec2/MemoryEc2.js"
import type { NetworkTruth } from "../kubernetes/kubelet/CniPlugin.js"

/** What EC2 really has, for the nodes' CNI plugins to compare annotations with. */
export const networkTruth = ({ control }: MemoryEc2["Service"]): NetworkTruth => ({
  vlanOf: (instanceId, eniId) =>
    Effect.map(control.snapshot, ({ associations, instances }) => {
      const association = associations.find(({ branchId }) => branchId === eniId)
      const instance = instances.find((candidate) => candidate.instanceId === instanceId)
      const onTrunk = instance?.attachments.some((attachment) => attachment.eniId === association?.trunkId) ?? false
      return onTrunk ? association?.vlanId : undefined
    }),
  hasTrunk: (instanceId) =>
    Effect.map(control.snapshot, ({ instances }) =>
      instances.some((instance) =>
        instance.instanceId === instanceId && instance.attachments.some(({ type }) => type === "trunk")))
})
