import { clusterTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"

/** Whether an interface has the tags without which it is not the controller's to touch (contract §6). */
export const isOurs = (clusterName: string, { tags }: Pick<NetworkInterface, "tags">): boolean =>
  tags[ownerTag] === ownerTagValue && tags[clusterTag(clusterName)] !== undefined
