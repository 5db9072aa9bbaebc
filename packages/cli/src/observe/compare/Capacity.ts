import { trunkLimitsOf } from "@branchline/core/limits/Limits"
import { computeTypeLabel, podEni } from "@branchline/core/model/Names"
import { asksForTrunk, osOf } from "@branchline/core/model/NodeTraits"
import { Result } from "effect"
import type { Observed } from "../Observed.js"
import type { Facts } from "./Facts.js"

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const instanceTypeLabel = "node.kubernetes.io/instance-type"

/** Without EC2: nodes that offer another number of branch interfaces than the type of their label carries, or than 0 where they do not ask for a trunk. */
export const capacityByLabel = ({ limits, nodes }: Facts): ReadonlyArray<Observed> =>
  nodes.flatMap(({ cniNode, node }): ReadonlyArray<Observed> => {
    const { labels, name } = node.metadata
    const type = labels?.[instanceTypeLabel]
    if (type === undefined || osOf(node) !== "linux" || labels?.[computeTypeLabel] === "auto") return []
    const carries = trunkLimitsOf(limits, type)
    if (Result.isFailure(carries)) return []
    const has = node.status?.capacity?.[podEni]
    const due = asksForTrunk(node, cniNode) ? carries.success.branches : 0
    return (has ?? "0") === String(due) ? [] : [{ _tag: "CapacityDiffers", node: name, has, due }]
  })
