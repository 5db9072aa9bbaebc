import { at, type Json, listAt, textAt } from "../facts/Json.js"
import { openBrace, skipValue } from "./Bytes.js"
import { listMembers } from "./Framing.js"

/** Something that a story can use: an audit record, or an event as `kubectl get events -o json` lists it. */
export interface Found {
  readonly kind: "audit" | "event"
  readonly value: Json
}

/** Members in which log pipelines put a line: CloudWatch Logs Insights, CloudWatch Logs, container runtimes. */
const wrappers = ["@message", "message", "log"] as const

const isAudit = (value: Json): boolean =>
  textAt(value, "verb") !== undefined && (textAt(value, "apiVersion")?.startsWith("audit.k8s.io/") ?? (at(value, "objectRef") ?? at(value, "user")) !== undefined)

const isEvent = (value: Json): boolean => (at(value, "involvedObject") ?? at(value, "regarding")) !== undefined && textAt(value, "reason") !== undefined

const parsed = (text: string): Json => {
  const from = text.indexOf("{")
  try {
    return from === -1 ? undefined : JSON.parse(text.slice(from))
  } catch {
    return undefined
  }
}

/**
 * Whatever is in a parsed value: a record itself, one in `@message` or `message` (as text or as JSON), a row of a Logs Insights query, a list of any of these.
 * `undefined` where a wrapper's text cannot be parsed.
 */
export const unwrap = (value: Json): ReadonlyArray<Found> | undefined => {
  if (typeof value === "string") {
    const inner = parsed(value)
    return inner === undefined ? undefined : unwrap(inner)
  }
  if (Array.isArray(value)) {
    const row = value.find((field) => textAt(field, "field") === "@message")
    return row === undefined ? together(value) : unwrap(at(row, "value"))
  }
  if (isAudit(value)) return [{ kind: "audit", value }]
  if (isEvent(value)) return [{ kind: "event", value }]
  for (const name of wrappers) {
    const inner = at(value, name)
    if (typeof inner === "string" || typeof inner === "object" && inner !== null) return unwrap(inner)
  }
  for (const name of listMembers) {
    const list = listAt(value, name)
    if (list.length > 0) return together(list)
  }
  return []
}

const together = (values: ReadonlyArray<Json>): ReadonlyArray<Found> | undefined => {
  const each = values.map(unwrap)
  return each.includes(undefined) ? undefined : each.flatMap((found) => found ?? [])
}

/** How an API server begins every record; inside of one these bytes do not occur, for quotation marks in texts are escaped. */
export const beginning = "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/"

/** Whole records in what does not parse as one: two that run together, one that another has been written into. */
export const salvage = (bytes: Buffer, from: number, end: number): ReadonlyArray<Found> => {
  const all: Array<Found> = []
  let index = bytes.indexOf(openBrace, from)
  while (index !== -1 && index < end) {
    const to = skipValue(bytes, index, end)
    const inner = to > end ? undefined : parsed(bytes.toString("utf8", index, to))
    const found = inner === undefined ? undefined : unwrap(inner)
    if (found !== undefined) all.push(...found)
    index = found === undefined ? bytes.indexOf(beginning, index + 1, "latin1") : bytes.indexOf(openBrace, to)
  }
  return all
}
