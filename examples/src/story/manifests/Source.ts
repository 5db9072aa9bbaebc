import type { Schema } from "effect"
import type { Finding } from "../BadInput.js"

/** Steps from a document's top to one of its fields. */
export type Path = ReadonlyArray<PropertyKey>

/** A document, and where its fields stand in the file that it comes from. */
export interface Source {
  readonly file: string
  readonly value: Schema.JsonObject
  /** The line of a field, or of what is nearest above it; from 1. */
  readonly lineOf: (path: Path) => number
}

/** `spec.containers[0].resources.limits[nvidia.com/gpu]`. */
export const fieldName = (path: Path): string =>
  path.map((step, index) => {
    const text = String(step)
    if (typeof step === "number" || /[^A-Za-z0-9_-]/.test(text)) return `[${text}]`
    return index === 0 ? text : `.${text}`
  }).join("")

/** The path that {@link fieldName} wrote. */
export const pathOf = (field: string): Path =>
  [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, plain]) => {
    const step = inBrackets ?? plain ?? ""
    return inBrackets !== undefined && /^\d+$/.test(step) ? Number(step) : step
  })

/** What there is to say about a field of a document. */
export const findingAt = (source: Source, path: Path, message: string, mend: string): Finding => ({
  file: source.file,
  line: source.lineOf(path),
  field: fieldName(path),
  message,
  mend
})
