import type { Schema } from "effect"
import type { Lease } from "../model/Lease.js"

/** What a Lease says, every field there. Source: `coordination.k8s.io/v1` LeaseSpec; what client-go's LeaderElectionRecord reads of it. */
export interface LeaseRecord {
  /** Empty: nobody holds it, whoever comes may. */
  readonly holder: string
  /** Milliseconds; undefined where the Lease does not say. */
  readonly duration: number | undefined
  readonly acquireTime: string
  readonly renewTime: string
  readonly transitions: number
}

export const recordOf = ({ spec }: Pick<Lease, "spec">): LeaseRecord => ({
  holder: spec?.holderIdentity ?? "",
  duration: spec?.leaseDurationSeconds == null ? undefined : spec.leaseDurationSeconds * 1000,
  acquireTime: spec?.acquireTime ?? "",
  renewTime: spec?.renewTime ?? "",
  transitions: spec?.leaseTransitions ?? 0
})

/** The last record that was read, and since when it has been so. */
export interface Sighting {
  readonly record: LeaseRecord
  /** When this candidate first read it, monotonic milliseconds: clocks of others are never compared with ours. */
  readonly since: number
  /** Whether the Lease has gone since. */
  readonly gone: boolean
}

const isSame = (a: LeaseRecord, b: LeaseRecord): boolean =>
  a.holder === b.holder && a.duration === b.duration && a.acquireTime === b.acquireTime && a.renewTime === b.renewTime &&
  a.transitions === b.transitions

/**
 * What a candidate knows after it has read the Lease. A record that has not changed keeps its time; a Lease that has gone is remembered.
 *
 * @param read undefined where there is no Lease
 * @param now when the answer was there, monotonic milliseconds
 */
export const sight = (before: Sighting | undefined, read: LeaseRecord | undefined, now: number): Sighting | undefined => {
  if (read === undefined) return before === undefined ? undefined : { ...before, gone: true }
  return before !== undefined && isSame(before.record, read) ? { ...before, gone: false } : { record: read, since: now, gone: false }
}

/** What a candidate does about a Lease. */
export type Move =
  /** There is none: make it. */
  | { readonly _tag: "Create" }
  /** It is this candidate's already: renew it. */
  | { readonly _tag: "Renew" }
  /** Nobody holds it, or whoever did has let it lie for as long as it was to be respected. */
  | { readonly _tag: "Take" }
  /** Somebody else's, to be respected until then (monotonic milliseconds) unless it changes. */
  | { readonly _tag: "Wait"; readonly until: number; readonly holder: string }

/**
 * The move of the candidate `me`.
 *
 * Another's Lease is respected for its own duration since this candidate first read it as it is, as client-go does; whether the clock of
 * whoever wrote it is right plays no part. One that was deleted while another led is respected as if it were there: the leader makes it again.
 *
 * @param now monotonic milliseconds
 * @param otherwise the duration of a Lease that does not say, milliseconds
 */
export const decide = (sighting: Sighting | undefined, me: string, now: number, otherwise: number): Move => {
  if (sighting === undefined) return { _tag: "Create" }
  const { gone, record: { duration, holder }, since } = sighting
  const until = since + (duration ?? otherwise)
  if (holder !== "" && holder !== me && now < until) return { _tag: "Wait", until, holder }
  if (gone) return { _tag: "Create" }
  return holder === me ? { _tag: "Renew" } : { _tag: "Take" }
}

/** The `spec` fields that a new holder writes. Fields that are not named here (`strategy`, `preferredHolder`, …) stay what they are. */
export const taken = (me: string, duration: number, time: string, transitions: number): Schema.JsonObject => ({
  holderIdentity: me,
  leaseDurationSeconds: duration / 1000,
  acquireTime: time,
  renewTime: time,
  leaseTransitions: transitions
})

/** The `spec` fields that the holder writes when it renews. */
export const renewed = (me: string, duration: number, time: string): Schema.JsonObject => ({
  holderIdentity: me,
  leaseDurationSeconds: duration / 1000,
  renewTime: time
})

/** The `spec` fields of a Lease that is given back: as client-go's, with the shortest duration for those that do not know the empty holder. */
export const released = (time: string): Schema.JsonObject => ({
  holderIdentity: "",
  leaseDurationSeconds: 1,
  acquireTime: time,
  renewTime: time
})
