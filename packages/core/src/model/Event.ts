import { Schema } from "effect"
import { field, namespacedFields } from "./Fields.js"

/** The object that an event is about. */
export const ObjectReference = Schema.Struct({
  apiVersion: field(Schema.String),
  kind: field(Schema.String),
  namespace: field(Schema.String),
  name: field(Schema.String),
  uid: field(Schema.String)
})
export type ObjectReference = typeof ObjectReference.Type

/** `v1` Event. */
export const Event = Schema.Struct({
  metadata: Schema.Struct(namespacedFields),
  involvedObject: ObjectReference,
  type: field(Schema.String),
  reason: field(Schema.String),
  message: field(Schema.String),
  count: field(Schema.Int),
  firstTimestamp: field(Schema.String),
  lastTimestamp: field(Schema.String),
  source: field(Schema.Struct({ component: field(Schema.String) })),
  reportingComponent: field(Schema.String)
})
export type Event = typeof Event.Type
