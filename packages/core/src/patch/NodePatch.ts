import type { Schema } from "effect"
import type { Node } from "../model/Node.js"

/**
 * The merge patch, for the node's `status` subresource, after which its capacity of `resource` is `count`; undefined where it is already
 * so. "0" is said, not left out: a missing entry would leave what an earlier patch set.
 *
 * @param count a whole number, 0 or more
 *
 * Source: contract §1.2; the form is that of a real cluster's audit log.
 *
 * @example nodeCapacity(node, "vpc.amazonaws.com/pod-eni", 9) // { status: { capacity: { "vpc.amazonaws.com/pod-eni": "9" } } }
 */
export const nodeCapacity = (node: Pick<Node, "status">, resource: string, count: number): Schema.JsonObject | undefined => {
  const quantity = String(count)
  return node.status?.capacity?.[resource] === quantity ? undefined : { status: { capacity: { [resource]: quantity } } }
}
