/** A JSON reader for the tests alone, so that what the server believes of a body is checked by somebody else's reading. */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | ReadonlyMap<string, Json>

const numbers = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// Everything from the space on, but the quote and the backslash; and what may follow a backslash.
const strings = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const spaces = /[ \t\n\r]*/y
const words = /true|false|null/y

const mostDepth = 10_000

/** An object or array that is still being read. */
type Open = { readonly map: Map<string, Json>; key: string } | { readonly list: Array<Json> }

/** The value of a JSON text in UTF-8, without any key twice in one object and not deeper than Go reads; undefined where it is none of that. */
export const readJson = (bytes: Buffer): Json | undefined => {
  const text = bytes.toString("utf8")
  if (!Buffer.from(text, "utf8").equals(bytes)) return undefined
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) return undefined
    at = pattern.lastIndex
    return found[0]
  }
  const skip = (): void => void match(spaces)
  const eat = (character: string): boolean => {
    skip()
    if (text[at] !== character) return false
    at++
    return true
  }
  const stack: Array<Open> = []

  /** Reads `"key":` into the innermost object. */
  const readKey = (open: Open): boolean => {
    skip()
    const key = match(strings)
    if (key === undefined || !("map" in open) || !eat(":")) return false
    open.key = JSON.parse(key) as string
    return !open.map.has(open.key)
  }

  for (;;) {
    skip()
    let value: Json | undefined
    if (eat("{")) {
      const open: Open = { map: new Map(), key: "" }
      if (eat("}")) value = open.map
      else {
        stack.push(open)
        if (stack.length > mostDepth || !readKey(open)) return undefined
        continue
      }
    } else if (eat("[")) {
      const open: Open = { list: [] }
      if (eat("]")) value = open.list
      else {
        stack.push(open)
        if (stack.length > mostDepth) return undefined
        continue
      }
    } else {
      const scalar = match(strings) ?? match(numbers) ?? match(words)
      if (scalar === undefined) return undefined
      value = JSON.parse(scalar) as Json
    }
    // A value is complete; with it perhaps what is around it.
    for (;;) {
      const open = stack[stack.length - 1]
      if (open === undefined) {
        skip()
        return at === text.length ? value : undefined
      }
      if ("map" in open) open.map.set(open.key, value)
      else open.list.push(value)
      if (eat(",")) {
        if ("map" in open && !readKey(open)) return undefined
        break
      }
      if (!eat("map" in open ? "}" : "]")) return undefined
      value = "map" in open ? open.map : open.list
      stack.pop()
    }
  }
}
