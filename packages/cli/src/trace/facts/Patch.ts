import * as JsonPointer from "effect/JsonPointer"
import { at, type Json, membersAt, textAt } from "./Json.js"

/** A member that a patch sets (`null`: removes); undefined where it leaves it alone. */
export type Written = string | null | undefined

const tokens = (pointer: string): ReadonlyArray<string> => pointer.split("/").slice(1).map(JsonPointer.unescapeToken)

const asText = (value: Json): Written => (value === undefined ? undefined : value === null ? null : typeof value === "string" ? value : JSON.stringify(value))

const byOperation = (operation: Json, path: ReadonlyArray<string>): Written => {
  const op = textAt(operation, "op")
  if (op === undefined || op === "test") return undefined
  // What moves away from a place removes it there.
  if (op === "move" && isAbove(tokens(textAt(operation, "from") ?? ""), path)) return null
  const target = tokens(textAt(operation, "path") ?? "")
  if (!isAbove(target, path)) return undefined
  if (op === "remove") return null
  // What a copy or a move brings along cannot be seen in the patch.
  if (op !== "add" && op !== "replace") return undefined
  return asText(at(operation, "value", ...path.slice(target.length))) ?? null
}

const isAbove = (upper: ReadonlyArray<string>, lower: ReadonlyArray<string>): boolean =>
  upper.length > 0 && upper.length <= lower.length && upper.every((token, index) => token === lower[index])

const byMerge = (patch: Json, path: ReadonlyArray<string>): Written => {
  let found = patch
  for (const token of path) {
    if (found === null) return null
    if (typeof found !== "object" || Array.isArray(found)) return undefined
    // Strategic merge patch: `$patch: replace` empties what it does not name, `delete` all of it. Source: Kubernetes, "Strategic Merge Patch".
    const directive = textAt(found, "$patch")
    if (directive === "delete") return null
    const inner = at(found, token)
    if (inner === undefined) return directive === "replace" ? null : undefined
    found = inner
  }
  return asText(found)
}

/** What a patch (JSON Patch, merge patch, strategic merge patch, apply) does to the member under a path. */
export const written = (patch: Json, ...path: ReadonlyArray<string>): Written => {
  if (!Array.isArray(patch)) return byMerge(patch, path)
  let last: Written
  for (const operation of patch) {
    const now = byOperation(operation, path)
    if (now !== undefined) last = now
  }
  return last
}

/** Which members a patch touches, in a few words: `labels app, tier; spec tolerations`. */
export const touched = (patch: Json): string => {
  if (Array.isArray(patch)) return [...new Set(patch.flatMap((operation) => textAt(operation, "path") ?? []))].join(", ")
  const parts: Array<string> = []
  for (const [name, value] of membersAt(patch)) {
    if (name === "kind" || name === "apiVersion") continue
    if (name !== "metadata") parts.push(`${name} ${membersAt(value).map(([key]) => key).join(", ")}`.trimEnd())
    else {
      for (const [key, inner] of membersAt(value)) {
        if (key === "uid" || key === "resourceVersion" || key === "name" || key === "namespace") continue
        parts.push(`${key} ${membersAt(inner).map(([member]) => member).filter((member) => !member.startsWith("$")).join(", ")}`.trimEnd())
      }
    }
  }
  return parts.join("; ")
}
