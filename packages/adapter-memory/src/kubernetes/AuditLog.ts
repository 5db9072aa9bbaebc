import type { Schema } from "effect"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { AuditEvent } from "./Audit.js"
import type { Chance } from "./Chance.js"
import type { Document } from "./Document.js"
import type { Kind } from "./Kinds.js"
import type { Rejection } from "./Rejection.js"
import { micros } from "./Timestamps.js"
import type { User } from "./User.js"

/** A write, as the audit log is told of it. */
export interface AuditedRequest {
  readonly user: User
  readonly userAgent: string
  readonly verb: "create" | "patch" | "delete"
  readonly kind: Kind
  readonly key: ObjectKey
  readonly subresource: "" | "status" | "binding"
  readonly body: Document | Schema.JsonArray
  readonly annotations: Readonly<Record<string, string>>
  readonly received: number
  readonly answered: number
  /** What kept it from being done. */
  readonly rejection: Rejection | undefined
}

/** `/api/v1/namespaces/default/pods/web`. Source: Kubernetes, "API Concepts", resource URIs; creations post to the collection. */
const uriOf = ({ kind, key, verb, subresource }: AuditedRequest): string => [
  kind.group === "" ? "/api" : `/apis/${kind.group}`,
  kind.version,
  ...(key.namespace === undefined ? [] : ["namespaces", key.namespace]),
  kind.plural,
  ...(verb === "create" && subresource === "" ? [] : [key.name]),
  ...(subresource === "" ? [] : [subresource])
].join("/")

const eventOf = (request: AuditedRequest, auditID: string): AuditEvent => {
  const { kind, key, subresource, rejection, body } = request
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Request",
    auditID,
    stage: "ResponseComplete",
    requestURI: uriOf(request),
    verb: request.verb,
    user: request.user,
    sourceIPs: ["127.0.0.1"],
    userAgent: request.userAgent,
    objectRef: {
      resource: kind.plural,
      ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
      ...(key.name === "" ? {} : { name: key.name }),
      ...(kind.group === "" ? {} : { apiGroup: kind.group }),
      apiVersion: kind.version,
      ...(subresource === "" ? {} : { subresource })
    },
    responseStatus: rejection === undefined
      ? { metadata: {}, code: request.verb === "create" ? 201 : 200 }
      : { metadata: {}, status: "Failure", message: rejection.message, reason: rejection.reason, code: rejection.code },
    requestObject: body,
    requestReceivedTimestamp: micros(request.received),
    stageTimestamp: micros(request.answered),
    annotations: {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": "",
      ...request.annotations
    }
  }
}

/** The log as the server writes it. */
export interface AuditLog {
  readonly record: (request: AuditedRequest) => void
  readonly events: () => ReadonlyArray<AuditEvent>
}

/** A log that keeps the newest `capacity` events at least. An event is made when somebody first asks for it: most logs are never read. */
export const make = (capacity: number, chance: Chance): AuditLog => {
  let events: Array<AuditEvent> = []
  let requests: Array<AuditedRequest> = []
  const write = (): void => {
    for (const request of requests) events.push(eventOf(request, chance.uuid()))
    requests = []
  }
  return {
    record: (request) => {
      requests.push(request)
      if (events.length + requests.length <= 2 * capacity) return
      // Half at a time: dropping one by one would copy the list at every write.
      write()
      events = events.slice(-capacity)
    },
    events: () => {
      write()
      return [...events]
    }
  }
}
