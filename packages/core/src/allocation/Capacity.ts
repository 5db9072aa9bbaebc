import { branchesOf, isHeld, type Trunk } from "./Trunk.js"
import { quarantineEnds } from "./VlanSpace.js"

/** How a trunk's room is used, and when more comes free. */
export interface Occupancy {
  readonly limit: number
  /** Branches that hold or are about to hold a place, those below among them. */
  readonly occupied: number
  readonly inFlight: number
  readonly inUse: number
  readonly cooling: number
  readonly idle: number
  readonly leaving: number
  readonly free: number
  /** When the next cooling branch is due, milliseconds since the epoch. */
  readonly nextDue: number | undefined
}

/** What the node's status says of `vpc.amazonaws.com/pod-eni`: the limit, or 0 while no new branch may be made (design, life cycle). */
export const published = (trunk: Trunk): number => (trunk.admitting && trunk.trunkId !== undefined ? trunk.limit : 0)

/**
 * Counts in flight before the call, not after it, so that EC2 has no association to refuse for want of room; right after a restart, while
 * describes lag behind, it may all the same.
 */
export const occupancy = (trunk: Trunk): Occupancy => {
  const counts = { inFlight: 0, inUse: 0, cooling: 0, idle: 0, leaving: 0 }
  let nextDue: number | undefined
  for (const { state } of branchesOf(trunk)) {
    switch (state._tag) {
      case "InUse":
        counts.inUse++
        break
      case "Cooling":
        counts.cooling++
        if (nextDue === undefined || state.until < nextDue) nextDue = state.until
        break
      case "Idle":
        counts.idle++
        break
      case "Disassociating":
      case "Deleting":
        counts.leaving++
        break
      default:
        counts.inFlight++
    }
  }
  return {
    limit: trunk.limit,
    occupied: trunk.occupied,
    ...counts,
    free: Math.max(0, trunk.limit - trunk.occupied),
    nextDue
  }
}

/** When a quarantined VLAN id comes free again, for a pod that waits for one. */
export const nextVlanFree = (trunk: Trunk, now: number): number | undefined =>
  quarantineEnds(trunk.vlans, (vlanId) => isHeld(trunk, vlanId), now)
