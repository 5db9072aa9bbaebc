import { Schema } from "effect"
import { momentOf } from "./facts/Time.js"
import type { Tally } from "./read/Reading.js"

/** What was read, and what of it could not be. */
export const Reading = Schema.Struct({
  sources: Schema.Array(Schema.String),
  bytes: Schema.Int,
  lines: Schema.Int.annotate({ description: "Lines, or elements of a list" }),
  parsed: Schema.Int.annotate({ description: "Lines that were looked at closely; the others could not concern the question" }),
  records: Schema.Int.annotate({ description: "Different records among them" }),
  duplicates: Schema.Int,
  outOfOrder: Schema.Int,
  otherJson: Schema.Int.annotate({ description: "JSON that is no audit record" }),
  broken: Schema.Struct({
    count: Schema.Int,
    recovered: Schema.Int.annotate({ description: "Whole records found in broken lines" }),
    first: Schema.Array(Schema.Struct({ place: Schema.String, why: Schema.String, recovered: Schema.Int }))
  }),
  unanswered: Schema.Struct({
    count: Schema.Int,
    first: Schema.Array(Schema.Struct({ place: Schema.String, at: Schema.optionalKey(Schema.String), user: Schema.String, verb: Schema.String, what: Schema.String, panicked: Schema.Boolean }))
  }),
  incomplete: Schema.Array(Schema.String).annotate({ description: "What was not read, and why" })
})
export type Reading = typeof Reading.Type

const namedUnanswered = 5

/** The tally as it is told. `incomplete`: what the source could not give. */
export const readingOf = (tally: Tally, sources: ReadonlyArray<string>, incomplete: ReadonlyArray<string>): Reading => ({
  sources,
  bytes: tally.bytes,
  lines: tally.pieces,
  parsed: tally.parsed,
  records: tally.records,
  duplicates: tally.duplicates,
  outOfOrder: tally.outOfOrder,
  otherJson: tally.other,
  broken: { count: tally.broken, recovered: tally.recovered, first: [...tally.firstBroken] },
  unanswered: {
    count: tally.pending.size + tally.pendingDropped,
    first: [...tally.pending.values()].slice(0, namedUnanswered).map(({ at, ...rest }) => ({ ...rest, ...(at === undefined ? {} : { at: momentOf(at) }) }))
  },
  incomplete: tally.forgot ? [...incomplete, "duplicates that lie further apart than half a million records were not looked for"] : incomplete
})
