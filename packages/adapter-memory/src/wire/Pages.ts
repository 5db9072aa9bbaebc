import { Result } from "effect"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { Form } from "./Form.js"
import { whole } from "./Parameters.js"

/** Which page of a describe is wanted. */
export interface PageAsked {
  readonly size: number
  readonly token: string | undefined
}

/** How many results a describe gives at once. */
export interface PageSize {
  readonly least: number
  readonly most: number
  /** Where nobody asks for so many; the most where absent. */
  readonly byDefault?: number | undefined
  /** The list of ids that `MaxResults` does not go with. */
  readonly notWith?: string | undefined
}

export interface Page<A> {
  readonly rows: ReadonlyArray<A>
  readonly next: string | undefined
}

/** What is left of describes that gave a first page, by their tokens. */
export interface Pages {
  /** The page of an action's describe: the first of what is found, or the next of what was found then. */
  readonly page: <A>(action: string, asked: PageAsked, find: () => Result.Result<ReadonlyArray<A>, Refusal>) => Result.Result<Page<A>, Refusal>
}

/** `MaxResults` and `NextToken`. */
export const pageAsked = (given: Form, { byDefault, least, most, notWith }: PageSize): Result.Result<PageAsked, Refusal> =>
  Result.flatMap(whole(given, "MaxResults"), (size) => {
    if (size !== undefined && notWith !== undefined && given.list(notWith).length > 0) {
      return Result.fail(rejected(`The parameter ${notWith}s cannot be used with the parameter MaxResults`, "InvalidParameterCombination"))
    }
    return size === undefined || (size >= least && size <= most)
      ? Result.succeed({ size: size ?? byDefault ?? most, token: given.text("NextToken") })
      : Result.fail(rejected(`Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`))
  })

/** Describes that nobody finishes are forgotten. */
const kept = 200

export const makePages = (newToken: () => string): Pages => {
  const rest = new Map<string, { readonly action: string; readonly rows: ReadonlyArray<unknown> }>()
  const cut = <A>(action: string, rows: ReadonlyArray<A>, size: number): Page<A> => {
    if (rows.length <= size) return { rows, next: undefined }
    const next = newToken()
    rest.set(next, { action, rows: rows.slice(size) })
    const [oldest] = rest.keys()
    if (rest.size > kept && oldest !== undefined) rest.delete(oldest)
    return { rows: rows.slice(0, size), next }
  }
  return {
    page: <A>(action: string, { size, token }: PageAsked, find: () => Result.Result<ReadonlyArray<A>, Refusal>) => {
      if (token === undefined) return Result.map(find(), (rows) => cut(action, rows, size))
      // A token may be asked for again: the answer may have been lost.
      const left = rest.get(token)
      return left?.action === action
        ? Result.succeed(cut(action, left.rows as ReadonlyArray<A>, size))
        : Result.fail(rejected("The token that was provided has expired or is invalid.", "InvalidNextToken"))
    }
  }
}
