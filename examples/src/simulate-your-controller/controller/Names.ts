import { clusterTag, clusterTagValue, instanceIdTag, ownerTag, ownerTagValue, trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import type { InstanceId } from "@branchline/core/model/Ids"
import type { NetworkInterface, Tags } from "@branchline/core/ports/Ec2"

/** The cluster whose interfaces are this controller's. */
export const clusterName = "example"

/** Whose a branch is: the pod's UID, and `namespace/name`, by which the pod can be read again. */
const podUidTag = "simulate-your-controller/pod-uid"
const podNameTag = "simulate-your-controller/pod-name"

export interface Tenant {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

/** By these it finds all that it ever made, whatever it remembers. */
export const ours = { [ownerTag]: [ownerTagValue], [clusterTag(clusterName)]: [clusterTagValue] }

export const trunkTags = (instanceId: InstanceId): Tags => ({ [ownerTag]: ownerTagValue, [clusterTag(clusterName)]: clusterTagValue, [instanceIdTag]: instanceId })

export const branchTags = (instanceId: InstanceId, trunkId: string, vlanId: number, { name, namespace, uid }: Tenant): Tags => ({
  ...trunkTags(instanceId),
  [trunkEniIdTag]: trunkId,
  [vlanIdTag]: String(vlanId),
  [podUidTag]: uid,
  [podNameTag]: `${namespace}/${name}`
})

export const instanceOf = ({ tags }: NetworkInterface): string => tags[instanceIdTag] ?? ""
export const trunkOf = ({ tags }: NetworkInterface): string => tags[trunkEniIdTag] ?? ""
export const vlanOf = ({ tags }: NetworkInterface): number => Number(tags[vlanIdTag])

/** The pod for which a branch was made. */
export const tenantOf = ({ tags }: NetworkInterface): Tenant => {
  const [namespace = "", name = ""] = (tags[podNameTag] ?? "").split("/")
  return { uid: tags[podUidTag] ?? "", namespace, name }
}
