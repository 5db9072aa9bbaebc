import { Schema } from "effect"
import { field, namespacedFields } from "./Fields.js"

/** `coordination.k8s.io/v1` Lease: who leads. Times are RFC 3339 with microseconds. */
export const Lease = Schema.Struct({
  metadata: Schema.Struct(namespacedFields),
  spec: field(Schema.Struct({
    holderIdentity: field(Schema.String),
    leaseDurationSeconds: field(Schema.Int),
    acquireTime: field(Schema.String),
    renewTime: field(Schema.String),
    leaseTransitions: field(Schema.Int)
  }))
})
export type Lease = typeof Lease.Type
