import { Clock, DateTime, Effect, type Schema } from "effect"
import { events } from "../model/Resource.js"
import type { EventRecord } from "./Kubernetes.js"
import type { KubernetesError } from "./KubernetesError.js"

const documentOf = (event: EventRecord, name: string, component: string, now: string): Schema.JsonObject => {
  const { apiVersion, kind, namespace, resourceVersion, uid } = event.regarding
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

/**
 * The object's name, a dot and the nanoseconds of the moment in hexadecimal; of a very long name the beginning.
 *
 * Source: client-go, `tools/record/util`, GenerateEventName, which takes a UUID where that would be too long.
 */
const nameOf = (event: EventRecord, nanos: bigint): string => {
  const end = `.${nanos.toString(16)}`
  return `${event.regarding.name.slice(0, longestName - end.length).replace(/[^a-z0-9]+$/, "")}${end}`
}

/** Whole seconds, as `metav1.Time` writes them. */
const timestamp = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 19)}Z`

/**
 * Writes an event as client-go does, for adapters' `recordEvent`. A name that is taken, because two were told in one moment, is followed by
 * the next nanosecond's.
 *
 * @param component who tells it: `source.component` and `reportingComponent`
 * @param moment nanoseconds since the epoch, for the name; a clock that stands still needs one that does not
 */
export const writeEvent = Effect.fnUntraced(function*(
  create: (resource: typeof events, document: Schema.JsonObject) => Effect.Effect<unknown, KubernetesError>,
  event: EventRecord,
  component: string,
  moment: Effect.Effect<bigint> = Clock.currentTimeNanos
) {
  const now = timestamp(yield* Clock.currentTimeMillis)
  if (event.moment !== undefined) return yield* Effect.asVoid(create(events, documentOf(event, nameOf(event, event.moment), component, now)))
  let nanos = yield* moment
  const attempt: Effect.Effect<void, KubernetesError> = Effect.suspend(() =>
    Effect.asVoid(create(events, documentOf(event, nameOf(event, nanos), component, now)))
  ).pipe(
    Effect.catchIf((error) => error.reason._tag === "AlreadyExists", () => {
      nanos += 1n
      return attempt
    })
  )
  return yield* attempt
})
