import { Schema } from "effect"
import { stringify } from "yaml"
import type { Format } from "./Flags.js"

/** A value that `JSON.stringify` writes. */
export type Documented<A> = Schema.Codec<A, unknown>

/** The JSON Schema (draft 2020-12) of what `--output json|yaml` prints. */
export const jsonSchemaOf = (schema: Schema.Top): unknown => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...root,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions })
  }
}

/** A value as a document, with a line end at the end. */
export const written = (format: Exclude<Format, "text">, value: unknown): string =>
  format === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** Data as its schema documents it. */
export const encodedBy = <A>(schema: Documented<A>, data: A): unknown => Schema.encodeSync(schema)(data)
