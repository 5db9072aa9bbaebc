import { at, type Json, numberAt, textAt } from "./Json.js"
import type { Deed, Fact } from "./Fact.js"

/** What an event (`v1` or `events.k8s.io/v1`) says about a pod. */
export const eventFacts = (event: Json, deed: Deed): ReadonlyArray<Fact> => {
  const about = at(event, "involvedObject") ?? at(event, "regarding")
  const reason = textAt(event, "reason")
  if (textAt(about, "kind") !== "Pod" || reason === undefined) return []
  return [{
    _tag: "EventTold",
    deed,
    pod: {
      namespace: textAt(about, "namespace") ?? textAt(event, "metadata", "namespace") ?? "",
      name: textAt(about, "name") ?? "",
      uid: textAt(about, "uid")
    },
    type: textAt(event, "type") ?? "",
    reason,
    message: textAt(event, "message") ?? textAt(event, "note") ?? "",
    count: numberAt(event, "series", "count") ?? numberAt(event, "count") ?? numberAt(event, "deprecatedCount") ?? 1,
    component: textAt(event, "source", "component") ?? textAt(event, "reportingComponent") ?? textAt(event, "reportingController") ?? deed.user,
    coarse: deed.received === undefined
  }]
}
