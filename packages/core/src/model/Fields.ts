import { Schema } from "effect"

/** A field that Kubernetes may leave out or send as `null`; both mean "absent". */
export const field = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** `map[string]string`: labels, tags, quantities. */
export const StringMap = Schema.Record(Schema.String, Schema.String)

/** What every object has in `metadata` and the core reads; a resource adds to it what it alone needs. */
export const metadataFields = {
  name: Schema.String,
  uid: Schema.String,
  resourceVersion: Schema.String,
  labels: field(StringMap),
  deletionTimestamp: field(Schema.String)
} as const

/** `metadata` of an object that lives in a namespace. */
export const namespacedFields = { ...metadataFields, namespace: Schema.String } as const

export const OwnerReference = Schema.Struct({
  apiVersion: Schema.String,
  kind: Schema.String,
  name: Schema.String,
  uid: Schema.String,
  controller: field(Schema.Boolean)
})

