import { colon, comma, isSpace, newline, openBrace, openBracket, skipSpace, skipValue } from "./Bytes.js"
import { members, next } from "./Members.js"

/** Whom pieces of a file are given to; their bytes are only lent. */
export interface Sink {
  /** A line, or an element of a document, that begins on this line (from 1). */
  readonly piece: (bytes: Buffer, from: number, to: number, line: number) => void
  /** What cannot be cut into pieces. */
  readonly lost: (line: number, why: "too long" | "not closed" | "no JSON") => void
}

/** Cuts bytes that come in chunks into pieces. What it keeps from one chunk to the next is at most one piece. */
export interface Framer {
  readonly push: (chunk: Buffer, sink: Sink) => void
  readonly end: (sink: Sink) => void
}

/**
 * A longer piece is left out, and counted. An API server takes no request of more than 3 MiB, so a record with request and response stays far below.
 *
 * Source: k8s.io/apiserver `MaxRequestBodyBytes`.
 */
export const longestPiece = 32 * 1024 * 1024

/**
 * Members that hold lists of records: of an EventList or a `kubectl get -o json`, of `aws logs filter-log-events` and `get-log-events`, of a CloudWatch
 * subscription, of `aws logs get-query-results`.
 */
export const listMembers: ReadonlySet<string> = new Set(["items", "events", "logEvents", "results"])

const breaks: ReadonlySet<number> = new Set([openBrace, openBracket, comma, colon])

/** Whether a file has a record on each line or is JSON that goes over lines, by its first bytes. */
export const framingOf = (first: Buffer): "lines" | "document" => {
  const start = skipSpace(first, 0, first.length)
  if (first[start] === openBracket) return "document"
  if (first[start] !== openBrace) return "lines"
  const walk = members(first, start, first.length)
  if (walk === undefined) return "lines"
  for (;;) {
    const step = next(first, walk, first.length)
    const { nameFrom, nameTo, valueFrom } = walk.member
    if (first[valueFrom] === openBracket && listMembers.has(first.toString("latin1", nameFrom, nameTo))) return "document"
    if (step !== "member") break
  }
  const lineEnd = first.indexOf(newline, start)
  if (lineEnd === -1 || skipValue(first, start, lineEnd) <= lineEnd) return "lines"
  // A document goes on after a mark between its parts; a first line that is cut off is cut anywhere, and another record follows.
  let last = lineEnd - 1
  while (last > start && isSpace(first[last])) last--
  return breaks.has(first[last]!) && first[lineEnd + 1] !== openBrace ? "document" : "lines"
}
