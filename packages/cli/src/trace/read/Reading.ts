import type { Fact } from "../facts/Fact.js"

/** A line that could not be read as it stands. */
export interface Broken {
  /** `audit.log:17`. */
  readonly place: string
  readonly why: "not JSON" | "cut off" | "too long" | "runs together" | "not closed"
  /** Whole records that were found in it all the same. */
  readonly recovered: number
}

/** A request that came in and was, as far as the records go, never answered. */
export interface Unanswered {
  readonly place: string
  readonly at: number | undefined
  readonly user: string
  readonly verb: string
  readonly what: string
  readonly panicked: boolean
}

/** What was read, in numbers. */
export interface Tally {
  bytes: number
  /** Lines, or elements of a document. */
  pieces: number
  /** Of these, how many were parsed. */
  parsed: number
  bytesParsed: number
  /** Audit records and events that say something about the question. */
  records: number
  duplicates: number
  /** Records that are older than one before them in the same file. */
  outOfOrder: number
  /** Pieces that are JSON, but no audit record. */
  other: number
  broken: number
  recovered: number
  /** The first of them. */
  readonly firstBroken: Array<Broken>
  /** By audit id. */
  readonly pending: Map<string, Unanswered>
  /** Requests beyond those that are kept while they wait for an answer. */
  pendingDropped: number
  /** Whether so much was read that a duplicate of something long ago would not have been noticed. */
  forgot: boolean
  /** How far in time the sources come, in milliseconds since the epoch; nobody has to use the records. */
  latest: number
}

export const emptyTally = (): Tally => ({
  bytes: 0,
  pieces: 0,
  parsed: 0,
  bytesParsed: 0,
  records: 0,
  duplicates: 0,
  outOfOrder: 0,
  other: 0,
  broken: 0,
  recovered: 0,
  firstBroken: [],
  pending: new Map(),
  pendingDropped: 0,
  forgot: false,
  latest: -Infinity
})

/** Who is told facts, one after the other. */
export type Listener = (fact: Fact) => void
