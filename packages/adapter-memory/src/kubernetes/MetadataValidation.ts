import { keyProblems, valueProblems } from "@branchline/core/selection/LabelSyntax"
import { type Document, finalizersOf, labelsOf, objectAt } from "./Document.js"
import type { Cause } from "./Rejection.js"

const nameHelp = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const valueHelp = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

const invalid = (field: string, value: string, help: string): Cause => ({ field, message: `Invalid value: ${JSON.stringify(value)}: ${help}` })

/** Finalizers without a domain that Kubernetes itself uses. Source: apimachinery, `pkg/apis/meta/v1`, FinalizerOrphanDependents and its neighbours; core, FinalizerKubernetes. */
const standardFinalizers: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion", "kubernetes"])

const finalizerProblem = (finalizer: string, index: number): ReadonlyArray<Cause> => {
  const field = `metadata.finalizers[${index}]`
  if (keyProblems(finalizer).length > 0) return [invalid(field, finalizer, nameHelp)]
  return finalizer.includes("/") || standardFinalizers.has(finalizer)
    ? []
    : [invalid(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")]
}

const labelProblems = (document: Document): ReadonlyArray<Cause> =>
  Object.entries(labelsOf(document)).flatMap(([key, value]) => [
    ...(keyProblems(key).length > 0 ? [invalid("metadata.labels", key, nameHelp)] : []),
    ...(valueProblems(value).length > 0 ? [invalid("metadata.labels", value, valueHelp)] : [])
  ])

// Annotation keys are compared in lower case, so that their prefix may be in upper case.
const annotationProblems = (document: Document): ReadonlyArray<Cause> =>
  Object.keys(objectAt(document, "metadata", "annotations"))
    .filter((key) => keyProblems(key.toLowerCase()).length > 0)
    .map((key) => invalid("metadata.annotations", key, nameHelp))

const finalizerProblems = (document: Document): ReadonlyArray<Cause> =>
  finalizersOf(document).flatMap((finalizer, index) => typeof finalizer === "string" ? finalizerProblem(finalizer, index) : [])

const none: ReadonlyArray<Cause> = []

/**
 * What is wrong with labels, annotations and finalizers; of a change (`before` is what is stored) with those that it touches, for the others
 * were looked at when they came in. Source: apimachinery, `pkg/api/validation`, ValidateObjectMetaAccessor.
 */
export const metadataProblems = (document: Document, before: Document = {}): ReadonlyArray<Cause> => {
  const given = objectAt(document, "metadata")
  const stored = objectAt(before, "metadata")
  const problems = [
    given["labels"] === stored["labels"] ? none : labelProblems(document),
    given["annotations"] === stored["annotations"] ? none : annotationProblems(document),
    given["finalizers"] === stored["finalizers"] ? none : finalizerProblems(document)
  ]
  return problems.flat()
}
