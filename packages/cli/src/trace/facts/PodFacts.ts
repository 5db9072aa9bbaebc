import { podEni } from "@branchline/core/model/Names"
import { at, type Json, listAt, membersAt, numberAt, textAt } from "./Json.js"
import { type Deed, type Fact, isRefused, type PodRef } from "./Fact.js"
import { touched, written } from "./Patch.js"
import { failedOpen, gaveResource, webhookCalls } from "./Webhooks.js"

const podRef = (record: Json): PodRef => {
  const about = at(record, "objectRef")
  // An answer that is no pod (a Status, say) names something else.
  const answer = textAt(record, "responseObject", "kind") === "Pod" ? at(record, "responseObject", "metadata") : undefined
  const request = at(record, "requestObject", "metadata")
  return {
    namespace: textAt(about, "namespace") ?? textAt(answer, "namespace") ?? textAt(request, "namespace") ?? "",
    name: textAt(about, "name") ?? textAt(answer, "name") ?? textAt(request, "name") ?? "",
    uid: textAt(about, "uid") ?? textAt(answer, "uid") ?? textAt(request, "uid")
  }
}

const asksIn = (pod: Json): boolean =>
  listAt(pod, "spec", "containers").some((container) =>
    (["limits", "requests"] as const).some((side) => {
      const amount = at(container, "resources", side, podEni)
      return amount !== undefined && amount !== null && String(amount) !== "0"
    })
  )

const isPod = (value: Json): boolean => textAt(value, "kind") === "Pod" || listAt(value, "spec", "containers").length > 0

/** A record with only metadata says nothing of resources, unless a webhook says that it changed the pod. */
const asksOf = (record: Json, gave: boolean, open: boolean): "yes" | "no" | "unknown" => {
  const answer = at(record, "responseObject")
  if (isPod(answer)) return asksIn(answer) ? "yes" : "no"
  const request = at(record, "requestObject")
  if (gave || isPod(request) && asksIn(request)) return "yes"
  return isPod(request) || open && request !== undefined ? "no" : "unknown"
}

const created = (record: Json, deed: Deed): Fact => {
  const webhooks = webhookCalls(at(record, "annotations"))
  const pod = podRef(record)
  return {
    _tag: "PodCreated",
    deed,
    pod,
    generateName: textAt(record, "requestObject", "metadata", "generateName") ?? textAt(record, "responseObject", "metadata", "generateName"),
    asks: asksOf(record, gaveResource(webhooks), failedOpen(webhooks)),
    webhooks,
    annotation: textAt(record, "requestObject", "metadata", "annotations", podEni),
    node: textAt(record, "responseObject", "spec", "nodeName") ?? textAt(record, "requestObject", "spec", "nodeName")
  }
}

const conditionText = (condition: Json): ReadonlyArray<string> => {
  const type = textAt(condition, "type")
  const status = textAt(condition, "status")
  if (type === undefined || status === undefined) return []
  const reason = textAt(condition, "reason")
  const why = status === "True" || reason === undefined ? "" : ` (${reason})`
  return [`${type}=${status}${why}`]
}

const statusText = (request: Json): ReadonlyArray<string> => {
  const phase = textAt(request, "status", "phase")
  const ip = textAt(request, "status", "podIP")
  return [
    ...(phase === undefined ? [] : [`phase ${phase}`]),
    ...listAt(request, "status", "conditions").flatMap(conditionText),
    ...(ip === undefined ? [] : [`IP ${ip}`])
  ]
}

/** A write to a pod or its status: what it says of the annotation, and the rest. */
const changed = (record: Json, deed: Deed, verb: string): ReadonlyArray<Fact> => {
  const request = at(record, "requestObject")
  const pod = podRef(record)
  const subresource = textAt(record, "objectRef", "subresource")
  const whole = verb === "update"
  const annotation = whole ? textAt(request, "metadata", "annotations", podEni) ?? null : written(request, "metadata", "annotations", podEni)
  const facts: Array<Fact> = []
  // A whole pod without the annotation removes one that it had; a status or another part of a pod leaves it alone.
  const tells = whole ? isPod(request) && subresource === undefined : annotation !== undefined
  if (tells && annotation !== undefined) facts.push({ _tag: "AnnotationWritten", deed, pod, value: annotation, whole })
  if (subresource === "status") {
    const what = statusText(request)
    if (what.length > 0) facts.push({ _tag: "PodStatus", deed, pod, what })
    return facts
  }
  if (!whole && facts.length > 0 && onlyAnnotation(request)) return facts
  const what = whole ? "written as a whole" : touched(request)
  return [...facts, { _tag: "PodChanged", deed, pod, what: subresource === undefined ? what : `${subresource}: ${what}` }]
}

const onlyAnnotation = (request: Json): boolean =>
  Array.isArray(request)
    ? request.every((operation) => {
      const path = textAt(operation, "path") ?? ""
      return path.endsWith("~1pod-eni") || path === "/metadata/annotations" || path === "/metadata/uid" || path === "/metadata/resourceVersion"
    })
    : membersAt(request).every(([name]) => name === "metadata" || name === "kind" || name === "apiVersion") &&
      membersAt(request, "metadata").every(([name]) => name === "annotations" || name === "uid" || name === "resourceVersion" || name === "name" || name === "namespace") &&
      membersAt(request, "metadata", "annotations").every(([name]) => name === podEni)

/**
 * A pod is gone at once where nothing is to be waited for: no grace, and no finalizer left.
 *
 * Source: Kubernetes, "Pod Lifecycle", termination of pods.
 */
const deleted = (record: Json, deed: Deed, pod: PodRef, answer: Json): Fact => {
  const asked = numberAt(record, "requestObject", "gracePeriodSeconds")
  const told = numberAt(answer, "metadata", "deletionGracePeriodSeconds")
  const grace = told ?? asked
  const held = listAt(answer, "metadata", "finalizers").length > 0
  // A kubelet deletes when the containers have ended, and waits for nothing more.
  const final = grace === undefined ? deed.user.startsWith("system:node:") || undefined : grace === 0 && !held
  return { _tag: "PodDeleted", deed, pod, grace, final: isRefused(deed) ? false : final }
}

const deletedTogether = (record: Json, deed: Deed): ReadonlyArray<Fact> =>
  listAt(record, "responseObject", "items").map((pod) =>
    deleted(record, deed, {
      namespace: textAt(pod, "metadata", "namespace") ?? textAt(record, "objectRef", "namespace") ?? "",
      name: textAt(pod, "metadata", "name") ?? "",
      uid: textAt(pod, "metadata", "uid")
    }, pod)
  )

/** What a write to a pod says. */
export const podFacts = (record: Json, deed: Deed): ReadonlyArray<Fact> => {
  const verb = textAt(record, "verb") ?? ""
  const subresource = textAt(record, "objectRef", "subresource")
  const pod = podRef(record)
  switch (verb) {
    case "create":
      if (subresource === undefined) return [created(record, deed)]
      if (subresource === "binding") return [{ _tag: "PodBound", deed, pod, node: textAt(record, "requestObject", "target", "name") }]
      return subresource === "eviction" ? [{ _tag: "PodEvicted", deed, pod }] : []
    case "update":
    case "patch":
      return changed(record, deed, verb)
    case "delete": {
      const answer = textAt(record, "responseObject", "kind") === "Pod" ? at(record, "responseObject") : undefined
      return [deleted(record, deed, pod, answer)]
    }
    case "deletecollection":
      return deletedTogether(record, deed)
    default:
      return []
  }
}
