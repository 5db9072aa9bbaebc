import { livingPods, podName } from "@branchline/core/explain/DifferencesPlaces"
import { kindOf, wantsBranch } from "@branchline/core/model/PodTraits"
import type { PodUid } from "@branchline/core/model/Ids"
import { select } from "@branchline/core/selection/Selection"
import { createdAt } from "../../explain/Moments.js"
import { madeAt, serviceAccountOf } from "../../explain/Policies.js"
import type { Observed } from "../Observed.js"
import type { Facts } from "./Facts.js"

/** Pods that ask for a branch interface although no policy selects them. */
export const unmatchedRequests = ({ pods }: Facts): ReadonlyArray<Observed> =>
  livingPods({ pods }).flatMap(({ groups, pod }): ReadonlyArray<Observed> =>
    groups?.length === 0 && wantsBranch(pod) && !pod.metadata.deletionTimestamp && kindOf(pod.metadata.labels, pod.spec) === "linux"
      ? [{ _tag: "RequestUnmatched", pod: podName(pod) }]
      : [])

/** Of the pods that do not ask, those that no webhook has missed: their policies came later. Of two made in one second nobody knows which was first. */
export const olderThanPolicies = (found: ReadonlyArray<Observed>, { index, pods, sight, wide }: Facts): ReadonlyArray<Observed> => {
  const uids = new Map(pods.map(({ pod }) => [podName(pod), pod.metadata.uid as PodUid]))
  return found.map((one): Observed => {
    if (one._tag !== "RequestMissing") return one
    const pod = wide.get(uids.get(one.pod) ?? "" as PodUid)
    const made = pod === undefined ? undefined : createdAt(pod)
    if (pod === undefined || made === undefined) return one
    const { metadata: { labels, name, namespace }, spec } = pod
    const policies = madeAt(sight.look, namespace)
    const { policies: decisions } = select({
      policies: index,
      pod: { name, namespace, labels: labels ?? {}, serviceAccountName: spec.serviceAccountName || "default" },
      serviceAccount: serviceAccountOf(sight.look, pod)
    })
    const matched = decisions.filter(({ verdict }) => verdict._tag === "Matched")
    return matched.every(({ policy }) => (policies[policy] ?? 0) > made) ? { _tag: "PolicyYounger", pod: one.pod, groups: one.groups } : one
  })
}
