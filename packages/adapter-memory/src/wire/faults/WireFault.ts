import { Schema } from "effect"

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a whole number, 0 or more" }))
const Status = Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }, { expected: "an HTTP status of an error, 400 to 599" }))

/** How a struck call ends for its caller. */
const Answer = Schema.Union([
  Schema.Literals([
    /** The connection is cut. */
    "lost",
    /** Nothing comes until the fault is released; then the call goes on, or is cut. */
    "hold"
  ]),
  /** EC2's error document; message and status are the code's own unless told. */
  Schema.Struct({ code: Schema.NonEmptyString, message: Schema.optionalKey(Schema.String), status: Schema.optionalKey(Status) })
])

/**
 * Trouble for calls that match. `before`: nothing is done; `after`: it is done, and the caller hears of it what `answer` says. Without `answer` the call is only
 * late, by `delay`.
 *
 * ```json
 * { "action": "CreateNetworkInterface", "when": "after", "answer": "lost", "times": 1 }
 * { "action": "*", "when": "before", "answer": { "code": "RequestLimitExceeded" }, "match": { "SubnetId": "subnet-0…" } }
 * ```
 */
export const WireFault = Schema.Struct({
  /** EC2's or STS's own name, or `*`. */
  action: Schema.NonEmptyString,
  when: Schema.Literals(["before", "after"]),
  answer: Schema.optionalKey(Answer),
  /** Parameters as they are on the wire: `{ "TagSpecification.1.Tag.1.Key": "…" }`. */
  match: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** So many calls that match are let by first; 0 by default. */
  skip: Schema.optionalKey(count),
  /** So many are struck; all by default. */
  times: Schema.optionalKey(count),
  /** 0 to 1; 1 by default. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "0 to 1" }))),
  /** Milliseconds that the caller waits longer; none by default. */
  delay: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "milliseconds, 0 or more" })))
}).check(Schema.makeFilter(({ answer, delay }) => answer !== undefined || delay !== undefined || "a fault needs an answer, a delay, or both"))
export type WireFault = typeof WireFault.Type
