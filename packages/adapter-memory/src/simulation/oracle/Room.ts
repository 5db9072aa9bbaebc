import { limitsOf, publishedLimits } from "@branchline/core/limits/Limits"
import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { Result } from "effect"
import type { Truth } from "../../ec2/Truth.js"
import { type Document, textAt } from "../../kubernetes/Document.js"
import type { Book } from "./Book.js"

/** How many branches an instance of the type carries. */
export const branchesOf = (instanceType: string): number => {
  const limits = limitsOf(publishedLimits, instanceType)
  return Result.isSuccess(limits) ? limits.success.branches : 0
}

/** How many branches the scheduler may give to pods of the node. */
export const roomOf = (node: Document): number => Number(textAt(node, "status", "allocatable", podEni) ?? "0")

/** The interfaces that EC2 has associated with a trunk. */
export const hangingUnder = (truth: Truth, trunkId: EniId): ReadonlyArray<EniId> =>
  [...truth.interfaces()].flatMap(({ eniId }) => truth.associationOf(eniId)?.trunkId === trunkId ? [eniId] : [])

/** Whether EC2 would refuse one more branch on the instance's trunk: of more pods that name their node than it carries, some wait. */
export const isFull = ({ truth }: Book, instanceId: InstanceId | undefined): boolean => {
  const instance = instanceId === undefined ? undefined : truth.instanceOf(instanceId)
  const trunkId = instanceId === undefined ? undefined : truth.trunkOf(instanceId)
  if (instance === undefined || trunkId === undefined) return false
  return hangingUnder(truth, trunkId).length >= branchesOf(instance.instanceType)
}
