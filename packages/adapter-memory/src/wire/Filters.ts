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

/** Source: Amazon EC2 User Guide, "List and filter your resources", filtering considerations. */
const limits = { filters: 50, values: 200, characters: 255 } as const

const tooMany = (what: string, most: number): Refusal =>
  rejected(`The maximum number of ${what} specified on a single call is ${most}`, "FilterLimitExceeded")

const problemOf = (filters: ReadonlyArray<Filter>): Refusal | undefined => {
  if (filters.length > limits.filters) return tooMany("filters", limits.filters)
  if (filters.some(({ values }) => values.length > limits.values)) return tooMany("filter values", limits.values)
  const long = filters.find(({ values }) => values.some((value) => value.length > limits.characters))
  return long === undefined ? undefined : rejected(`A value of the filter '${long.name}' is longer than ${limits.characters} characters`)
}

/** The filters of a call. */
export const readFilters = (given: Form): Result.Result<ReadonlyArray<Filter>, Refusal> => {
  const filters = given.structures("Filter").map((one) => ({ name: one.text("Name") ?? "null", values: one.list("Value") }))
  const problem = problemOf(filters)
  return problem === undefined ? Result.succeed(filters) : Result.fail(problem)
}

/** `*` stands for any text, `?` for one character or none, a backslash takes that from them. Source: as for the limits. */
const patternOf = (value: string): RegExp => {
  const source = value.replace(/\\([*?\\])|([*?])|[.+^${}()|[\]\\]/g, (whole, literal: string | undefined, wild: string | undefined) =>
    literal !== undefined ? `\\${literal}` : wild === "*" ? "[^]*" : wild === "?" ? "[^]?" : `\\${whole}`)
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
  if (unknown !== undefined) return Result.fail(rejected(`The filter '${unknown.name}' is invalid`))
  const conditions = filters.map(({ name, values }) => {
    const exact = new Set(values.filter((value) => !/[*?\\]/.test(value)))
    const patterns = values.filter((value) => !exact.has(value)).map(patternOf)
    return (row: Row): boolean =>
      (tagValues(name, tagsOf(row)) ?? by[name]?.(row) ?? []).some((value) => exact.has(value) || patterns.some((pattern) => pattern.test(value)))
  })
  return Result.succeed(rows.filter((row) => conditions.every((holds) => holds(row))))
}
