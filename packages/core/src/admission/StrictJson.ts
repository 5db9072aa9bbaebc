import { Result } from "effect"
import { prune, type Wanted } from "./Pruning.js"

/** What Go's decoder, and so every API server, takes for the deepest nesting that is still JSON. Source: Go, encoding/json, `maxNestingDepth`. */
const deepest = 10_000

const quote = 34
const colon = 58
const backslash = 92

/** Where a string ends that begins before `from`: past its closing quote, which is one with an even number of backslashes before it. */
const endOfString = (text: string, from: number): number => {
  let end = text.indexOf('"', from)
  while (end > from && text.charCodeAt(end - 1) === backslash) {
    let before = end - 1
    while (before > from && text.charCodeAt(before - 1) === backslash) before--
    if ((end - before) % 2 === 0) break
    end = text.indexOf('"', end + 1)
  }
  return end < 0 ? text.length : end + 1
}

/** How many members and how deep a JSON text is written; of a text that is no JSON it means nothing. Outside of strings every colon is a member's. */
const shapeOf = (text: string): { readonly members: number; readonly depth: number } => {
  const { length } = text
  let members = 0
  let open = 0
  let depth = 0
  let index = 0
  while (index < length) {
    const code = text.charCodeAt(index++)
    if (code === quote) index = endOfString(text, index)
    else if (code === colon) members++
    else if (code === 91 || code === 123) {
      if (++open > depth) depth = open
    } else if (code === 93 || code === 125) open--
  }
  return { members, depth }
}

/** How many members a parsed value has, all objects in it together. Without recursion: how deep it is, its sender decides. */
const membersOf = (value: unknown): number => {
  let members = 0
  const rest: Array<unknown> = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== "object" || next === null) continue
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === "object") rest.push(item)
      continue
    }
    for (const key in next) {
      members++
      const member = (next as { readonly [key: string]: unknown })[key]
      if (typeof member === "object") rest.push(member)
    }
  }
  return members
}

/**
 * JSON that means the same to everybody: as `JSON.parse`, and besides no key twice in one object (where some readers take the first and
 * some the last) and no deeper than API servers read. The failure says what is wrong.
 *
 * Source: RFC 8259 §4, §9.
 */
export const parse = (text: string): Result.Result<unknown, string> => {
  const { depth, members } = shapeOf(text)
  if (depth > deepest) return Result.fail(`the body is no JSON that an API server writes: it is nested deeper than ${deepest} levels`)
  return Result.flatMap(
    Result.try({ try: (): unknown => JSON.parse(text), catch: (error) => `the body is no JSON: ${String(error)}` }),
    (value) => membersOf(value) === members ? Result.succeed(value) : Result.fail("the body is ambiguous: an object in it has a key twice")
  )
}

/** As {@link parse}, but of members that are not wanted it is not said whether and with which values they are there; quick where an API server wrote the text. */
export const parsePart = (text: string, wanted: Wanted): Result.Result<unknown, string> => {
  const pruned = prune(text, wanted)
  return pruned === undefined ? parse(text) : Result.succeed(JSON.parse(pruned))
}
