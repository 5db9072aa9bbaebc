import type { Effect, Schema } from "effect"
import type { Document } from "./Document.js"
import type { User } from "./User.js"

/** `audit.k8s.io/v1` Event, stage ResponseComplete. */
export interface AuditEvent {
  readonly kind: "Event"
  readonly apiVersion: "audit.k8s.io/v1"
  readonly level: "Request"
  readonly auditID: string
  readonly stage: "ResponseComplete"
  readonly requestURI: string
  readonly verb: string
  readonly user: User
  readonly sourceIPs: ReadonlyArray<string>
  readonly userAgent: string
  readonly objectRef: {
    readonly resource: string
    readonly namespace?: string
    readonly name?: string
    readonly apiGroup?: string
    readonly apiVersion: string
    readonly subresource?: string
  }
  readonly responseStatus: {
    readonly metadata: Readonly<Record<string, never>>
    readonly status?: "Failure"
    readonly message?: string
    readonly reason?: string
    readonly code: number
  }
  readonly requestObject?: Document | Schema.JsonArray
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations: Readonly<Record<string, string>>
}

/** The audit log. */
export interface Audit {
  /** What was recorded so far, oldest first. */
  readonly events: Effect.Effect<ReadonlyArray<AuditEvent>>
}
