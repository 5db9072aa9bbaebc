import { Arbitrary, Schema } from "effect"

/** One of these. */
export const one = <const A>(...values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> => Arbitrary.map(int(0, values.length - 1), (index) => values[index]!)

/** A whole number, both ends included. */
export const int = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

export const text: Arbitrary.Arbitrary<string> = Arbitrary.schema(Schema.String)

/** The same items in another order, by drawn numbers. */
export const shuffled = <A>(items: ReadonlyArray<A>, draws: ReadonlyArray<number>): ReadonlyArray<A> => {
  const rest = [...items]
  return items.map((_, index) => rest.splice((draws[index % draws.length] ?? 0) % rest.length, 1)[0]!)
}
