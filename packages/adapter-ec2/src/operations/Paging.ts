import { Effect } from "effect"

/** Values of one filter at most. Source: Amazon EC2 User Guide, "Filter your resources". */
const mostValues = 200

/** Cuts what is asked for into calls. */
export const chunksOf = <A>(values: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(values.length / mostValues) }, (_, index) => values.slice(index * mostValues, (index + 1) * mostValues))

/** All rows of a describe: page after page. */
export const allPages = <Row, E>(
  page: (token: string | undefined) => Effect.Effect<{ readonly rows: ReadonlyArray<Row>; readonly next: string | undefined }, E>
): Effect.Effect<ReadonlyArray<Row>, E> =>
  Effect.gen(function*() {
    const rows: Array<Row> = []
    let token: string | undefined
    do {
      const found = yield* page(token)
      rows.push(...found.rows)
      token = found.next === "" ? undefined : found.next
    } while (token !== undefined)
    return rows
  })
