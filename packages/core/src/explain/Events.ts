import { DateTime, Option } from "effect"
import type { Event } from "../model/Event.js"

/** An event, as far as a story tells it. */
export interface ToldEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count: number
  /** Of the last time, milliseconds since the epoch; undefined where the event has none that can be read. */
  readonly at: number | undefined
}

/** Whom events are about. */
export interface Subject {
  readonly kind: "Pod" | "Node"
  readonly name: string
  readonly namespace?: string | undefined
  /** Events with another UID are about a former bearer of the name. */
  readonly uid?: string | undefined
}

const millis = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.toEpochMillis))

const isAbout = ({ involvedObject }: Event, subject: Subject): boolean => {
  if (involvedObject.kind !== subject.kind || involvedObject.name !== subject.name) return false
  if (subject.namespace !== undefined && involvedObject.namespace !== subject.namespace) return false
  // A node's events carry its name or its UID there, by who wrote them (contract §7).
  return subject.kind === "Node" || subject.uid === undefined || !involvedObject.uid || involvedObject.uid === subject.uid
}

/** The events about a subject, oldest first; those without a time come before. */
export const eventsAbout = (events: ReadonlyArray<Event> | undefined, subject: Subject): ReadonlyArray<ToldEvent> =>
  (events ?? []).filter((event) => isAbout(event, subject)).map((event): ToldEvent => ({
    type: event.type ?? "",
    reason: event.reason ?? "",
    message: event.message ?? "",
    count: event.count ?? 1,
    at: millis(event.lastTimestamp ?? event.firstTimestamp)
  })).sort((a, b) => (a.at ?? -Infinity) === (b.at ?? -Infinity) ? 0 : (a.at ?? -Infinity) - (b.at ?? -Infinity))

/** The message of the last event with one of these reasons. */
export const lastMessage = (events: ReadonlyArray<ToldEvent>, ...reasons: ReadonlyArray<string>): string | undefined =>
  events.findLast(({ reason }) => reasons.includes(reason))?.message
