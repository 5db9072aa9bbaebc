import { hasTrunkAttachedLabel, podEni } from "@branchline/core/model/Names"
import { at, type Json, listAt, textAt } from "./Json.js"
import type { Deed, Fact } from "./Fact.js"
import { touched, written } from "./Patch.js"

const verbOf = (record: Json): string => textAt(record, "verb") ?? ""
const nameOf = (record: Json): string => textAt(record, "objectRef", "name") ?? textAt(record, "responseObject", "metadata", "name") ?? textAt(record, "requestObject", "metadata", "name") ?? ""

/** What a write to a node says about its trunk. A whole node that is written carries its capacity along, which is no news: only patches and new nodes tell. */
export const nodeFacts = (record: Json, deed: Deed): ReadonlyArray<Fact> => {
  const verb = verbOf(record)
  if (verb !== "patch" && verb !== "create") return []
  const node = nameOf(record)
  const request = at(record, "requestObject")
  const facts: Array<Fact> = []
  for (const field of ["capacity", "allocatable"] as const) {
    const value = written(request, "status", field, podEni)
    if (value !== undefined) facts.push({ _tag: "NodeCapacity", deed, node, field, value })
  }
  const label = written(request, "metadata", "labels", hasTrunkAttachedLabel)
  if (label !== undefined) facts.push({ _tag: "NodeLabelled", deed, node, value: label })
  return facts
}

const featureText = (feature: Json): string => {
  const value = textAt(feature, "value")
  return `${textAt(feature, "name") ?? "?"}${value === undefined ? "" : `=${value}`}`
}

const cniNodeText = (record: Json): string => {
  const request = at(record, "requestObject")
  const features = Array.isArray(request)
    ? request.flatMap((operation) => (textAt(operation, "path")?.startsWith("/spec/features") ? [at(operation, "value")].flat() : []))
    : listAt(request, "spec", "features")
  const parts: Array<string> = []
  if (features.length > 0) parts.push(`features ${features.map(featureText).join(", ")}`)
  if (verbOf(record) === "patch" && parts.length === 0) parts.push(touched(request))
  const finalizers = at(request, "metadata", "finalizers")
  if (Array.isArray(finalizers)) parts.push(finalizers.length === 0 ? "no finalizer left" : `finalizers ${finalizers.join(", ")}`)
  return parts.filter((part) => part !== "").join("; ")
}

/** Any write to a CNINode. */
export const cniNodeFacts = (record: Json, deed: Deed): ReadonlyArray<Fact> => [
  { _tag: "CniNodeChanged", deed, node: nameOf(record), verb: verbOf(record), what: cniNodeText(record) }
]

/** Any write to a SecurityGroupPolicy. */
export const policyFacts = (record: Json, deed: Deed): ReadonlyArray<Fact> => {
  const groups = listAt(record, "requestObject", "spec", "securityGroups", "groupIds").filter((group) => typeof group === "string")
  const request = at(record, "requestObject")
  const what = groups.length > 0 ? `groups ${groups.join(", ")}` : verbOf(record) === "patch" ? touched(request) : ""
  return [{ _tag: "PolicyChanged", deed, namespace: textAt(record, "objectRef", "namespace") ?? "", name: nameOf(record), verb: verbOf(record), what }]
}

/** A write to one of the VPC resource webhooks' configurations (contract §2). Renewed certificates come this way, too. */
export const webhookFacts = (record: Json, deed: Deed): ReadonlyArray<Fact> => {
  const name = nameOf(record)
  return name.startsWith("vpc-resource-") ? [{ _tag: "WebhookConfigured", deed, name, verb: verbOf(record) }] : []
}
