import { Effect } from "effect"
import { mirrorPodAnnotation } from "../model/Names.js"
import type { SecurityGroupId } from "../model/Ids.js"
import type { Pod } from "../model/Pod.js"
import { serviceAccounts } from "../model/Resource.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import type { Labels } from "../selection/LabelSelector.js"
import { groupsFor, needsServiceAccount, type ServiceAccountFacts } from "../selection/Selection.js"
import type { Parts } from "./Parts.js"

type Sources = Pick<Parts, "kubernetes" | "serviceAccounts" | "policies">

/** A service account's labels: from the cache, live where the cache has none; undefined where there is no such account (contract §3). */
export const serviceAccountLabels = (
  { kubernetes, serviceAccounts: cache }: Pick<Sources, "kubernetes" | "serviceAccounts">,
  namespace: string,
  name: string
): Effect.Effect<Labels | undefined, KubernetesError> => {
  const cached = cache.get({ namespace, name })
  if (cached !== undefined) return Effect.succeed(cached.metadata.labels ?? {})
  return kubernetes.get(serviceAccounts, { namespace, name }).pipe(
    Effect.map((found): Labels | undefined => found.metadata.labels ?? {}),
    Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(undefined))
  )
}

/** The groups that policies give a pod now; empty where none matches. */
export const groupsOf = Effect.fnUntraced(function*(
  sources: Sources,
  pod: Pod
): Effect.fn.Return<ReadonlyArray<SecurityGroupId>, KubernetesError> {
  const { annotations, labels, namespace } = pod.metadata
  const selected = { namespace, labels: labels ?? {} }
  // One index for both questions: a policy that comes in between must not count in one of them only.
  const index = sources.policies()
  if (!needsServiceAccount(index, selected)) return groupsFor(index, selected, { _tag: "NotAsked" })
  if (annotations?.[mirrorPodAnnotation]) return groupsFor(index, selected, { _tag: "Mirror" })
  const account = yield* serviceAccountLabels(sources, namespace, pod.spec.serviceAccountName || "default")
  const facts: ServiceAccountFacts = account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account }
  return groupsFor(index, selected, facts)
})
