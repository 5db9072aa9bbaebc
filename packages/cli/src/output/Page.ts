import type { Style } from "./Style.js"

/** What is written on. */
export interface Page {
  /** Columns, 20 or more; a line is no longer, except for a word that is. */
  readonly width: number
  readonly style: Style
}
