import type { Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { Form } from "./Form.js"

/** A condition of a describe: one of the values has to match. */
export interface Filter {
  readonly name: string
  readonly values: ReadonlyArray<string>
}

/** By filter name, the values that a row has of it; a row without one passes no condition on it. */
export type Filterable<Row> = Readonly<Record<string, (row: Row) => ReadonlyArray<string>>>

/** Source: Amazon EC2 User Guide, "Filter your resources": 200 values in all. */
const mostValues = 200

/** The filters of a call; `*` and `?` in a value stand for any text and any character, a backslash takes that from them. */
export const readFilters = (given: Form): Result.Result<ReadonlyArray<Filter>, Refusal> => {
  const filters = given.structures("Filter").map((one) => ({ name: one.text("Name") ?? "", values: one.list("Value") }))
  const count = filters.reduce((sum, { values }) => sum + values.length, 0)
  return count > mostValues
    ? Result.fail(rejected(`The maximum number of filter values specified on a single call is ${mostValues}`, "FilterLimitExceeded"))
    : Result.succeed(filters)
}

const patternOf = (value: string): RegExp => {
  const source = value.replace(/\\([*?\\])|([*?])|[.+^${}()|[\]\\]/g, (whole, literal: string | undefined, wild: string | undefined) =>
    literal !== undefined ? `\\${literal}` : wild === "*" ? "[^]*" : wild === "?" ? "[^]" : `\\${whole}`)
  return new RegExp(`^${source}$`)
}

const tagValues = (name: string, tags: Tags): ReadonlyArray<string> | undefined => {
  if (name === "tag-key") return Object.keys(tags)
  if (!name.startsWith("tag:")) return undefined
  const key = name.slice("tag:".length)
  const value = Object.hasOwn(tags, key) ? tags[key] : undefined
  return value === undefined ? [] : [value]
}

/** The rows that pass every filter, or the filter that there is not. */
export const filtered = <Row>(
  rows: ReadonlyArray<Row>,
  filters: ReadonlyArray<Filter>,
  by: Filterable<Row>,
  tagsOf: (row: Row) => Tags
): Result.Result<ReadonlyArray<Row>, Refusal> => {
  const unknown = filters.find(({ name }) => !name.startsWith("tag:") && name !== "tag-key" && !Object.hasOwn(by, name))
  if (unknown !== undefined) return Result.fail(rejected(`The filter '${unknown.name}' is invalid`, "InvalidParameterValue"))
  const conditions = filters.map(({ name, values }) => {
    const exact = new Set(values)
    const patterns = values.filter((value) => /[*?\\]/.test(value)).map(patternOf)
    return (row: Row): boolean =>
      (tagValues(name, tagsOf(row)) ?? by[name]?.(row) ?? []).some((value) => exact.has(value) || patterns.some((pattern) => pattern.test(value)))
  })
  return Result.succeed(rows.filter((row) => conditions.every((holds) => holds(row))))
}
