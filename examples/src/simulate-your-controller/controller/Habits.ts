import type { EniId } from "@branchline/core/model/Ids"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal } from "@branchline/core/model/PodTraits"
import { pods } from "@branchline/core/model/Resource"
import { Ec2, type NetworkInterface } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"
import { tenantOf, trunkOf } from "./Names.js"

/** What the controller can do well or badly: the decisions on which everything hangs, apart from the rest so that each can be got wrong by itself. */
export interface Habits {
  /** Whether the branch was made for this pod, on this trunk. */
  readonly isFor: (branch: NetworkInterface, pod: Pod, trunkId: EniId) => boolean
  /** Whether the pod that had the branch is over, for good. `living` are the UIDs of the pods that the last list showed alive. */
  readonly isOver: (branch: NetworkInterface, living: ReadonlySet<string>) => Effect.Effect<boolean, KubernetesError>
  /** The branches that may have to be released one day. */
  readonly owed: (branches: ReadonlyArray<NetworkInterface>, living: ReadonlySet<string>) => ReadonlyArray<NetworkInterface>
  readonly release: (eniId: EniId) => Effect.Effect<void, Ec2Error>
}

/** As they should be: a pod is its UID, the ledger is EC2, and before anything is taken away there is a fresh read. */
export const good: Effect.Effect<Habits, never, Kubernetes | Ec2> = Effect.gen(function*() {
  const kubernetes = yield* Kubernetes
  const ec2 = yield* Ec2
  return {
    isFor: (branch, { metadata }, trunkId) => tenantOf(branch).uid === metadata.uid && trunkOf(branch) === trunkId,
    isOver: (branch, living) => {
      const { name, namespace, uid } = tenantOf(branch)
      if (living.has(uid)) return Effect.succeed(false)
      return kubernetes.get(pods, { namespace, name }).pipe(
        Effect.map((pod) => pod.metadata.uid !== uid || isTerminal(pod)),
        Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(true))
      )
    },
    owed: (branches) => branches,
    release: ec2.deleteInterface
  }
})
