import type { Schema } from "effect"
import type { Kind } from "./Kinds.js"
import type { Source } from "./Source.js"

/** A document that is ready to be applied. */
export interface Manifest {
  readonly kind: Kind
  readonly document: Schema.JsonObject
  readonly source: Source
}
