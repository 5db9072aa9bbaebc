import { Result } from "effect"
import type { Scope } from "@branchline/core/ports/Kubernetes"
import { type Document, namespaceOf, objectAt, textAt } from "./Document.js"
import { type Kind, qualifiedName } from "./Kinds.js"
import { badRequest, type Rejection } from "./Rejection.js"

/** Source: Kubernetes, "Field Selectors", list of supported fields. */
const supported: Readonly<Record<string, ReadonlyArray<string>>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName"
  ],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source.component",
    "type"
  ],
  namespaces: ["status.phase"],
  nodes: ["spec.unschedulable"],
  "cninodes.vpcresources.k8s.aws": ["spec.managedBy"]
}

const booleans: ReadonlySet<string> = new Set(["spec.hostNetwork", "spec.unschedulable"])

type Matches = (document: Document) => boolean

const term = (kind: Kind, text: string): Result.Result<Matches, Rejection> => {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(text)
  const [, field = "", operator, value] = match ?? []
  if (match === null) return Result.fail(badRequest(`invalid selector: '${text}'; can't understand '${text}'`))
  const fields = ["metadata.name", "metadata.namespace", ...supported[qualifiedName(kind)] ?? []]
  if (!fields.includes(field)) {
    return Result.fail(badRequest(
      kind.custom || qualifiedName(kind) in supported
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
    ))
  }
  const path = field.split(".")
  const read = booleans.has(field)
    ? (document: Document) => String(objectAt(document, ...path.slice(0, -1))[path.at(-1) ?? ""] ?? false)
    : (document: Document) => textAt(document, ...path) ?? ""
  return Result.succeed((document) => (read(document) === value) === (operator !== "!="))
}

/** Whether a document is inside a scope, as a function made once for a list or a watch. */
export const compile = (kind: Kind, scope: Scope): Result.Result<Matches, Rejection> => {
  const terms = (scope.fieldSelector ?? "").split(",").filter((text) => text !== "").map((text) => term(kind, text))
  return Result.map(Result.all(terms), (matchers) => {
    const { namespace } = scope
    const all: ReadonlyArray<Matches> = namespace === undefined
      ? matchers
      : [(document) => namespaceOf(document) === namespace, ...matchers]
    return (document) => all.every((matches) => matches(document))
  })
}
