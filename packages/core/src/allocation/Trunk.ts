import type { EniId, InstanceId, VlanId } from "../model/Ids.js"
import { type AllocationSettings, defaultAllocationSettings } from "./AllocationSettings.js"
import type { Branch, BranchKey, Waiting } from "./Branch.js"
import { emptyVlanSpace, isAssignable, lastVlanId, type VlanSpace } from "./VlanSpace.js"

/**
 * What one instance's trunk carries: the state of the machine that `step` drives.
 *
 * `branches` is indexed by slot. Slots 1 to 152 are VLAN ids; from 153 on stand strays, interfaces without a usable id that are only
 * released. An array that is copied whole is the quickest persistent map at this size.
 */
export interface Trunk {
  readonly instanceId: InstanceId
  /** Undefined while the instance has no trunk interface. */
  readonly trunkId: EniId | undefined
  /** Whether new branches may be made: the node asks for a trunk. */
  readonly admitting: boolean
  /** Branches the instance type carries, 0 to 152. */
  readonly limit: number
  readonly branches: ReadonlyArray<Branch | undefined>
  /** Branches that count against the limit, those in flight among them. */
  readonly occupied: number
  readonly vlans: VlanSpace
  /** First come, first served. */
  readonly waiting: ReadonlyArray<Waiting>
  readonly settings: AllocationSettings
}

/** The first slot of strays. */
export const firstStraySlot = lastVlanId + 1

const noBranches: ReadonlyArray<Branch | undefined> = new Array<Branch | undefined>(firstStraySlot).fill(undefined)

/** An instance's trunk of which nothing is known yet. */
export const empty = (
  instanceId: InstanceId,
  limit: number,
  settings: AllocationSettings = defaultAllocationSettings
): Trunk => ({
  instanceId,
  trunkId: undefined,
  admitting: false,
  limit,
  branches: noBranches,
  occupied: 0,
  vlans: emptyVlanSpace,
  waiting: [],
  settings
})

/** The slot of a key's branch; -1 where it has none. */
export const slotOf = (trunk: Trunk, key: BranchKey): number => {
  const { branches } = trunk
  for (let slot = 1; slot < branches.length; slot++) {
    if (branches[slot]?.key === key) return slot
  }
  return -1
}

/** The slot of an interface; -1 where it has none. */
export const slotOfInterface = (trunk: Trunk, eniId: EniId): number =>
  trunk.branches.findIndex((branch) => branch?.interface?.eniId === eniId)

/** A key's branch. */
export const branchOf = (trunk: Trunk, key: BranchKey): Branch | undefined => trunk.branches[slotOf(trunk, key)]

/** All branches, by slot. */
export const branchesOf = (trunk: Trunk): ReadonlyArray<Branch> =>
  trunk.branches.filter((branch): branch is Branch => branch !== undefined)

/**
 * Whether a VLAN id has a holder: the branch in its slot, or a stray that says it has it (a pod's annotation, or a tag). Nobody else may
 * get the id as long as the node may have it wired for either (contract §11).
 */
export const isHeld = (trunk: Trunk, vlanId: number): boolean => {
  const { branches } = trunk
  if (branches[vlanId] !== undefined) return true
  for (let slot = firstStraySlot; slot < branches.length; slot++) {
    if (branches[slot]?.tagged.vlanId === vlanId) return true
  }
  return false
}

/** A stray without association takes no room on the trunk; everything else does, or is about to. */
const occupies = (branch: Branch | undefined): number =>
  branch === undefined || (branch.vlanId === undefined && branch.severed) ? 0 : 1

/** The trunk with `branch` (or nothing) in `slot`. */
export const put = (trunk: Trunk, slot: number, branch: Branch | undefined): Trunk => {
  const branches = trunk.branches.slice()
  const before = branches[slot]
  branches[slot] = branch
  while (branches.length > firstStraySlot && branches[branches.length - 1] === undefined) branches.pop()
  return { ...trunk, branches, occupied: trunk.occupied - occupies(before) + occupies(branch) }
}

/** The VLAN id, where a branch can stand in its slot. */
export const freeSlot = (trunk: Trunk, vlanId: number | undefined): VlanId | undefined =>
  vlanId !== undefined && isAssignable(vlanId) && trunk.branches[vlanId] === undefined ? vlanId : undefined

/** The first slot in which a stray can stand. */
export const freeStraySlot = (trunk: Trunk): number => {
  for (let slot = firstStraySlot; slot < trunk.branches.length; slot++) {
    if (trunk.branches[slot] === undefined) return slot
  }
  return Math.max(trunk.branches.length, firstStraySlot)
}
