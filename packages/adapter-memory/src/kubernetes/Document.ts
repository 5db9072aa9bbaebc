import type { Schema } from "effect"
import { isObject, own } from "@branchline/core/patch/Json"

/** An object as the server keeps it: JSON, whole, never mutated (a change makes a new document that shares what stayed). */
export type Document = Schema.JsonObject

const isDocument = (value: unknown): value is Document => isObject(value)

/** The object at `path`, empty where there is none. */
export const objectAt = (document: Document, ...path: ReadonlyArray<string>): Document => {
  let current: unknown = document
  for (const key of path) current = own(current, key)
  return isDocument(current) ? current : {}
}

/** The text at `path`, undefined where there is none. */
export const textAt = (document: Document, ...path: ReadonlyArray<string>): string | undefined => {
  let current: unknown = document
  for (const key of path) current = own(current, key)
  return typeof current === "string" ? current : undefined
}

/** The list at `path`, empty where there is none. */
export const listAt = (document: Document, ...path: ReadonlyArray<string>): ReadonlyArray<Schema.Json> => {
  let current: unknown = document
  for (const key of path) current = own(current, key)
  const list: ReadonlyArray<Schema.Json> = Array.isArray(current) ? current : []
  return list
}

/** The objects in the list at `path`. */
export const objectsAt = (document: Document, ...path: ReadonlyArray<string>): ReadonlyArray<Document> =>
  listAt(document, ...path).filter(isDocument)

/** The object's labels. */
export const labelsOf = (document: Document): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(objectAt(document, "metadata", "labels"))) {
    if (typeof value === "string") labels[key] = value
  }
  return labels
}

export const nameOf = (document: Document): string => textAt(document, "metadata", "name") ?? ""
export const namespaceOf = (document: Document): string | undefined => textAt(document, "metadata", "namespace")
export const uidOf = (document: Document): string => textAt(document, "metadata", "uid") ?? ""
export const resourceVersionOf = (document: Document): string => textAt(document, "metadata", "resourceVersion") ?? ""
export const finalizersOf = (document: Document): ReadonlyArray<Schema.Json> => listAt(document, "metadata", "finalizers")

/** A copy without one member. */
export const without = (document: Document, key: string): Document => {
  const { [key]: _, ...rest } = document
  return rest
}

/** A copy with these members of `metadata` set, or, where the value is undefined, taken away. */
export const withMetadata = (document: Document, changes: Readonly<Record<string, Schema.Json | undefined>>): Document => {
  const metadata: Record<string, Schema.Json> = { ...objectAt(document, "metadata") }
  for (const key of Object.keys(changes)) {
    const value = changes[key]
    if (value !== undefined) metadata[key] = value
    else if (key in metadata) delete metadata[key]
  }
  return { ...document, metadata }
}
