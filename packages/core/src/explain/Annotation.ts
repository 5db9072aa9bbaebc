import { Result } from "effect"
import { branchOf, branchesOf, type Trunk } from "../allocation/Trunk.js"
import { type BranchDetails, readBranchAnnotation } from "../model/BranchAnnotation.js"
import type { EniId } from "../model/Ids.js"
import { podEni } from "../model/Names.js"
import type { Pod } from "../model/Pod.js"
import type { NodeFacts } from "./Facts.js"

/** How the branch that an annotation names stands to the one that the trunk knows. */
export type Naming =
  /** Nobody looked at the trunk, or it is not ready to answer. */
  | { readonly _tag: "NotLooked" }
  | { readonly _tag: "Same" }
  | {
    readonly _tag: "Another"
    readonly known: EniId | undefined
    readonly knownVlanId: number | undefined
    readonly holder: string | undefined
  }

/** The annotation `vpc.amazonaws.com/pod-eni`, as the CNI plugin would take it. */
export type Annotation =
  | { readonly _tag: "Missing" }
  /** `why` the plugin would refuse it. */
  | { readonly _tag: "Unreadable"; readonly why: string }
  | { readonly _tag: "Readable"; readonly details: BranchDetails; readonly naming: Naming }

const namingOf = (trunk: Trunk, pod: Pod, details: BranchDetails): Naming => {
  const own = branchOf(trunk, pod.metadata.uid)
  if (own?.interface?.eniId === details.eniId && (own.vlanId === undefined || own.vlanId === details.vlanId)) return { _tag: "Same" }
  const holder = branchesOf(trunk).find((branch) => branch !== own && branch.interface?.eniId === details.eniId)?.pod
  return {
    _tag: "Another",
    known: own?.interface?.eniId,
    knownVlanId: own?.vlanId,
    holder: holder === undefined ? undefined : `${holder.namespace}/${holder.name}`
  }
}

/** What a pod's annotation says. */
export const annotationOf = (pod: Pod, { recovered, trunk }: Pick<NodeFacts, "trunk" | "recovered">): Annotation => {
  const text = pod.metadata.annotations?.[podEni]
  if (text === undefined || text === null) return { _tag: "Missing" }
  const read = readBranchAnnotation(text)
  if (Result.isFailure(read)) return { _tag: "Unreadable", why: read.failure }
  const details = read.success
  const naming: Naming = trunk === undefined || trunk === "absent" || recovered === false
    ? { _tag: "NotLooked" }
    : namingOf(trunk, pod, details)
  return { _tag: "Readable", details, naming }
}
