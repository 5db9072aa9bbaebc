import { fargateGroupsAnnotation, podEni } from "../model/Names.js"
import type { Pod } from "../model/Pod.js"
import { asksForBranch, kindOf } from "../model/PodTraits.js"
import type { Selection } from "../selection/Selection.js"
import type { CreationTimes } from "./Facts.js"

/** Why a pod that a policy selects does not ask for a branch. */
export type Missed =
  /** Every policy that matches was made after the pod; policies change nothing about pods that are there (contract §3). */
  | "policy came later"
  /** A matching policy was there before the pod: the webhook did not answer (it fails open, contract §4), or labels changed since. */
  | "webhook missed it"
  /** The times are not known. */
  | "unknown"

/** What admission made of a pod, read off the pod itself. */
export type Admission =
  | { readonly _tag: "HostNetwork" }
  /** `groups`: what its annotation says; undefined where it has none. */
  | { readonly _tag: "Fargate"; readonly groups: ReadonlyArray<string> | undefined; readonly missed: Missed | undefined }
  | { readonly _tag: "Windows" }
  /** The first container asks. `containers`: how many do. */
  | { readonly _tag: "Asks"; readonly containers: number; readonly selected: boolean }
  /** Others ask, the first does not. */
  | { readonly _tag: "AsksElsewhere"; readonly containers: ReadonlyArray<string> }
  | { readonly _tag: "Missed"; readonly why: Missed }
  | { readonly _tag: "NotConcerned" }

/** The names of the policies that match. */
export const matching = ({ policies }: Pick<Selection, "policies">): ReadonlyArray<string> =>
  policies.flatMap(({ policy, verdict }) => (verdict._tag === "Matched" ? [policy] : []))

/** Whether a service account decides that nobody looked at. */
export const isUndecided = ({ policies }: Pick<Selection, "policies">): boolean =>
  policies.some(({ verdict }) => verdict._tag === "ServiceAccountNotAsked")

const whyMissed = (policies: ReadonlyArray<string>, times: CreationTimes | undefined): Missed => {
  const made = policies.map((policy) => times?.policies?.[policy])
  const pod = times?.pod
  if (pod === undefined) return "unknown"
  if (made.some((at) => at !== undefined && at < pod)) return "webhook missed it"
  // A creation time is a whole second: equal ones leave the order open.
  return made.every((at) => at !== undefined && at > pod) ? "policy came later" : "unknown"
}

/**
 * What admission made of a pod.
 *
 * Source: contract §4 (who is left alone), §5 (the first container's limits alone count).
 */
export const admissionOf = (pod: Pod, selection: Selection, times: CreationTimes | undefined): Admission => {
  const policies = matching(selection)
  const kind = kindOf(pod.metadata.labels, pod.spec)
  if (kind === "hostNetwork") return { _tag: "HostNetwork" }
  if (kind === "fargate") {
    const annotation = pod.metadata.annotations?.[fargateGroupsAnnotation] ?? undefined
    return {
      _tag: "Fargate",
      groups: annotation === undefined ? undefined : annotation.split(",").filter((group) => group !== ""),
      missed: policies.length > 0 && annotation === undefined ? whyMissed(policies, times) : undefined
    }
  }
  if (kind === "windows") return { _tag: "Windows" }
  const asking = pod.spec.containers.filter(asksForBranch)
  if ((pod.spec.containers[0]?.resources?.limits?.[podEni] ?? "0") !== "0") {
    return { _tag: "Asks", containers: asking.length, selected: policies.length > 0 }
  }
  if (policies.length > 0) return { _tag: "Missed", why: whyMissed(policies, times) }
  return asking.length > 0 ? { _tag: "AsksElsewhere", containers: asking.map(({ name }) => name) } : { _tag: "NotConcerned" }
}
