import { Result, Schema, SchemaIssue } from "effect"
import { fieldName, objectName, type Path, type Position } from "./Place.js"
import type { Item, Trouble } from "./Subject.js"

/** An object as it was given. */
export interface Given {
  readonly value: Schema.JsonObject
  /** Undefined for an object that was read from a cluster. */
  readonly positionOf?: ((path: Path) => Position) | undefined
  /** `settings`: only what it sets up counts, its pods are not all there; `repeat`: another one like it speaks for it. */
  readonly role?: "settings" | "repeat" | undefined
  /** For whom else it speaks: `2 more of ReplicaSet web`. */
  readonly with?: string | undefined
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const isObject = Schema.is(Schema.JsonObject)

/** The member of an object at a path of keys; undefined where there is none. */
export const memberAt = (value: Schema.Json, ...keys: ReadonlyArray<string>): Schema.Json | undefined => {
  let found: Schema.Json | undefined = value
  for (const key of keys) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

const textAt = (value: Schema.Json, ...keys: ReadonlyArray<string>): string => {
  const found = memberAt(value, ...keys)
  return typeof found === "string" ? found : ""
}

/** Kinds of the rules' interest that live in no namespace, and those that people keep beside them. */
const clusterWide: ReadonlySet<string> = new Set([
  "APIService", "CNINode", "ClusterPolicy", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "EC2NodeClass", "ENIConfig", "IngressClass",
  "MutatingWebhookConfiguration", "Namespace", "Node", "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "StorageClass",
  "ValidatingAdmissionPolicy", "ValidatingWebhookConfiguration"
])

/** What every rule needs of an object. Total: what is not there is empty. */
export const itemOf = ({ positionOf, role, value, with: others }: Given, defaultNamespace: string): Item => {
  const kind = textAt(value, "kind")
  const name = textAt(value, "metadata", "name") || textAt(value, "metadata", "generateName")
  const namespace = clusterWide.has(kind) ? undefined : textAt(value, "metadata", "namespace") || defaultNamespace
  return {
    apiVersion: textAt(value, "apiVersion"),
    kind,
    namespace,
    name,
    stored: textAt(value, "metadata", "uid") !== "",
    role,
    document: value,
    placeOf: (path) => ({ object: `${objectName(kind || "object", namespace, name)}${others === undefined ? "" : ` and ${others}`}`, field: fieldName(path), position: positionOf?.(path) })
  }
}

const mendOf = (message: string): string =>
  /^Expected string, got (-?[\d.e+]+|true|false)/.test(message) ? "put it in quotes" : "write what is expected"

const pathOf = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>): Path =>
  path.map((step) => {
    const key = typeof step === "object" ? step.key : step
    return typeof key === "number" ? key : String(key)
  })

/** An object read by a schema, or what keeps it from being taken, field by field. `under` is where in the object the value stands. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", reportInput: true })
  return (item: Pick<Item, "placeOf">, value: unknown, under: Path = []): Result.Result<S["Type"], ReadonlyArray<Trouble>> =>
    Result.mapError(decode(value), ({ issue }) =>
      issuesOf(issue).issues.map(({ message, path = [] }) => {
        // That a field may be null goes without saying.
        const text = message.replace(" | null", "")
        const field = [...under, ...pathOf(path)]
        return { rule: "manifest-shape" as const, place: item.placeOf(field), message: `${fieldName(field) || "the object"}: ${text}`, mend: mendOf(text) }
      }))
}
