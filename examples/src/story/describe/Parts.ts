import { type Document, objectAt } from "@branchline/adapter-memory/kubernetes/Document"
import type { Schema } from "effect"
import type { Event } from "@branchline/core/model/Event"
import { age } from "./Times.js"

/** Pieces that kubectl's descriptions share; lines with tabs, for `Tabwriter.align`. */

const text = (value: Schema.Json | undefined): string => typeof value === "string" ? value : JSON.stringify(value)

/** Members by key, as texts. */
export const membersOf = (document: Document, ...path: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(objectAt(document, ...path))
    .map(([key, value]) => [key, text(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** A field with one line per value, the field's name on the first. */
export const multiline = (field: string, values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values.length === 0 ? [`${field}\t<none>`] : values.map((value, index) => `${index === 0 ? field : ""}\t${value}`)

/** Longer than this, a value stands on a line of its own, and is cut there. Source: kubectl, `pkg/describe`. */
const maxAnnotation = 140

const cut = (value: string): string => value.length > maxAnnotation ? `${value.slice(0, maxAnnotation)}...` : value

export const annotationLines = (document: Document): ReadonlyArray<string> =>
  multiline("Annotations:", membersOf(document, "metadata", "annotations").flatMap(([key, value]) =>
    value.length + key.length + 2 > maxAnnotation ? [`${key}:`, `  ${cut(value)}`] : [`${key}: ${value}`]))

export const labelLines = (document: Document): ReadonlyArray<string> =>
  multiline("Labels:", membersOf(document, "metadata", "labels").map(([key, value]) => `${key}=${value}`))

const eventAge = ({ count, firstTimestamp, lastTimestamp }: Event, now: number): string =>
  (count ?? 1) > 1 ? `${age(lastTimestamp, now)} (x${count} over ${age(firstTimestamp, now)})` : age(firstTimestamp, now)

/** The table of events, oldest first. */
export const eventLines = (events: ReadonlyArray<Event>, now: number): ReadonlyArray<string> =>
  events.length === 0 ? ["Events:\t<none>"] : [
    "Events:",
    "  Type\tReason\tAge\tFrom\tMessage",
    "  ----\t------\t----\t----\t-------",
    ...events.map((event) =>
      `  ${event.type}\t${event.reason}\t${eventAge(event, now)}\t${event.source?.component ?? ""}\t${(event.message ?? "").trim()}`)
  ]
