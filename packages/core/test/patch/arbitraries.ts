import { Arbitrary, Schema } from "effect"

/** Keys that collide often, and the awkward ones: pointer escapes, array-like tokens, names that prototypes own. */
export const Key = Schema.Literals(["a", "b", "c", "", "a/b", "m~n", "0", "-", "01", "__proto__", "constructor", "toString"])

const scalar = Arbitrary.schema(Schema.Union([Schema.Null, Schema.Boolean, Schema.Int, Schema.Literals(["", "x", "1"])]))
const shape = Arbitrary.schema(Schema.Literals(["scalar", "array", "object"]))

/** JSON objects whose members are drawn from `value`; `__proto__` is a member like any other, as JSON.parse makes it. */
const objectOf = (value: Arbitrary.Arbitrary<Schema.Json>): Arbitrary.Arbitrary<Schema.JsonObject> =>
  Arbitrary.array(Arbitrary.all([Arbitrary.schema(Key), value]), { maxLength: 4 }).pipe(
    Arbitrary.map((entries) => Object.fromEntries(entries))
  )

/** Any JSON value, nested up to `depth`. */
export const json = (depth: number): Arbitrary.Arbitrary<Schema.Json> =>
  depth === 0 ? scalar : shape.pipe(Arbitrary.flatMap((kind): Arbitrary.Arbitrary<Schema.Json> => {
    switch (kind) {
      case "scalar":
        return scalar
      case "array":
        return Arbitrary.array(json(depth - 1), { maxLength: 4 })
      case "object":
        return objectOf(json(depth - 1))
    }
  }))

/** A JSON object, nested up to `depth`. */
export const jsonObject = (depth: number): Arbitrary.Arbitrary<Schema.JsonObject> => objectOf(json(depth - 1))

/** The same value, on which every attempt to change it throws. */
export const frozen = <A extends Schema.Json>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) frozen(child)
    Object.freeze(value)
  }
  return value
}
