import { equals } from "@branchline/core/patch/Json"
import { type Document, finalizersOf, listAt, nameOf, objectAt, objectsAt, resourceVersionOf, without, withMetadata } from "./Document.js"
import * as ExtendedResources from "./ExtendedResources.js"
import { type Kind, qualifiedName } from "./Kinds.js"
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

const podProblems = (pod: Document): ReadonlyArray<Cause> => [
  ...(listAt(pod, "spec", "containers").length === 0 ? [{ field: "spec.containers", message: "Required value" }] : []),
  ...ExtendedResources.problemsOf(pod)
]

/** What keeps a new object out. */
export const createProblems = (kind: Kind, document: Document): ReadonlyArray<Cause> => [
  ...nameProblems(nameOf(document)),
  ...(qualifiedName(kind) === "pods" ? podProblems(document) : [])
]

const immutable = (before: Document, after: Document, field: string): ReadonlyArray<Cause> => {
  const value = objectAt(after, "metadata")[field]
  return equals(value, objectAt(before, "metadata")[field])
    ? []
    : [{ field: `metadata.${field}`, message: `Invalid value: ${JSON.stringify(value ?? "")}: field is immutable` }]
}

const finalizerProblems = (before: Document, after: Document): ReadonlyArray<Cause> => {
  if (objectAt(before, "metadata")["deletionTimestamp"] === undefined) return []
  const added = finalizersOf(after).filter((finalizer) => !finalizersOf(before).includes(finalizer))
  return added.length === 0 ? [] : [{
    field: "metadata.finalizers",
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`
  }]
}

/** The parts of a pod's spec that an update may change. Source: Kubernetes, "Pod update and replacement". */
const fixedPart = (pod: Document): Document => ({
  ...["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"].reduce(without, objectAt(pod, "spec")),
  containers: objectsAt(pod, "spec", "containers").map((container) => without(container, "image")),
  initContainers: objectsAt(pod, "spec", "initContainers").map((container) => without(container, "image"))
})

const tolerationsOf = (pod: Document): ReadonlyArray<Document> =>
  objectsAt(pod, "spec", "tolerations").map((toleration) => without(toleration, "tolerationSeconds"))

const podUpdateProblems = (before: Document, after: Document): ReadonlyArray<Cause> => [
  ...(equals(fixedPart(before), fixedPart(after)) ? [] : [{
    field: "spec",
    message: "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
      "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
  }]),
  ...(tolerationsOf(before).every((old) => tolerationsOf(after).some((kept) => equals(old, kept))) ? [] : [{ field: "spec.tolerations", message: "Forbidden: existing toleration can not be modified except its tolerationSeconds" }])
]

/** What keeps a change from being made. Source: apimachinery, `pkg/api/validation`, ValidateObjectMetaAccessorUpdate. */
export const updateProblems = (kind: Kind, before: Document, after: Document): ReadonlyArray<Cause> => [
  ...finalizerProblems(before, after),
  ...(resourceVersionOf(after) === ""
    ? [{ field: "metadata.resourceVersion", message: "Invalid value: 0x0: must be specified for an update" }]
    : []),
  ...["name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"].flatMap((field) => immutable(before, after, field)),
  ...(qualifiedName(kind) === "pods" ? podUpdateProblems(before, after) : [])
]

/**
 * What an update cannot take away from an object, because the server puts it back: when it was made and when it is to go always, its UID
 * (and version, for built-in kinds) where the update is silent about it.
 *
 * Source: apiserver, `pkg/registry/rest`, BeforeUpdate.
 */
export const withServerFields = (kind: Kind, before: Document, after: Document): Document => {
  const old = objectAt(before, "metadata")
  const given = objectAt(after, "metadata")
  const always = ["creationTimestamp", ...(old["deletionTimestamp"] === undefined ? [] : ["deletionTimestamp"])]
  const whenSilent = ["uid", "deletionGracePeriodSeconds", ...(kind.custom ? [] : ["resourceVersion"])]
  const changes = [...always, ...whenSilent.filter((field) => given[field] === undefined)].map((field) => [field, old[field]] as const)
  return withMetadata(after, Object.fromEntries(changes))
}
