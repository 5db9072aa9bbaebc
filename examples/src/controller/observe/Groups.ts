import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { mirrorPodAnnotation } from "@branchline/core/model/Names"
import type { Pod } from "@branchline/core/model/Pod"
import type { ServiceAccount } from "@branchline/core/model/ServiceAccount"
import type { PolicyIndex } from "@branchline/core/selection/PolicyIndex"
import { groupsFor, needsServiceAccount, type ServiceAccountFacts } from "@branchline/core/selection/Selection"

/** What groups are chosen from. */
export interface Choosing {
  readonly policies: () => PolicyIndex
  readonly serviceAccounts: { readonly get: (key: { readonly namespace: string; readonly name: string }) => ServiceAccount | undefined }
}

/** What is known of a pod's service account; one that the cache does not have is not there, or not yet. */
export const serviceAccountOf = ({ serviceAccounts }: Choosing, { metadata: { annotations, namespace }, spec }: Pod): ServiceAccountFacts => {
  if (annotations?.[mirrorPodAnnotation]) return { _tag: "Mirror" }
  const account = serviceAccounts.get({ namespace, name: spec.serviceAccountName || "default" })
  return account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account.metadata.labels ?? {} }
}

/** The groups that a pod's policies give it now; empty where none matches. */
export const groupsNow = (choosing: Choosing, pod: Pod): ReadonlyArray<SecurityGroupId> => {
  const { labels, namespace } = pod.metadata
  const selected = { namespace, labels: labels ?? {} }
  const index = choosing.policies()
  return groupsFor(index, selected, needsServiceAccount(index, selected) ? serviceAccountOf(choosing, pod) : { _tag: "NotAsked" })
}
