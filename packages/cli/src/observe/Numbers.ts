import { detailsOf } from "@branchline/core/explain/DifferencesPlaces"
import { podEni } from "@branchline/core/model/Names"
import { asksForTrunk } from "@branchline/core/model/NodeTraits"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { itemsOf } from "../cluster/Found.js"
import type { Sight } from "./Sight.js"

/** How much there is of what is observed. */
export interface Numbers {
  /** Living pods that ask for a branch interface: those that have one, those that are bound and have none yet, and those that have no node. */
  readonly served: number
  readonly waiting: number
  readonly unbound: number
  /** Nodes that ask for a trunk, and the others. */
  readonly asking: number
  readonly others: number
  /** Branch interfaces that the nodes offer to the scheduler. */
  readonly slots: number
}

export const numbersOf = ({ look: { cluster } }: Sight): Numbers => {
  const pods = itemsOf(cluster.pods).filter((pod) => wantsBranch(pod) && !isTerminal(pod))
  const nodes = itemsOf(cluster.nodes)
  const cniNodes = new Map(itemsOf(cluster.cniNodes).map((cniNode) => [cniNode.metadata.name, cniNode]))
  const asking = nodes.filter((node) => asksForTrunk(node, cniNodes.get(node.metadata.name))).length
  const served = pods.filter((pod) => detailsOf(pod) !== undefined).length
  const unbound = pods.filter((pod) => !pod.spec.nodeName && detailsOf(pod) === undefined).length
  return {
    served,
    unbound,
    waiting: pods.length - served - unbound,
    asking,
    others: nodes.length - asking,
    slots: nodes.reduce((sum, { status }) => sum + (Number(status?.capacity?.[podEni] ?? 0) || 0), 0)
  }
}
