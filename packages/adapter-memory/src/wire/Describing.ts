import type { Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import type { Refusal } from "../ec2/Refusal.js"
import { type Action, action, type Calling } from "./Action.js"
import type { Content } from "./Document.js"
import { type Filterable, filtered, readFilters } from "./Filters.js"
import { type PageSize, pageAsked } from "./Pages.js"
import { ids, type Prefix } from "./Parameters.js"

/** A look at the account. */
export interface Look {
  readonly calling: Calling
  readonly now: number
  /** The time that is looked at: now, or a while before (contract §6: eventual consistency). */
  readonly time: number
}

/** What a describe shows, and by what. */
export interface Described<Row, Id extends string> {
  /** The list of ids. */
  readonly ids?: {
    readonly name: string
    readonly prefix: Prefix
    readonly of: (row: Row) => Id
    readonly missing: (id: Id) => Refusal
  } | undefined
  readonly ignores?: ReadonlyArray<string> | undefined
  readonly size: PageSize
  /** All rows, or those of the ids. */
  readonly rows: (look: Look, ids: ReadonlyArray<Id>) => ReadonlyArray<Row>
  readonly filters: (look: Look) => Filterable<Row>
  readonly tags?: ((row: Row, calling: Calling) => Tags) | undefined
  /** The name of the list in the answer, and the list. */
  readonly set: string
  readonly show: (rows: ReadonlyArray<Row>, look: Look) => ReadonlyArray<Content>
}

/** The ids asked for that there are none of. */
const absent = <Row, Id extends string>(asked: ReadonlyArray<Id>, rows: ReadonlyArray<Row>, of: (row: Row) => Id): Id | undefined => {
  const there = new Set(rows.map(of))
  return asked.find((id) => !there.has(id))
}

/** A describe: ids, filters and pages work the same in all of them. */
export const describing = <Row, Id extends string = string>(name: string, parts: Described<Row, Id>): Action => {
  const { filters, ids: by, ignores, rows, set, show, size, tags = () => ({}) } = parts
  return action(name, {
    takes: [...(by === undefined ? [] : [by.name]), "Filter", "MaxResults", "NextToken"],
    ignores,
    read: (given) =>
      Result.all({
        asked: by === undefined ? Result.succeed<ReadonlyArray<Id>>([]) : ids<Id>(given, by.name, by.prefix),
        conditions: readFilters(given),
        page: pageAsked(given, size)
      }),
    effect: ({ asked, conditions, page }, calling, now) => {
      const look: Look = { calling, now, time: calling.endpoint.lookBack(now) }
      const find = () => {
        const wanted = [...new Set(asked)]
        const found = rows(look, wanted)
        const lost = by === undefined ? undefined : absent(wanted, found, by.of)
        if (by !== undefined && lost !== undefined) return Result.fail(by.missing(lost))
        return filtered(found, conditions, filters(look), (row) => tags(row, calling))
      }
      return Result.map(calling.pages.page(name, page, find), (cut) => ({ ...cut, look }))
    },
    summary: ({ rows: page }) => `${page.length} found`,
    answer: ({ look, next, rows: page }) => ({ [set]: show(page, look), nextToken: next })
  })
}
