import { Schema } from "effect"
import { Reading } from "../ReadingSchema.js"

const Millis = Schema.Finite.annotate({ description: "Milliseconds" })
const Moment = Schema.String.annotate({ description: "RFC 3339, milliseconds" })
const Text = Schema.String
const Count = Schema.Int

const Distribution = Schema.Struct({ count: Count, min: Millis, p50: Millis, p90: Millis, p99: Millis, p999: Millis, max: Millis })

const shown = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ count: Count.annotate({ description: "All of them" }), first: Schema.Array(item).annotate({ description: "The first, as many as --top says" }) })

const pod = { namespace: Text, name: Text, uid: Schema.optionalKey(Text) }
const deed = { at: Schema.optionalKey(Moment), user: Text, agent: Text, place: Text.annotate({ description: "File and line" }) }

/** A pod that got in while the webhook was away. */
export const Slipped = Schema.Struct({
  ...pod,
  created: Schema.optionalKey(Moment),
  createdBy: Text,
  why: Schema.Literals(["no resource", "never annotated"]).annotate({
    description: "no resource: it was stored without the resource; never annotated: the records do not tell its resources, and nobody annotated it"
  }),
  place: Text
})
export type Slipped = typeof Slipped.Type

/** A pod that asks for a branch and, at the end of the records, waits for it. */
export const Stuck = Schema.Struct({
  ...pod,
  waitsFor: Schema.Literals(["node", "annotation"]),
  since: Moment,
  for: Millis,
  node: Schema.optionalKey(Text),
  failures: Count,
  failure: Schema.optionalKey(Text)
})
export type Stuck = typeof Stuck.Type

/** A pod that asked for a branch, and ended without its annotation. */
export const Unserved = Schema.Struct({ ...pod, created: Moment, lived: Millis, node: Schema.optionalKey(Text), failure: Schema.optionalKey(Text) })
export type Unserved = typeof Unserved.Type

export const Slow = Schema.Struct({ ...pod, node: Schema.optionalKey(Text), created: Moment, createToAnnotated: Millis, createToBound: Schema.optionalKey(Millis), boundToAnnotated: Schema.optionalKey(Millis) })
export type Slow = typeof Slow.Type

/** An annotation written by somebody who is not the controller. */
export const Foreign = Schema.Struct({
  ...pod,
  ...deed,
  did: Schema.Literals(["set", "changed", "removed"]),
  value: Schema.optionalKey(Text),
  code: Schema.optionalKey(Count)
})
export type Foreign = typeof Foreign.Type

export const Capacity = Schema.Struct({
  ...deed,
  node: Text,
  field: Schema.Literals(["capacity", "allocatable"]),
  value: Schema.NullOr(Text),
  whose: Schema.Literals(["controller", "node", "other"]),
  refused: Schema.Boolean
})
export type Capacity = typeof Capacity.Type

export const Change = Schema.Struct({ ...deed, kind: Schema.Literals(["CNINode", "SecurityGroupPolicy", "webhook configuration", "node label"]), name: Text, verb: Text, what: Text, refused: Schema.Boolean })
export type Change = typeof Change.Type

export const Actor = Schema.Struct({ user: Text, agent: Text, deeds: Schema.Record(Text, Count) })
export type Actor = typeof Actor.Type

/** What a window of audit records says, as `branchline trace window --output json` prints it. */
export const Window = Schema.Struct({
  kind: Schema.Literal("TraceWindow"),
  from: Schema.optionalKey(Moment),
  to: Schema.optionalKey(Moment),
  pods: Schema.Struct({
    created: Count,
    refused: Count.annotate({ description: "Creations that the server refused" }),
    asked: Count.annotate({ description: "Created with the resource vpc.amazonaws.com/pod-eni" }),
    notAsked: Count,
    unknown: Count.annotate({ description: "The records do not tell: their audit level leaves objects out" }),
    unnamed: Count.annotate({ description: "Of the created, those whose name the records do not tell; their stories cannot be put together" }),
    failedOpen: Count,
    bound: Count,
    annotated: Count,
    deleted: Count,
    earlier: Count.annotate({ description: "Pods whose creation is not in the records" }),
    dropped: Count.annotate({ description: "Pods that waited when there was no more room for them: they are in no list below" })
  }),
  latencies: Schema.Struct({
    createRequest: Schema.optionalKey(Distribution).annotate({ description: "How long the server took for a creation, webhooks and all" }),
    createToBound: Schema.optionalKey(Distribution),
    boundToAnnotated: Schema.optionalKey(Distribution),
    createToAnnotated: Schema.optionalKey(Distribution)
  }),
  slipped: shown(Slipped),
  stuck: shown(Stuck),
  unserved: shown(Unserved),
  foreign: shown(Foreign),
  attempts: shown(Foreign).annotate({ description: "The same, but the server refused: nothing was changed" }),
  slowest: Schema.Array(Slow),
  refusedAnnotations: Schema.Array(Schema.Struct({ code: Count, count: Count })).annotate({ description: "The controller's own annotation writes that the server refused" }),
  rewritten: Count.annotate({ description: "Annotations that the controller wrote a second time with another value" }),
  capacities: shown(Capacity),
  changes: shown(Change),
  actors: shown(Actor),
  reading: Reading
})
export type Window = typeof Window.Type
