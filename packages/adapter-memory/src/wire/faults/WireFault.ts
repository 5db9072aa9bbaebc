import { Schema } from "effect"

/** How a struck call ends for its caller. */
const Answer = Schema.Union([
  /** The connection is cut. */
  Schema.Literal("lost"),
  /** Nothing comes until the fault is released; then it goes on, or is cut. */
  Schema.Literal("hold"),
  /** EC2's error document; the status of the code unless told. */
  Schema.Struct({ code: Schema.String, message: Schema.optionalKey(Schema.String), status: Schema.optionalKey(Schema.Int) })
])

/**
 * Trouble for calls that match. `before`: nothing is done; `after`: it is done, and the caller does not hear of it.
 *
 * ```json
 * { "action": "CreateNetworkInterface", "when": "after", "answer": "lost", "times": 1 }
 * { "action": "*", "when": "before", "answer": { "code": "RequestLimitExceeded" }, "match": { "SubnetId": "subnet-0…" } }
 * ```
 */
export const WireFault = Schema.Struct({
  /** EC2's or STS's own name, or `*`. */
  action: Schema.String,
  when: Schema.Literals(["before", "after"]),
  answer: Answer,
  /** Parameters as they are on the wire: `{ "TagSpecification.1.Tag.1.Key": "…" }`. */
  match: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** So many calls that match are let by first; 0 by default. */
  skip: Schema.optionalKey(Schema.Int),
  /** So many are struck; all by default. */
  times: Schema.optionalKey(Schema.Int),
  /** 0 to 1; 1 by default. */
  probability: Schema.optionalKey(Schema.Finite),
  /** Milliseconds that the caller waits for it; none by default. */
  delay: Schema.optionalKey(Schema.Finite)
})
export type WireFault = typeof WireFault.Type
