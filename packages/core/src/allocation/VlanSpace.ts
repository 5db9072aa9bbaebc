import type { VlanId } from "../model/Ids.js"

/**
 * Which VLAN ids of a trunk may be handed out next.
 *
 * The CNI plugin uses routing table 100 + VLAN id, and tables 253, 254 and 255 are the kernel's own, so 1 to 152 is the space (contract
 * §11). That a pod holds an id is the trunk's knowledge; here is only what outlives the holder.
 */
export interface VlanSpace {
  /** The id handed out last, or the highest found in EC2 after a restart. The search goes on behind it: next-fit. */
  readonly cursor: number
  /** Per id: until when (milliseconds since the epoch) it is quarantined because EC2 or the node refused it. Hard. */
  readonly quarantinedUntil: ReadonlyArray<number>
  /** Per id: until when it would better rest after its last holder. Soft: a resting id is handed out when there is no other. */
  readonly restingUntil: ReadonlyArray<number>
}

export const firstVlanId = 1
export const lastVlanId = 152

/** Whether an id lies in the space that is safe on a node, 1 to 152 (contract §11). */
export const isAssignable = (vlanId: number): vlanId is VlanId =>
  Number.isInteger(vlanId) && vlanId >= firstVlanId && vlanId <= lastVlanId

const untouched: ReadonlyArray<number> = new Array<number>(lastVlanId + 1).fill(0)

/** A space of which nothing has been handed out. */
export const emptyVlanSpace: VlanSpace = { cursor: 0, quarantinedUntil: untouched, restingUntil: untouched }

/**
 * The next id behind the cursor that is free and neither quarantined nor resting; where all free ones rest, the one that has rested
 * longest; undefined where no id can be had. One round over 152 ids at most.
 */
export const nextVlanId = (
  space: VlanSpace,
  isHeld: (vlanId: number) => boolean,
  now: number
): VlanId | undefined => {
  let rested: number | undefined
  let restedUntil = Number.POSITIVE_INFINITY
  for (let offset = 0; offset < lastVlanId; offset++) {
    const vlanId = ((space.cursor + offset) % lastVlanId) + firstVlanId
    if (isHeld(vlanId) || space.quarantinedUntil[vlanId]! > now) continue
    const until = space.restingUntil[vlanId]!
    if (until <= now && isAssignable(vlanId)) return vlanId
    if (until < restedUntil) {
      rested = vlanId
      restedUntil = until
    }
  }
  return rested !== undefined && isAssignable(rested) ? rested : undefined
}

/** The space after `vlanId` was handed out, or was seen to be in use: the cursor stands on it. */
export const handedOut = (space: VlanSpace, vlanId: number): VlanSpace => ({ ...space, cursor: vlanId })

/** The space after a restart found `vlanId` in use: the cursor starts past the highest id seen. */
export const seen = (space: VlanSpace, vlanId: number): VlanSpace =>
  vlanId > space.cursor ? { ...space, cursor: vlanId } : space

const withTime = (times: ReadonlyArray<number>, vlanId: number, until: number): ReadonlyArray<number> => {
  const copy = times.slice()
  copy[vlanId] = until
  return copy
}

/** The space with `vlanId` set aside until `until`, because EC2 or the node refused it. */
export const quarantine = (space: VlanSpace, vlanId: VlanId, until: number): VlanSpace => ({
  ...space,
  quarantinedUntil: withTime(space.quarantinedUntil, vlanId, until)
})

/** The space with `vlanId` given back and at rest until `until`. */
export const rest = (space: VlanSpace, vlanId: number, until: number): VlanSpace => ({
  ...space,
  restingUntil: withTime(space.restingUntil, vlanId, until)
})

/** When the first quarantined id that nobody holds comes free; undefined where none is quarantined. */
export const quarantineEnds = (space: VlanSpace, isHeld: (vlanId: number) => boolean, now: number): number | undefined => {
  let first: number | undefined
  for (let vlanId = firstVlanId; vlanId <= lastVlanId; vlanId++) {
    const until = space.quarantinedUntil[vlanId]!
    if (until > now && !isHeld(vlanId) && (first === undefined || until < first)) first = until
  }
  return first
}
