import type { Operation } from "../patch/JsonPatch.js"

/** The object may be stored, changed by a patch or as it is. */
export interface Allowed {
  readonly _tag: "Allowed"
  /** Undefined where the object is right as it is. */
  readonly patch: ReadonlyArray<Operation> | undefined
  /** For the person behind the request: `kubectl` prints them. */
  readonly warnings: ReadonlyArray<string>
}

/** What a webhook decides on a request. */
export type Decision =
  | Allowed
  /** The rules say no: 403, with the text that scripts look for (contract §4). */
  | { readonly _tag: "Forbidden"; readonly message: string }
  /** The object cannot be read as what it should be: 400, with the path and the reason. */
  | { readonly _tag: "Broken"; readonly message: string }

/** Allowed as it is, without a word. */
export const untouched: Allowed = { _tag: "Allowed", patch: undefined, warnings: [] }

export const forbidden = (message: string): Decision => ({ _tag: "Forbidden", message })

export const broken = (message: string): Decision => ({ _tag: "Broken", message })
