import { Effect } from "effect"

/** Values of one filter at most. Source: Amazon EC2 User Guide, "List and filter your resources". */
const mostValues = 200

const chunksOf = (values: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from({ length: Math.ceil(values.length / mostValues) }, (_, index) => values.slice(index * mostValues, (index + 1) * mostValues))

/** A condition of a describe: one of the values has to match. */
export interface Condition {
  readonly Name: string
  readonly Values: ReadonlyArray<string>
}

/** The calls that together ask for what passes all conditions, each with as many values as fit. A condition without values lets nothing through, so nobody is asked. */
export const callsFor = (conditions: ReadonlyArray<Condition>): ReadonlyArray<ReadonlyArray<Condition>> =>
  conditions.reduce<ReadonlyArray<ReadonlyArray<Condition>>>(
    (calls, { Name, Values }) => calls.flatMap((call) => chunksOf([...new Set(Values)]).map((some) => [...call, { Name, Values: some }])),
    [[]]
  )

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
