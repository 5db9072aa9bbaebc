import { Result } from "effect"
import { type Refusal, rejected } from "../ec2/Refusal.js"

/** What is left of describes that gave a first page, by their tokens. */
export interface Pages {
  /** The page of a describe: the first of what is found, or the next of what was found then. */
  readonly page: <A>(asked: { readonly size: number; readonly token: string | undefined }, find: () => Result.Result<ReadonlyArray<A>, Refusal>) => Result.Result<Page<A>, Refusal>
}

export interface Page<A> {
  readonly rows: ReadonlyArray<A>
  readonly next: string | undefined
}

/** Describes that nobody finishes are forgotten. */
const kept = 200

export const makePages = (newToken: () => string): Pages => {
  const rest = new Map<string, ReadonlyArray<unknown>>()
  const cut = <A>(rows: ReadonlyArray<A>, size: number): Page<A> => {
    if (rows.length <= size) return { rows, next: undefined }
    const next = newToken()
    rest.set(next, rows.slice(size))
    const [oldest] = rest.keys()
    if (rest.size > kept && oldest !== undefined) rest.delete(oldest)
    return { rows: rows.slice(0, size), next }
  }
  return {
    page: <A>({ size, token }: { readonly size: number; readonly token: string | undefined }, find: () => Result.Result<ReadonlyArray<A>, Refusal>) => {
      if (token === undefined) return Result.map(find(), (rows) => cut(rows, size))
      // A token may be asked for again: the answer may have been lost.
      const rows = rest.get(token) as ReadonlyArray<A> | undefined
      return rows === undefined
        ? Result.fail(rejected("The token that was provided has expired or is invalid.", "InvalidNextToken"))
        : Result.succeed(cut(rows, size))
    }
  }
}
