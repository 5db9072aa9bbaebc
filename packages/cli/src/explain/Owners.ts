import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { asTold, millisOf } from "./Moments.js"
import { perLook } from "./PerLook.js"

/** Whose a branch was, as events tell it. */
export interface Owner {
  /** `namespace/name` */
  readonly pod: string
  readonly uid: string
  /** When kubelet was told to end it, milliseconds since the epoch; undefined where no event tells. */
  readonly endedAt: number | undefined
}

/** The interface that a `ResourceAllocated` event names (contract §7). */
export const allocatedEni = (message: string | null | undefined): string | undefined => /"eniId":"([^"]+)"/.exec(message ?? "")?.[1]

/** The last owner of each branch that events tell of, by interface: of pods that are gone, nothing else does. */
export const ownersOf = perLook(({ cluster }: Look): ReadonlyMap<string, Owner> => {
  const ends = new Map<string, number>()
  for (const event of itemsOf(cluster.events)) {
    const { uid } = event.involvedObject
    // Source: kubelet, `events.KillingContainer`.
    const at = event.reason === "Killing" && uid ? millisOf(asTold(event).lastTimestamp) : undefined
    if (at !== undefined && uid) ends.set(uid, Math.max(at, ends.get(uid) ?? 0))
  }
  const owners = new Map<string, Owner>()
  for (const { involvedObject: { name, namespace, uid }, message, reason } of itemsOf(cluster.events)) {
    const eniId = reason === "ResourceAllocated" ? allocatedEni(message) : undefined
    if (eniId !== undefined && uid) owners.set(eniId, { pod: `${namespace ?? ""}/${name ?? ""}`, uid, endedAt: ends.get(uid) })
  }
  return owners
})
