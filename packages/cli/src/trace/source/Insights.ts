import type { ResultField } from "@aws-sdk/client-cloudwatch-logs"
import { Effect } from "effect"
import type { CouldNotLook } from "../../output/CouldNotLook.js"
import type { Sink } from "../read/Framing.js"
import type { Tally } from "../read/Reading.js"
import { momentOf } from "../facts/Time.js"
import { type Slice, split } from "./Slices.js"

/** A page of a query that has ended. */
export interface QueryPage {
  readonly rows: ReadonlyArray<ReadonlyArray<ResultField>>
  /** How many records match, whatever the limit; undefined where the service does not say. */
  readonly matched: number | undefined
  readonly next: string | undefined
}

/** The door to Logs Insights. */
export interface Queries {
  /** Runs a query to its end, and stops it when interrupted. */
  readonly run: (slice: Slice, limit: number) => Effect.Effect<string, CouldNotLook>
  /** A page of its rows; without a token the first. */
  readonly page: (query: string, token: string | undefined) => Effect.Effect<QueryPage, CouldNotLook>
}

/**
 * Rows of one query. The service answers with more for some languages, and no account has less.
 *
 * Source: CloudWatch Logs User Guide, "CloudWatch Logs quotas".
 */
export const rowLimit = 10_000

export const sliceText = ({ from, to }: Slice): string => `${momentOf(from * 1_000).slice(0, 19)}Z to ${momentOf(to * 1_000).slice(0, 19)}Z`

/** What a reading of Logs Insights goes into, and who is told how far it is. */
export interface InsightsAsked {
  readonly name: string
  readonly slice: Slice
  readonly sink: Sink
  readonly tally: Tally
  readonly progress: (text: string) => Effect.Effect<void>
  readonly limit?: number | undefined
}

/**
 * Reads a stretch of time. A query that matches more than one answer holds is asked again in parts, down to single seconds; what even a second has too much of is in the
 * answer, as text.
 */
export const readInsights = Effect.fnUntraced(function*(queries: Queries, { limit = rowLimit, name, progress, sink, slice, tally }: InsightsAsked): Effect.fn.Return<ReadonlyArray<string>, CouldNotLook> {
  const incomplete: Array<string> = []
  const todo: Array<Slice> = [slice]
  let row = 0

  const take = (rows: QueryPage["rows"]): void => {
    for (const fields of rows) {
      const message = fields.find(({ field }) => field === "@message")?.value
      if (message === undefined) continue
      const bytes = Buffer.from(message)
      tally.bytes += bytes.length
      sink.piece(bytes, 0, bytes.length, ++row)
    }
  }

  for (let now = todo.shift(); now !== undefined; now = todo.shift()) {
    const query = yield* queries.run(now, limit)
    let page = yield* queries.page(query, undefined)
    const parts = page.matched !== undefined && page.matched > limit ? split(now, page.matched, limit) : undefined
    if (parts !== undefined) {
      yield* progress(`${sliceText(now)}: ${page.matched} records, more than one answer holds; asked again in ${parts.length} parts`)
      todo.unshift(...parts)
      continue
    }
    let rows = 0
    for (;;) {
      take(page.rows)
      rows += page.rows.length
      if (page.next === undefined) break
      page = yield* queries.page(query, page.next)
    }
    yield* progress(`${sliceText(now)}: ${rows} records`)
    if (rows < limit || page.matched === rows) continue
    // Nobody said how many there are: what was read is read again in parts, and told apart by its audit id.
    const again = page.matched === undefined ? split(now, 2 * rows, limit) : undefined
    if (again !== undefined) todo.unshift(...again)
    else incomplete.push(`${name}, ${sliceText(now)}: ${rows} of ${page.matched ?? "more"} records, for one answer holds no more`)
  }
  return incomplete
})
