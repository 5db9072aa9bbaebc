/** How branches are kept and given up. Times are milliseconds. */
export interface AllocationSettings {
  /** How long a branch stays associated after its pod ended, so that the node surely has torn its link down. 30 s or more (contract §6). */
  readonly cooldown: number
  /** How long a VLAN id that EC2 refused is not tried again. */
  readonly vlanQuarantine: number
  /** How long a VLAN id rests after its branch was deleted, where there are others to hand out. */
  readonly vlanRest: number
  /** Undefined: branches are deleted after their cooldown. */
  readonly idle: IdleSettings | undefined
}

/** Keeping branches for the next pod of the same namespace (design, "Branch life cycle"). */
export interface IdleSettings {
  /** Also for pods with other groups, at the price of one call; otherwise only for the same groups. */
  readonly regroup: boolean
  /** How long a branch stays idle. */
  readonly timeToLive: number
  /** How many idle branches a trunk may keep. */
  readonly cap: number
}

export const defaultAllocationSettings: AllocationSettings = {
  cooldown: 60_000,
  vlanQuarantine: 300_000,
  vlanRest: 60_000,
  idle: undefined
}
