import type { Schema } from "effect"
import { equals } from "@branchline/core/patch/Json"
import { type Document, finalizersOf, nameOf, objectAt, resourceVersionOf, withMetadata } from "./Document.js"
import type { Kind } from "./Kinds.js"
import { changeProblems, newObjectProblems, objectProblems } from "./KindValidation.js"
import { metadataProblems } from "./MetadataValidation.js"
import type { Cause } from "./Rejection.js"

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const subdomainHelp = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

/** What is wrong with a name. Source: Kubernetes, "Object Names and IDs", DNS subdomain names. */
const nameProblems = (name: string): ReadonlyArray<Cause> => {
  if (name === "") return [{ field: "metadata.name", message: "Required value: name or generateName is required" }]
  if (name.length > 253) {
    return [{ field: "metadata.name", message: `Invalid value: "${name}": must be no more than 253 characters` }]
  }
  return subdomain.test(name) ? [] : [{ field: "metadata.name", message: `Invalid value: "${name}": ${subdomainHelp}` }]
}

/** What keeps a new object out. */
export const createProblems = (kind: Kind, document: Document): ReadonlyArray<Cause> => [
  ...nameProblems(nameOf(document)),
  ...metadataProblems(document),
  ...objectProblems(kind, document),
  ...newObjectProblems(kind, document)
]

const immutable = ["name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"]

const immutableProblems = (before: Document, after: Document): ReadonlyArray<Cause> => {
  const old = objectAt(before, "metadata")
  const given = objectAt(after, "metadata")
  return immutable.filter((field) => !equals(given[field], old[field])).map((field) => ({
    field: `metadata.${field}`,
    message: `Invalid value: ${JSON.stringify(given[field] ?? "")}: field is immutable`
  }))
}

const finalizerProblems = (before: Document, after: Document): ReadonlyArray<Cause> => {
  if (objectAt(before, "metadata")["deletionTimestamp"] === undefined) return []
  const added = finalizersOf(after).filter((finalizer) => !finalizersOf(before).includes(finalizer))
  return added.length === 0 ? [] : [{
    field: "metadata.finalizers",
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(", ")}}`
  }]
}

/** What keeps a change from being made. Source: apimachinery, `pkg/api/validation`, ValidateObjectMetaAccessorUpdate. */
export const updateProblems = (kind: Kind, before: Document, after: Document): ReadonlyArray<Cause> => [
  ...finalizerProblems(before, after),
  ...(resourceVersionOf(after) === ""
    ? [{ field: "metadata.resourceVersion", message: "Invalid value: 0: must be specified for an update" }]
    : []),
  ...immutableProblems(before, after),
  ...metadataProblems(after, before),
  ...objectProblems(kind, after),
  ...changeProblems(kind, before, after)
]

const whenSilent = {
  custom: ["uid", "deletionGracePeriodSeconds"],
  builtIn: ["uid", "deletionGracePeriodSeconds", "resourceVersion"]
}

/**
 * What an update cannot take away from an object, because the server puts it back: when it was made and when it is to go always, its UID
 * (and version, for built-in kinds) where the update is silent about it or empties it.
 *
 * Source: apiserver, `pkg/registry/rest`, BeforeUpdate.
 */
export const withServerFields = (kind: Kind, before: Document, after: Document): Document => {
  const old = objectAt(before, "metadata")
  const given = objectAt(after, "metadata")
  const changes: Record<string, Schema.Json | undefined> = { creationTimestamp: old["creationTimestamp"] }
  if (old["deletionTimestamp"] !== undefined) changes["deletionTimestamp"] = old["deletionTimestamp"]
  for (const field of kind.custom ? whenSilent.custom : whenSilent.builtIn) {
    if (given[field] === undefined || given[field] === "") changes[field] = old[field]
  }
  return withMetadata(after, changes)
}
