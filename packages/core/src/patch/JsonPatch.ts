import { JsonPointer, Result, type Schema } from "effect"
import type { PatchOperation } from "../model/PatchOperation.js"
import { equals, isArray, isObject, own, setMember } from "./Json.js"

/** One operation of a JSON Patch. Source: RFC 6902 §4. */
export type Operation = PatchOperation

/** Why a JSON Patch did not apply: the operation, counted from 0, the pointer that it failed at, and what is wrong there. */
export interface Failure {
  readonly index: number
  readonly path: string
  readonly reason: string
}

type Tokens = ReadonlyArray<string>
type Outcome = Result.Result<Schema.Json, string>

/** Source: RFC 6901 §3. */
const tokensOf = (pointer: string): Result.Result<Tokens, string> => {
  if (pointer === "") return Result.succeed([])
  if (!pointer.startsWith("/")) return Result.fail("a JSON Pointer is empty or begins with /")
  if (/~(?![01])/.test(pointer)) return Result.fail("in a JSON Pointer, ~ is followed by 0 or 1")
  return Result.succeed(pointer.slice(1).split("/").map(JsonPointer.unescapeToken))
}

/** The index below `limit` that a token stands for: digits without a leading zero. Source: RFC 6901 §4. */
const indexOf = (token: string, limit: number): Result.Result<number, string> => {
  if (!/^(0|[1-9][0-9]*)$/.test(token)) return Result.fail(`"${token}" is no array index`)
  const index = Number(token)
  return index < limit ? Result.succeed(index) : Result.fail(`index ${token} is past the end of the array`)
}

const member = (parent: Schema.Json, token: string): Outcome => {
  if (isArray(parent)) return Result.map(indexOf(token, parent.length), (index) => parent[index] ?? null)
  if (!isObject(parent)) return Result.fail("the parent is neither an object nor an array")
  return Object.hasOwn(parent, token) ? Result.succeed(parent[token] ?? null) : Result.fail(`there is no member "${token}"`)
}

const lookup = (document: Schema.Json, tokens: Tokens): Outcome => {
  let outcome: Outcome = Result.succeed(document)
  for (const token of tokens) {
    if (Result.isFailure(outcome)) return outcome
    outcome = member(outcome.success, token)
  }
  return outcome
}

/** A copy of `parent` with this value for one member; an array has had that member before. */
const withMember = (parent: Schema.Json, token: string, value: Schema.Json): Schema.Json => {
  if (isArray(parent)) return parent.with(Number(token), value)
  const copy = isObject(parent) ? { ...parent } : {}
  setMember(copy, token, value)
  return copy
}

/**
 * The document in which `change` was made to the parent of the value that `tokens` lead to. Everything beside the way there is shared
 * with the old document; nothing of it is changed.
 */
const edit = (document: Schema.Json, tokens: Tokens, change: (parent: Schema.Json, token: string) => Outcome): Outcome => {
  const trail: Array<{ readonly parent: Schema.Json; readonly token: string }> = []
  let parent = document
  for (const token of tokens.slice(0, -1)) {
    const child = member(parent, token)
    if (Result.isFailure(child)) return child
    trail.push({ parent, token })
    parent = child.success
  }
  return trail.reduceRight<Outcome>(
    (outcome, at) => Result.map(outcome, (value) => withMember(at.parent, at.token, value)),
    change(parent, tokens.at(-1) ?? "")
  )
}

const add = (document: Schema.Json, tokens: Tokens, value: Schema.Json): Outcome =>
  tokens.length === 0 ? Result.succeed(value) : edit(document, tokens, (parent, token) => {
    if (isObject(parent)) return Result.succeed(withMember(parent, token, value))
    if (!isArray(parent)) return Result.fail("the parent is neither an object nor an array")
    // "-" is the place after the last element. Source: RFC 6902 §4.1.
    const index = token === "-" ? Result.succeed(parent.length) : indexOf(token, parent.length + 1)
    return Result.map(index, (at) => parent.toSpliced(at, 0, value))
  })

const replace = (document: Schema.Json, tokens: Tokens, value: Schema.Json): Outcome =>
  tokens.length === 0
    ? Result.succeed(value)
    : edit(document, tokens, (parent, token) => Result.map(member(parent, token), () => withMember(parent, token, value)))

const remove = (document: Schema.Json, tokens: Tokens): Outcome =>
  tokens.length === 0 ? Result.fail("the whole document cannot be removed") : edit(document, tokens, (parent, token) =>
    Result.map(member(parent, token), () => {
      if (isArray(parent)) return parent.toSpliced(Number(token), 1)
      const copy = isObject(parent) ? { ...parent } : {}
      delete copy[token]
      return copy
    }))

const run = (document: Schema.Json, operation: Operation, path: Tokens, from: Tokens): Outcome => {
  switch (operation.op) {
    case "add":
      return add(document, path, operation.value)
    case "replace":
      return replace(document, path, operation.value)
    case "remove":
      return remove(document, path)
    case "copy":
      return Result.flatMap(lookup(document, from), (value) => add(document, path, value))
    case "move":
      if (operation.path.startsWith(`${operation.from}/`)) return Result.fail("a value cannot be moved into itself")
      if (operation.path === operation.from) return Result.map(lookup(document, from), () => document)
      return Result.flatMap(lookup(document, from), (value) =>
        Result.flatMap(remove(document, from), (rest) => add(rest, path, value)))
    case "test":
      return Result.flatMap(lookup(document, path), (value) =>
        equals(value, operation.value) ? Result.succeed(document) : Result.fail("the value is another one than the test expects"))
  }
}

/**
 * The document that a JSON Patch makes of `document`, which stays as it is. All operations apply, or the first one that does not is told
 * and nothing has changed.
 *
 * Source: RFC 6902.
 *
 * @example apply({ a: 1 }, [{ op: "test", path: "/a", value: 1 }, { op: "add", path: "/b", value: 2 }]) // success: { a: 1, b: 2 }
 */
export const apply = (document: Schema.Json, patch: ReadonlyArray<Operation>): Result.Result<Schema.Json, Failure> => {
  let result = document
  for (const [index, operation] of patch.entries()) {
    const path = tokensOf(operation.path)
    if (Result.isFailure(path)) return Result.fail({ index, path: operation.path, reason: path.failure })
    const from = tokensOf("from" in operation ? operation.from : "")
    if (Result.isFailure(from)) return Result.fail({ index, path: operation.path, reason: `from: ${from.failure}` })
    const outcome = run(result, operation, path.success, from.success)
    if (Result.isFailure(outcome)) return Result.fail({ index, path: operation.path, reason: outcome.failure })
    result = outcome.success
  }
  return Result.succeed(result)
}

const operations: ReadonlySet<unknown> = new Set<Operation["op"]>(["add", "replace", "test", "remove", "move", "copy"])

const fault = (operation: unknown): string | undefined => {
  if (!isObject(operation)) return "it is no object"
  const op = own(operation, "op")
  if (!operations.has(op)) return "op is none of add, remove, replace, move, copy, test"
  if (typeof own(operation, "path") !== "string") return "path is no string"
  if ((op === "move" || op === "copy") && typeof own(operation, "from") !== "string") return "from is no string"
  if ((op === "add" || op === "replace" || op === "test") && !Object.hasOwn(operation, "value")) return "value is missing"
  return undefined
}

const isPatch = (patch: ReadonlyArray<unknown>): patch is ReadonlyArray<Operation> => patch.every((one) => fault(one) === undefined)

/** Parsed JSON as a JSON Patch document, or which operation is none and why. Members that RFC 6902 does not know are let be. */
export const fromJson = (json: unknown): Result.Result<ReadonlyArray<Operation>, string> => {
  if (!isArray(json)) return Result.fail("a JSON Patch is an array of operations")
  if (isPatch(json)) return Result.succeed(json)
  const index = json.findIndex((one) => fault(one) !== undefined)
  return Result.fail(`operation ${index}: ${fault(json[index])}`)
}
