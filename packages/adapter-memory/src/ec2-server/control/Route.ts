import { Data, Effect, Result, Schema } from "effect"
import type { WireResponse } from "../../wire/Dispatch.js"

/** The control API does not do it: what is wrong, and the mend. */
export class Wrong extends Data.TaggedError("Wrong")<{
  readonly status: number
  readonly message: string
  /** EC2's own code, where the account refused. */
  readonly code?: string | undefined
}> {}

/** A request of the control API. */
export interface Asked {
  /** What stands where the route has a `:`. */
  readonly parts: ReadonlyArray<string>
  readonly query: URLSearchParams
  /** The body, parsed; null where there is none. */
  readonly body: unknown
}

/** `POST faults/:id/release`, and what is answered: JSON. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly run: (asked: Asked) => Effect.Effect<unknown, Wrong>
}

export const json = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify(body ?? null)}\n`
})

/** The parts that stand for a `:` of the route's path; undefined where the path is another. */
export const partsOf = (path: string, segments: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const wanted = path.split("/")
  if (wanted.length !== segments.length || !wanted.every((part, index) => part.startsWith(":") || part === segments[index])) return undefined
  return segments.filter((_, index) => wanted[index]?.startsWith(":") === true)
}

const parse = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

export const bodyOf = (text: string): Result.Result<unknown, Wrong> =>
  text === "" ? Result.succeed(null) : Result.mapError(parse(text), ({ message }) => new Wrong({ status: 400, message: `the body is no JSON: ${message}` }))

/** Reads a body as what it has to be; the message names the place. */
export const read = <S extends Schema.Decoder<unknown>>(schema: S, what: string) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error", reportInput: true })
  return (body: unknown): Effect.Effect<S["Type"], Wrong> =>
    Effect.fromResult(Result.mapError(decode(body), ({ message }) => new Wrong({ status: 400, message: `${what}: ${message}` })))
}

/** A number of the query. */
export const numberIn = (query: URLSearchParams, name: string, otherwise: number): Effect.Effect<number, Wrong> => {
  const text = query.get(name) ?? String(otherwise)
  return /^\d{1,9}$/.test(text) ? Effect.succeed(Number(text)) : Effect.fail(new Wrong({ status: 400, message: `?${name}=${text}: a whole number has to be there` }))
}
