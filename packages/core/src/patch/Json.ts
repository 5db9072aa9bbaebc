import type { Schema } from "effect"

/** A JSON object whose values are not known yet: an admission request's pod, a document from the API server. */
export type Raw = { readonly [key: string]: unknown }

/** Whether a value is a JSON object: neither null nor an array. */
export const isObject = (value: unknown): value is Raw =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** As `Array.isArray`, which does not narrow readonly arrays. */
export const isArray = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

/** The member `key` of `object` itself, never what a prototype lends it; undefined where there is none or `object` is no object. */
export const own = (object: unknown, key: string): unknown =>
  isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined

/**
 * Sets a member of an object that is still being built. `__proto__` becomes a member like any other: an assignment would change the
 * object's prototype instead.
 */
export const setMember = (object: { [key: string]: Schema.Json }, key: string, value: Schema.Json): void => {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/**
 * Whether two JSON values are the same: members in any order, numbers by value. Without recursion, so that no depth of nesting is too
 * deep for the stack.
 *
 * Source: RFC 6902 §4.6.
 */
export const equals = (left: unknown, right: unknown): boolean => {
  const pairs: Array<readonly [unknown, unknown]> = [[left, right]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair
    if (a === b) continue
    if (isArray(a) && isArray(b)) {
      if (a.length !== b.length) return false
      for (let index = 0; index < a.length; index++) pairs.push([a[index], b[index]])
    } else if (isObject(a) && isObject(b)) {
      const keys = Object.keys(a)
      if (keys.length !== Object.keys(b).length) return false
      for (const key of keys) {
        if (!Object.hasOwn(b, key)) return false
        pairs.push([a[key], b[key]])
      }
    } else return false
  }
  return true
}
