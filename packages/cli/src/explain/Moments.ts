import type { Event } from "@branchline/core/model/Event"
import { DateTime, Option } from "effect"
import type { SeenEvent, SeenPod } from "../cluster/Seen.js"

/** RFC 3339 as milliseconds since the epoch; undefined where it is none. */
export const millisOf = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.toEpochMillis))

/** When an object was made. */
export const createdAt = ({ metadata }: { readonly metadata: { readonly creationTimestamp?: string | null } }): number | undefined => millisOf(metadata.creationTimestamp)

/** When a pod's last container ended; undefined for one that has not, or does not say. */
export const endedAt = ({ status }: SeenPod): number | undefined => {
  const ends = (status?.containerStatuses ?? []).flatMap(({ state }) => millisOf(state?.terminated?.finishedAt) ?? [])
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/**
 * An event with its times and its count where the core reads them. The scheduler's have neither of the old ones.
 *
 * Source: Kubernetes, core/v1 Event: `eventTime` and `series` replace `firstTimestamp`, `lastTimestamp` and `count`.
 */
export const asTold = (event: SeenEvent): Event => {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp
  return { ...event, lastTimestamp: last ?? null, count: event.series?.count ?? event.count ?? 1 }
}
