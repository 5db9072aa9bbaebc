import { Schema } from "effect"
import { Reading } from "../ReadingSchema.js"

const Millis = Schema.Finite.annotate({ description: "Milliseconds" })

/** One thing that happened. */
export const Step = Schema.Struct({
  what: Schema.Literals(["created", "bound", "annotation", "changed", "status", "event", "evicted", "deleted", "node", "CNINode", "policy"]),
  at: Schema.optionalKey(Schema.String).annotate({ description: "RFC 3339; absent where the record does not say" }),
  sinceCreated: Schema.optionalKey(Millis),
  sinceBefore: Schema.optionalKey(Millis).annotate({ description: "Milliseconds since the step before" }),
  coarse: Schema.Boolean.annotate({ description: "The time is cut off to the second" }),
  text: Schema.String,
  details: Schema.Array(Schema.String),
  user: Schema.String,
  agent: Schema.String,
  code: Schema.optionalKey(Schema.Int),
  mark: Schema.Literals(["plain", "good", "warning", "bad"]),
  place: Schema.String
})
export type Step = typeof Step.Type

/** One bearer of the name. */
export const PodTimeline = Schema.Struct({
  uid: Schema.optionalKey(Schema.String),
  namespace: Schema.String,
  name: Schema.String,
  node: Schema.optionalKey(Schema.String),
  asks: Schema.Literals(["yes", "no", "unknown"]).annotate({ description: "Whether it asks for vpc.amazonaws.com/pod-eni" }),
  latencies: Schema.Struct({
    createRequest: Schema.optionalKey(Millis),
    createToBound: Schema.optionalKey(Millis),
    boundToAnnotated: Schema.optionalKey(Millis),
    createToAnnotated: Schema.optionalKey(Millis)
  }),
  steps: Schema.Array(Step),
  findings: Schema.Array(Schema.String)
})
export type PodTimeline = typeof PodTimeline.Type

/** A pod's story, as `branchline trace pod --output json` prints it. */
export const PodTrace = Schema.Struct({
  kind: Schema.Literal("TracePod"),
  asked: Schema.String,
  pods: Schema.Array(PodTimeline).annotate({ description: "Bearers of the name, oldest first" }),
  reading: Reading
})
export type PodTrace = typeof PodTrace.Type
