import type { LimitsTable } from "@branchline/core/limits/Limits"

/** By what is judged. Times are milliseconds. */
export interface JudgeSettings {
  /** In EC2's tags; undefined: as the CNINodes have it. */
  readonly clusterName: string | undefined
  readonly limits: LimitsTable
  /** Cluster and EC2 are never read at one moment, and EC2 lags behind: a difference is told once looks have seen it for so long. 0 for a single look. */
  readonly settle: number
}

/** How long what is on its way is no difference yet, milliseconds. */
export const patience = {
  /** A bound pod that asks and has no annotation. */
  annotation: 60_000,
  /** An interface on its way to or from a pod that hangs on nothing. */
  making: 30_000,
  /** Beyond the cooldown, to give a branch back. */
  givingBack: 30_000,
  /** Beyond a Lease's own duration, for the clocks' difference and the look. */
  lease: 15_000
} as const

/** What has happened, and is over by nature, is told for so long: a scrape, an alert and a person have to see it. */
export const toldFor = 10 * 60_000
