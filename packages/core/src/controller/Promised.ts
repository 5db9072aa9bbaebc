import { Effect } from "effect"
import type { PodIdentity } from "../allocation/Branch.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import type { EniId } from "../model/Ids.js"
import { isTerminal } from "../model/PodTraits.js"
import { pods as podResource } from "../model/Resource.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import { annotationOf, identityOf } from "./Ledger.js"
import type { Parts } from "./Parts.js"
import { steadyNow } from "./Steady.js"

/**
 * Whether an interface is promised to a pod that lives by an annotation that the cache does not show yet, because another controller wrote it:
 * then the event that says so. Reads the pod afresh, but only one that the cache takes for alive.
 */
export const promised = Effect.fnUntraced(function*(
  { kubernetes, pods }: Pick<Parts, "kubernetes" | "pods">,
  pod: PodIdentity | undefined,
  eniId: EniId
): Effect.fn.Return<TrunkEvent | undefined, KubernetesError> {
  const cached = pod === undefined ? undefined : pods.get(pod.uid)
  if (pod === undefined || cached === undefined || isTerminal(cached)) return undefined
  const found = yield* kubernetes.get(podResource, pod).pipe(
    Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(undefined))
  )
  if (found === undefined || found.metadata.uid !== pod.uid || isTerminal(found)) return undefined
  const details = annotationOf(found)
  if (details?.eniId !== eniId) return undefined
  return { _tag: "BranchHeld", pod: identityOf(found), details, now: yield* steadyNow }
})
