import type { PodUid } from "../model/Ids.js"
import type { Pod } from "../model/Pod.js"
import { isTerminal } from "../model/PodTraits.js"
import type { Change } from "./Reflector.js"

/** The pods that matter here, by who they are and by where they run. */
export interface PodStore {
  readonly note: (change: Change<Pod>) => void
  readonly get: (uid: PodUid) => Pod | undefined
  readonly onNode: (nodeName: string) => ReadonlyArray<Pod>
  readonly values: () => Iterable<Pod>
  /** A new list did not have it, and nobody saw it go: an API server that is behind answers so of one that lives. */
  readonly mayLive: (uid: PodUid) => boolean
  /** It has been read afresh, and is gone. */
  readonly foundGone: (uid: PodUid) => void
}

export const make = (): PodStore => {
  const byUid = new Map<PodUid, Pod>()
  const byNode = new Map<string, Set<PodUid>>()
  const missed = new Set<PodUid>()
  const drop = (uid: PodUid): void => {
    // Where it was filed is the stored pod's to say: a Deleted that follows a missed binding names another node.
    const node = byUid.get(uid)?.spec.nodeName ?? ""
    byUid.delete(uid)
    const uids = byNode.get(node)
    uids?.delete(uid)
    if (uids?.size === 0) byNode.delete(node)
  }
  return {
    note: (change) => {
      const pod = change.object
      drop(pod.metadata.uid)
      missed.delete(pod.metadata.uid)
      if (change._tag === "Vanished") {
        if (!change.seen && !isTerminal(pod)) missed.add(pod.metadata.uid)
        return
      }
      byUid.set(pod.metadata.uid, pod)
      if (!pod.spec.nodeName) return
      const uids = byNode.get(pod.spec.nodeName)
      if (uids === undefined) byNode.set(pod.spec.nodeName, new Set([pod.metadata.uid]))
      else uids.add(pod.metadata.uid)
    },
    get: (uid) => byUid.get(uid),
    onNode: (nodeName) => [...(byNode.get(nodeName) ?? [])].flatMap((uid) => byUid.get(uid) ?? []),
    values: () => byUid.values(),
    mayLive: (uid) => missed.has(uid),
    foundGone: (uid) => void missed.delete(uid)
  }
}
