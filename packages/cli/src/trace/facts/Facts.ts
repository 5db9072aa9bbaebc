import { at, type Json, numberAt, textAt } from "./Json.js"
import type { Deed, Fact } from "./Fact.js"
import { eventFacts } from "./EventFacts.js"
import { podFacts } from "./PodFacts.js"
import { cniNodeFacts, nodeFacts, policyFacts, webhookFacts } from "./ClusterFacts.js"
import { millisOf } from "./Time.js"

/** Who did it, when, and what came of it. */
export const deedOf = (record: Json, place: string): Deed => {
  const user = textAt(record, "user", "username") ?? "somebody unnamed"
  const impersonated = textAt(record, "impersonatedUser", "username")
  const code = numberAt(record, "responseStatus", "code")
  return {
    at: millisOf(textAt(record, "stageTimestamp") ?? textAt(record, "requestReceivedTimestamp")),
    received: millisOf(textAt(record, "requestReceivedTimestamp")),
    user: impersonated ?? user,
    by: impersonated === undefined ? undefined : user,
    agent: textAt(record, "userAgent") ?? "",
    code,
    refusal: code !== undefined && code >= 400 ? textAt(record, "responseStatus", "message") ?? textAt(record, "responseObject", "message") : undefined,
    place
  }
}

/** What an answered request says that a story can use; a request that changes nothing, `dryRun`, says nothing. */
export const factsOf = (record: Json, place: string): ReadonlyArray<Fact> => {
  if (/[?&]dryRun=/.test(textAt(record, "requestURI") ?? "")) return []
  const deed = deedOf(record, place)
  switch (textAt(record, "objectRef", "resource")) {
    case "pods":
      return podFacts(record, deed)
    case "events":
      return eventFacts(at(record, "responseObject", "reason") === undefined ? at(record, "requestObject") : at(record, "responseObject"), deed)
    case "nodes":
      return nodeFacts(record, deed)
    case "cninodes":
      return cniNodeFacts(record, deed)
    case "securitygrouppolicies":
      return policyFacts(record, deed)
    case "mutatingwebhookconfigurations":
    case "validatingwebhookconfigurations":
      return webhookFacts(record, deed)
    default:
      return []
  }
}

/** What an event says that was listed, not audited: its time is its own. */
export const factsOfEvent = (event: Json, place: string): ReadonlyArray<Fact> => {
  const component = textAt(event, "source", "component") ?? textAt(event, "reportingComponent") ?? textAt(event, "reportingController") ?? "somebody unnamed"
  const series = textAt(event, "series", "lastObservedTime")
  const seen = millisOf(series ?? textAt(event, "eventTime") ?? textAt(event, "lastTimestamp") ?? textAt(event, "firstTimestamp") ?? textAt(event, "metadata", "creationTimestamp"))
  return eventFacts(event, { at: seen, received: undefined, user: component, by: undefined, agent: "", code: undefined, refusal: undefined, place })
}

/** Whether a request was answered; a record without stage is a trimmed one of an answer. */
export const stageOf = (record: Json): "answered" | "received" | "panicked" | "running" => {
  switch (textAt(record, "stage")) {
    case "RequestReceived":
      return "received"
    case "Panic":
      return "panicked"
    case "ResponseStarted":
      return "running"
    default:
      return "answered"
  }
}

/** What tells a record from others: a request has one for each of its stages. */
export const identityOf = (record: Json): string | undefined => {
  const id = textAt(record, "auditID")
  return id === undefined ? undefined : `${id} ${textAt(record, "stage") ?? ""}`
}

