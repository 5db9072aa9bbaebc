import { Clock, Effect } from "effect"
import { events } from "@branchline/core/model/Resource"
import type { EventRecord } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { Verbs } from "./ApiServer.js"
import type { Document } from "./Document.js"
import { seconds } from "./Timestamps.js"

const documentOf = (event: EventRecord, name: string, component: string, now: string): Document => {
  const { apiVersion, kind, namespace, uid, resourceVersion } = event.regarding
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: namespace ?? "default" },
    involvedObject: {
      kind,
      ...(namespace === undefined ? {} : { namespace }),
      name: event.regarding.name,
      uid,
      apiVersion,
      ...(resourceVersion === undefined ? {} : { resourceVersion })
    },
    reason: event.reason,
    message: event.message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: event.type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: ""
  }
}

/** The longest name of an object. Source: Kubernetes, "Object Names and IDs". */
const longestName = 253

const nameOf = (event: EventRecord, nanos: bigint): string => {
  const end = `.${nanos.toString(16)}`
  return `${event.regarding.name.slice(0, longestName - end.length).replace(/[^a-z0-9]+$/, "")}${end}`
}

/**
 * Writes events under the names that client-go gives them: the object's name (of a very long one the beginning), a dot and the nanoseconds of
 * the moment in hexadecimal. Where that name is taken, because virtual time stood still, a nanosecond is added.
 *
 * Source: client-go, `tools/record/util`, GenerateEventName.
 */
export const record = Effect.fnUntraced(function*(verbs: Verbs, event: EventRecord, component: string) {
  const now = seconds(yield* Clock.currentTimeMillis)
  let nanos = yield* Clock.currentTimeNanos
  const attempt: Effect.Effect<void, KubernetesError> = Effect.suspend(() =>
    Effect.asVoid(verbs.create(events, documentOf(event, nameOf(event, nanos), component, now)))
  ).pipe(
    Effect.catchIf((error) => error.reason._tag === "AlreadyExists", () => {
      nanos += 1n
      return attempt
    })
  )
  return yield* attempt
})
