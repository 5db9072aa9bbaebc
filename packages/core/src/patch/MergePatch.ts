import type { Schema } from "effect"
import { isObject, setMember } from "./Json.js"

const copy = (value: Schema.Json | undefined): { [key: string]: Schema.Json } => isObject(value) ? { ...value } : {}

/**
 * The document that a JSON merge patch makes of `target`, which stays as it is. `null` takes a member away, an array replaces an array
 * whole. Every merge patch applies; nothing fails.
 *
 * Source: RFC 7396 §2.
 *
 * @example apply({ a: 1, b: { c: 2 } }, { a: null, b: { d: 3 } }) // { b: { c: 2, d: 3 } }
 */
export const apply = (target: Schema.Json | undefined, patch: Schema.Json): Schema.Json => {
  if (!isObject(patch)) return patch
  const result = copy(target)
  // A list of work instead of recursion: no depth of nesting is too deep for the stack.
  const work: Array<readonly [into: { [key: string]: Schema.Json }, from: Schema.JsonObject]> = [[result, patch]]
  for (let step = work.pop(); step !== undefined; step = work.pop()) {
    const [into, from] = step
    for (const [key, value] of Object.entries(from)) {
      if (value === null) delete into[key]
      else if (isObject(value)) {
        const child = copy(Object.hasOwn(into, key) ? into[key] : undefined)
        setMember(into, key, child)
        work.push([child, value])
      } else setMember(into, key, value)
    }
  }
  return result
}
