import { trunkLimitsOf, type UnknownInstanceType } from "@branchline/core/limits/Limits"
import { Result } from "effect"
import { nodeLabelPlace, nodeLabelValues } from "./Asking.js"
import type { Place } from "./Place.js"
import type { Settings } from "./Settings.js"
import type { Labelled, Workload } from "./Subject.js"

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints"; the second is the older spelling. */
const typeLabels = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"] as const
/** Karpenter's label, `t3` of `t3.large`. Source: Karpenter, "NodePools: Well-Known Labels". */
const familyLabel = "karpenter.k8s.aws/instance-family"

/** What a type's limits say: whether it carries a trunk, or that the table does not know it. */
export type Trunking = "trunk" | "none" | UnknownInstanceType

export const trunkingOf = (type: string, { limits }: Settings): Trunking => {
  const found = trunkLimitsOf(limits, type)
  if (Result.isSuccess(found)) return "trunk"
  return found.failure._tag === "UnknownInstanceType" ? found.failure : "none"
}

/** The types that a workload's pods may land on, and where it says so; undefined where it leaves them open. */
export const typesOf = (workload: Workload, { limits }: Settings): { readonly types: ReadonlyArray<string>; readonly place: Place; readonly said: string } | undefined => {
  for (const label of typeLabels) {
    const types = nodeLabelValues(workload, label)
    if (types !== undefined) return { types, place: nodeLabelPlace(workload, label), said: [...new Set(types)].join(", ") }
  }
  const families = nodeLabelValues(workload, familyLabel)
  if (families === undefined) return undefined
  const types = [...limits.keys()].filter((type) => families.some((family) => type.startsWith(`${family}.`)))
  return types.length === 0 ? undefined : { types, place: nodeLabelPlace(workload, familyLabel), said: `${families.join(", ")} instances` }
}

/** A node's instance type, and the label that says so. */
export const typeOfNode = ({ metadata }: Labelled): { readonly type: string; readonly label: string } | undefined => {
  for (const label of typeLabels) {
    const type = metadata.labels?.[label]
    if (type !== undefined) return { type, label }
  }
  return undefined
}
