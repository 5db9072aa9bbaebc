import { detailsOf, livingPods, podName } from "@branchline/core/explain/DifferencesPlaces"
import { instanceOf } from "@branchline/core/model/Node"
import type { PodUid } from "@branchline/core/model/Ids"
import { itemsOf } from "../../cluster/Found.js"
import type * as Seen from "../../cluster/Seen.js"
import { endedAt, millisOf } from "../../explain/Moments.js"
import type { Holder, Memory } from "../Memory.js"
import { type Observed, observedKey } from "../Observed.js"
import { toldFor } from "../Settings.js"
import type { Facts } from "./Facts.js"

/** A holder, and where it holds the id. */
interface Held {
  readonly key: string
  readonly node: string
  readonly vlanId: number
  readonly holder: Holder
  readonly pod: Seen.SeenPod
}

/** An id means something on an instance: one that has a node's name anew begins anew. */
const heldNow = ({ nodes, now, pods, wide }: Facts): ReadonlyArray<Held> => {
  const instances = new Map(nodes.map(({ node }) => [node.metadata.name, instanceOf(node)]))
  return livingPods({ pods }).flatMap(({ pod }): ReadonlyArray<Held> => {
    const vlanId = detailsOf(pod)?.vlanId
    const node = pod.spec.nodeName
    const uid = pod.metadata.uid as PodUid
    const seen = wide.get(uid)
    if (vlanId === undefined || !node || seen === undefined) return []
    return [{ key: `${instances.get(node) ?? node} ${vlanId}`, node, vlanId, holder: { uid, pod: podName(pod), seen: now }, pod: seen }]
  })
}

const wired: ReadonlySet<string> = new Set(["PodReadyToStartContainers", "ContainersReady", "Ready"])

/** When the controller told of each pod's interface, by the pod's UID (contract §7). */
const toldAt = ({ sight }: Facts): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (const { eventTime, firstTimestamp, involvedObject: { uid }, metadata, reason } of itemsOf(sight.look.cluster.events)) {
    const at = reason === "ResourceAllocated" && uid ? millisOf(firstTimestamp ?? eventTime ?? metadata.creationTimestamp) : undefined
    if (uid && at !== undefined) found.set(uid, Math.min(at, found.get(uid) ?? at))
  }
  return found
}

/** The latest moment at which the pod can have got its id: when that was told, when it was first seen to have a network, or now. */
const gotBy = ({ metadata, status }: Seen.SeenPod, told: ReadonlyMap<string, number>, now: number): number => {
  const ready = (status?.conditions ?? []).flatMap(({ lastTransitionTime, status: is, type }) => is === "True" && wired.has(type) ? millisOf(lastTransitionTime) ?? [] : [])
  return Math.min(now, told.get(metadata.uid) ?? now, ...ready)
}

/** When a holder that lives no more was surely still there. */
const lastAlive = ({ wide }: Facts, { seen, uid }: Holder): number => {
  const pod = wide.get(uid)
  return Math.max(seen, pod === undefined ? seen : endedAt(pod) ?? seen)
}

/** What of VLAN ids is to be remembered. */
export interface VlanMemory {
  readonly holders: Memory["holders"]
  readonly happened: Memory["happened"]
}

/**
 * Ids that went to another pod within the cooldown of their last holder. Only what is certain is told: from the last moment at which the one was seen to live, to
 * the first at which the other surely had the id, less than a cooldown has passed. So an id that is used again between two looks further apart than
 * that is found only where the controller's event, or the pod's readiness, says when.
 */
export const reusedEarly = (memory: Pick<Memory, "firstLook" | "happened" | "holders">, facts: Facts): VlanMemory => {
  const { cooldown, now } = facts
  const happened = new Map([...memory.happened].filter(([, { at }]) => now - at < toldFor))
  const held = heldNow(facts)
  const living = new Set(held.map(({ holder }) => holder.uid))
  const told = toldAt(facts)
  for (const { holder, key, node, pod, vlanId } of held) {
    const before = memory.holders.get(key) ?? []
    if (before.some(({ uid }) => uid === holder.uid)) continue
    const gone = before.filter(({ uid }) => !living.has(uid)).toSorted((a, b) => lastAlive(facts, b) - lastAlive(facts, a))[0]
    if (gone === undefined) continue
    const within = Math.max(0, gotBy(pod, told, now) - lastAlive(facts, gone))
    if (within >= cooldown) continue
    const what: Observed = { _tag: "VlanReusedEarly", node, vlanId, pod: holder.pod, before: gone.pod, within, cooldown }
    happened.set(observedKey(what), { what, at: now })
  }
  const holders = new Map<string, Array<Holder>>()
  for (const [key, known] of memory.holders) {
    const kept = known.filter(({ seen, uid }) => !living.has(uid) && now - seen < cooldown + toldFor)
    if (kept.length > 0) holders.set(key, kept)
  }
  for (const { holder, key } of held) holders.set(key, [...holders.get(key) ?? [], holder])
  return { holders, happened }
}
