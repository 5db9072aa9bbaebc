import type { EniId, PodUid, SecurityGroupId } from "@branchline/core/model/Ids"
import type { ConditionType } from "./Conditions.js"
import type { Observed, ObservedKind } from "./Observed.js"

/** A difference that is told, and since when it has been seen, milliseconds since the epoch. */
export interface Standing {
  readonly what: Observed
  readonly since: number
}

/** As Kubernetes' conditions, and how many differences make it what it is. */
export interface Condition {
  readonly type: ConditionType
  readonly status: "True" | "False" | "Unknown"
  /** One word. */
  readonly reason: string
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly lastTransitionTime: number
  readonly count: number
}

/** A pod that has, or had, a VLAN id on a node. */
export interface Holder {
  readonly uid: PodUid
  /** `namespace/name` */
  readonly pod: string
  /** The last moment at which it was seen to live, milliseconds since the epoch. */
  readonly seen: number
}

/** What was last seen of a Lease. Times are milliseconds since the epoch. */
export interface LeaseMemory {
  readonly renewTime: string
  /** Since when nothing of it has changed. */
  readonly since: number
  /** Who held it, one after the other, and since when. */
  readonly holders: ReadonlyArray<{ readonly holder: string; readonly at: number }>
}

/** What is remembered of the looks so far; a value that no function changes. Times are milliseconds since the epoch. */
export interface Memory {
  readonly firstLook: number | undefined
  readonly lastLook: number | undefined
  /** Since when a pod has been seen bound, asking and without annotation. */
  readonly waitingSince: ReadonlyMap<PodUid, number>
  /** Since when an interface has been seen to be nobody's. */
  readonly unclaimedSince: ReadonlyMap<EniId, number>
  /** The groups that an interface's pod was given. */
  readonly given: ReadonlyMap<EniId, { readonly pod: PodUid; readonly groups: ReadonlyArray<SecurityGroupId> }>
  /** By instance (or node) and VLAN id. */
  readonly holders: ReadonlyMap<string, ReadonlyArray<Holder>>
  readonly leases: ReadonlyMap<string, LeaseMemory>
  /** What has happened, and is told for a while. */
  readonly happened: ReadonlyMap<string, { readonly what: Observed; readonly at: number }>
  /** Since when a difference has been seen, whether it is told yet or not. */
  readonly seen: ReadonlyMap<string, { readonly kind: ObservedKind; readonly since: number }>
  readonly standing: ReadonlyMap<string, Standing>
  readonly conditions: ReadonlyMap<ConditionType, Condition>
  /** How many differences of each sort have appeared so far. */
  readonly appeared: ReadonlyMap<ObservedKind, number>
}

/** Nothing seen yet. */
export const noMemory: Memory = {
  firstLook: undefined,
  lastLook: undefined,
  waitingSince: new Map(),
  unclaimedSince: new Map(),
  given: new Map(),
  holders: new Map(),
  leases: new Map(),
  happened: new Map(),
  seen: new Map(),
  standing: new Map(),
  conditions: new Map(),
  appeared: new Map()
}
