import { Schema } from "effect"

/** Why a kind is not known. `not served`: the API server knows no such kind, its CustomResourceDefinition is not installed. */
export const Why = Schema.Literals(["forbidden", "not served", "failed", "not looked"]).annotate({
  description: "forbidden: a permission is missing; not served: the API server knows no such kind; failed: the server could not answer; not looked: nobody asked"
})
export type Why = typeof Why.Type

/** What nobody knows, and the reason in a sentence. */
export const Unknown = Schema.Struct({
  unknown: Schema.String.annotate({ description: "The reason, for people" }),
  why: Why
})
export type Unknown = typeof Unknown.Type

/** An object that contradicts the schema of its kind: it is passed over, and named. */
export const Malformed = Schema.Struct({ namespace: Schema.optionalKey(Schema.String), name: Schema.String, problem: Schema.String })

/** What a look found of one kind. */
export const known = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    namespaces: Schema.optionalKey(Schema.Array(Schema.String).annotate({ description: "Only these namespaces were looked at; absent: all of them" })),
    narrowed: Schema.optionalKey(Schema.String.annotate({ description: "Why not all namespaces were looked at" })),
    malformed: Schema.optionalKey(Schema.Array(Malformed))
  })

/** What was found of one kind, or why it is not known. */
export const kind = <S extends Schema.Constraint>(item: S) => Schema.Union([known(item), Unknown])

/** See {@link kind}. */
export type Kind<A> = Unknown | {
  readonly items: ReadonlyArray<A>
  readonly namespaces?: ReadonlyArray<string>
  readonly narrowed?: string
  readonly malformed?: ReadonlyArray<typeof Malformed.Type>
}

/** What was found; nothing where it is not known. */
export const itemsOf = <A>(found: Kind<A>): ReadonlyArray<A> => "items" in found ? found.items : []

/** Whether all objects of the kind in this namespace were found; of all namespaces where none is named. */
export const isKnown = <A>(found: Kind<A>, namespace?: string): boolean =>
  "items" in found && (found.namespaces === undefined || (namespace !== undefined && found.namespaces.includes(namespace)))

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** The object of that name, `"absent"` where there is none, undefined where nobody knows: what the core's stories are told. */
export const foundOf = <A extends Named>(found: Kind<A>, name: string, namespace?: string): A | "absent" | undefined => {
  const there = itemsOf(found).find(({ metadata }) => metadata.name === name && (namespace === undefined || metadata.namespace === namespace))
  return there ?? (isKnown(found, namespace) ? "absent" : undefined)
}

/** The objects of one namespace, or of all. */
export const inNamespace = <A extends Named>(found: Kind<A>, namespace: string | undefined): ReadonlyArray<A> =>
  namespace === undefined ? itemsOf(found) : itemsOf(found).filter(({ metadata }) => metadata.namespace === namespace)
