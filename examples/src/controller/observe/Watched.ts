import * as Admitting from "@branchline/core/controller/Admitting"
import { annotationOf } from "@branchline/core/controller/Ledger"
import * as PodStore from "@branchline/core/controller/PodStore"
import { type Change, emptyCache, reflect } from "@branchline/core/controller/Reflector"
import type { CNINode } from "@branchline/core/model/CNINode"
import type { ENIConfig } from "@branchline/core/model/ENIConfig"
import type { EniId, PodUid } from "@branchline/core/model/Ids"
import type { Node } from "@branchline/core/model/Node"
import type { Pod } from "@branchline/core/model/Pod"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { cniNodes as cniNodeResource, eniConfigs as eniConfigResource, nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Clock, Effect, Latch, type Scope } from "effect"
import type { ClusterSight } from "./Sight.js"

/** The cluster as it is watched. */
export interface Watched extends ClusterSight {
  readonly admitting: Admitting.AdmittingService
  /** Since when a pod has been seen bound, asking and without annotation. */
  readonly waitingSince: ReadonlyMap<PodUid, number>
  /** The interfaces of pods that have ended since the last call, and when each did. */
  readonly takeEnded: () => ReadonlyMap<EniId, number>
  /** The nodes about which something has changed since the last call; `everything` where it may concern any. */
  readonly takeChanged: () => { readonly nodes: ReadonlySet<string>; readonly everything: boolean }
  /** Returns when there is something to take. */
  readonly changed: Effect.Effect<void>
  /** There is something to take, although nothing has changed here. */
  readonly wake: Effect.Effect<void>
  /** Whether nodes have come, gone or asked since EC2 was last asked about them. */
  readonly hasNewNodes: () => boolean
  /** From now on EC2 knows of those that are there. */
  readonly takeNewNodes: () => void
}

/** Watches all that is looked at, until the scope ends. Returns when it is known. */
export const watch = Effect.fnUntraced(function*(settings: Admitting.AdmittingSettings): Effect.fn.Return<Watched, never, Kubernetes | Scope.Scope> {
  const pods = PodStore.make()
  const nodes = emptyCache<Node>()
  const cniNodes = emptyCache<CNINode>()
  const eniConfigs = emptyCache<ENIConfig>()
  const waitingSince = new Map<PodUid, number>()
  let ended = new Map<EniId, number>()
  let dirty = new Set<string>()
  let everything = true
  let nodesChanged = false
  const news = yield* Latch.make(true)
  const note = (nodeName: string | undefined): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (nodeName === undefined) everything = true
      else dirty.add(nodeName)
      return Effect.asVoid(news.open)
    })
  const all = note(undefined)

  const podChanged = (change: Change<Pod>): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      pods.note(change)
      const { object } = change
      const { uid } = object.metadata
      const over = change._tag === "Vanished" || isTerminal(object)
      const eniId = annotationOf(object)?.eniId
      if (over && eniId !== undefined && !ended.has(eniId)) ended.set(eniId, now)
      const waits = !over && object.spec.nodeName && wantsBranch(object) && annotationOf(object) === undefined
      if (!waits) waitingSince.delete(uid)
      else if (!waitingSince.has(uid)) waitingSince.set(uid, now)
      return object.spec.nodeName ? note(object.spec.nodeName) : Effect.void
    })
  const nodeChanged = ({ _tag, object }: Change<Node>): Effect.Effect<void> => {
    // A heartbeat is no news of the instance.
    if (_tag !== "Changed") nodesChanged = true
    return note(object.metadata.name)
  }
  const cniNodeChanged = ({ object }: Change<CNINode>): Effect.Effect<void> => {
    nodesChanged = true
    return note(object.metadata.name)
  }

  const admitting = yield* Admitting.make(settings)
  yield* admitting.follow({ policy: () => all, serviceAccount: () => all, configMap: () => all })
  yield* admitting.ready
  const podCache = yield* reflect(podResource, { onChange: podChanged })
  yield* podCache.synced
  yield* reflect(eniConfigResource, { cache: eniConfigs, onChange: () => all })
  yield* reflect(cniNodeResource, { cache: cniNodes, onChange: cniNodeChanged })
  yield* cniNodes.synced
  yield* reflect(nodeResource, { cache: nodes, onChange: nodeChanged })
  yield* nodes.synced

  return {
    admitting,
    pods,
    nodes,
    cniNodes,
    eniConfigs,
    waitingSince,
    takeEnded: () => {
      const taken = ended
      ended = new Map()
      return taken
    },
    takeChanged: () => {
      const taken = { nodes: dirty, everything }
      dirty = new Set()
      everything = false
      news.closeUnsafe()
      return taken
    },
    changed: news.await,
    wake: Effect.asVoid(news.open),
    hasNewNodes: () => nodesChanged,
    takeNewNodes: () => {
      nodesChanged = false
    }
  }
})
