import { Effect, Layer } from "effect"
import * as PodStore from "@branchline/core/controller/PodStore"
import { type Change, reflect } from "@branchline/core/controller/Reflector"
import * as WorkQueue from "@branchline/core/controller/WorkQueue"
import type { Pod } from "@branchline/core/model/Pod"
import { wantsBranch } from "@branchline/core/model/PodTraits"
import { pods, securityGroupPolicies } from "@branchline/core/model/Resource"
import type { PodUid } from "@branchline/core/model/Ids"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { groupsFor } from "@branchline/core/selection/Selection"

/**
 * Somebody else's controller, from Branchline's pieces: it needs no EC2 and changes nothing, so it runs beside EKS's own.
 *
 * A pod that was made before its policy, or while the webhook was away, runs with the node's security groups, and nobody says so. This
 * controller does, once, with an event on the pod.
 */
export const slippedPods = Effect.gen(function*() {
  const kubernetes = yield* Kubernetes
  const running = PodStore.make()
  const told = new Set<PodUid>()
  let policies = PolicyIndex.empty

  const look = Effect.fnUntraced(function*(uid: PodUid) {
    const pod = running.get(uid)
    if (pod === undefined || told.has(uid) || pod.spec.hostNetwork || wantsBranch(pod)) return WorkQueue.done
    const { labels, name, namespace } = pod.metadata
    const groups = groupsFor(policies, { namespace, labels: labels ?? {} }, { _tag: "NotAsked" })
    if (groups.length === 0) return WorkQueue.done
    const recorded = yield* Effect.result(kubernetes.recordEvent({
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
      type: "Warning",
      reason: "RunsWithoutItsGroups",
      message: `a SecurityGroupPolicy gives this pod [${groups.join(" ")}], but it was made without them; delete it to have it made anew`
    }))
    if (recorded._tag === "Failure") return WorkQueue.failed
    told.add(uid)
    return WorkQueue.done
  })

  const queue = yield* WorkQueue.make<PodUid, never>({ concurrency: 4 }, look)
  const ask = ({ metadata }: Pod) => queue.add(metadata.uid, { priority: "upkeep" })

  yield* reflect(securityGroupPolicies, {
    onChange: ({ _tag, object }) =>
      Effect.suspend(() => {
        policies = _tag === "Vanished" ? PolicyIndex.remove(policies, object.metadata) : PolicyIndex.upsert(policies, object)
        return Effect.forEach(running.values(), ask, { discard: true })
      })
  })
  yield* reflect(pods, {
    onChange: (change: Change<Pod>) =>
      Effect.suspend(() => {
        running.note(change)
        if (change._tag === "Vanished") told.delete(change.object.metadata.uid)
        return ask(change.object)
      })
  })
})

/** The controller as a layer over the Kubernetes port; it works as long as the layer lives. */
export const layer: Layer.Layer<never, never, Kubernetes> = Layer.effectDiscard(slippedPods)
