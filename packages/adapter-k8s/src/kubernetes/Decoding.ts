import type { KubernetesObject, Resource } from "@branchline/core/model/Resource"
import type { MalformedObject, ObjectKey } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Predicate, Result } from "effect"

/** What any document has, if it is one. */
interface Metadata {
  readonly name: string
  readonly namespace: string | undefined
  readonly resourceVersion: string
}

const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

const member = (value: unknown, name: string): unknown =>
  Predicate.isObject(value) ? (value as Readonly<Record<string, unknown>>)[name] : undefined

export const metadataOf = (document: unknown): Metadata => {
  const metadata = member(document, "metadata")
  return {
    name: text(member(metadata, "name")) ?? "",
    namespace: text(member(metadata, "namespace")),
    resourceVersion: text(member(metadata, "resourceVersion")) ?? ""
  }
}

/** A document that is no `A`. */
export const malformed = (document: unknown, problem: string): MalformedObject => {
  const { name, namespace } = metadataOf(document)
  return { key: { namespace, name }, problem }
}

/** Verb and object, for people: `patch pods/status default/aws-cli`. */
export const operationOf = (verb: string, { plural }: { readonly plural: string }, key?: Partial<ObjectKey>, subresource?: string): string => {
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`
  const name = [key?.namespace, key?.name].filter((part) => part !== undefined && part !== "").join("/")
  return name === "" ? `${verb} ${resource}` : `${verb} ${resource} ${name}`
}

/** What a dry run answers for a new object has no version, because it is not kept; an empty one locks nothing. */
export const asKept = (document: unknown): unknown => {
  const metadata = member(document, "metadata")
  return Predicate.isObject(document) && Predicate.isObject(metadata) && member(metadata, "resourceVersion") === undefined
    ? { ...document, metadata: { ...metadata, resourceVersion: "" } }
    : document
}

/** The document that an operation answered. */
export const decoded = <A extends KubernetesObject>(resource: Resource<A>, operation: string, document: unknown): Effect.Effect<A, KubernetesError> =>
  Effect.fromResult(Result.mapError(resource.decode(document), (message) => new KubernetesError({ operation, reason: { _tag: "Malformed" }, message })))

/** The members of a list; undefined where it is none. Go writes `null` for a list that was never filled. */
export const itemsOf = (list: unknown): ReadonlyArray<unknown> | undefined => {
  const items = member(list, "items")
  if (metadataOf(list).resourceVersion === "") return undefined
  return items === null ? [] : Array.isArray(items) ? items : undefined
}

/** Where the next page of a list begins; undefined after the last. */
export const continueOf = (list: unknown): string | undefined => text(member(member(list, "metadata"), "continue")) || undefined

export { member, text }
