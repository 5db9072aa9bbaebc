import { namedInstance } from "../model/CNINode.js"
import { instanceOf } from "../model/Node.js"
import { osOf } from "../model/NodeTraits.js"
import type { InstanceId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import type { Expected } from "./Ahead.js"
import { annotationOf, isWaiting } from "./Ledger.js"
import type { Parts } from "./Parts.js"

const hasWaiting = ({ pods }: Pick<Parts, "pods">, nodeName: string): boolean => pods.onNode(nodeName).some(isWaiting)

/**
 * Whether somebody waits for a node: its pods for their branches, or the scheduler for its capacity. After a restart most nodes have both, and
 * can wait for those that do not.
 */
export const isAwaited = (parts: Pick<Parts, "pods" | "nodes">, nodeName: string): boolean => {
  const capacity = parts.nodes.get({ name: nodeName })?.status?.capacity?.[podEni]
  return capacity === undefined || hasWaiting(parts, nodeName)
}

/** The instances whose ledger is to be read, those with waiting pods first, and how many interfaces each will have: a trunk, and one for each pod served. */
export const expectedOf = (parts: Pick<Parts, "pods" | "nodes">): ReadonlyArray<Expected> => {
  const all = [...parts.nodes.values()].flatMap((node) => {
    const instanceId = instanceOf(node)
    if (instanceId === undefined || osOf(node) !== "linux") return []
    const { name } = node.metadata
    const interfaces = 1 + parts.pods.onNode(name).filter((pod) => annotationOf(pod) !== undefined).length
    return [{ instanceId, interfaces, first: hasWaiting(parts, name) }]
  })
  return [...all.filter(({ first }) => first), ...all.filter(({ first }) => !first)]
}

/** The instances that CNINodes name, and no node. */
export const awayOf = ({ cniNodes, nodes }: Pick<Parts, "cniNodes" | "nodes">): ReadonlyArray<InstanceId> => {
  const present = new Set([...nodes.values()].map(instanceOf))
  return [...cniNodes.values()].flatMap((cniNode) => {
    const instanceId = namedInstance(cniNode)
    return instanceId === undefined || present.has(instanceId) ? [] : [instanceId]
  })
}
