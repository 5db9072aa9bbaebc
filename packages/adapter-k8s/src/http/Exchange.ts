import { MayLeave } from "@branchline/core/ports/MayLeave"
import { Data, Duration, Effect } from "effect"
import type { Dispatcher } from "undici"

/** One request, without what a session adds. */
export interface HttpRequest {
  readonly origin: string
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body?: string | undefined
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number
  /** `Retry-After`, as it came. */
  readonly retryAfter: string | undefined
  readonly body: string
}

/** No whole answer came. */
export class HttpTrouble extends Data.TaggedError("HttpTrouble")<{
  /** Whether a byte of the request may have reached the server. */
  readonly sent: boolean
  readonly cause: Error
}> {}

/** Asked for something by us, not broken by others. */
const abandoned = new Error("given up")

/**
 * What goes on after a callback of undici's. Its parsers, all of them, are at work while one hands something over, and none may then be resumed or
 * aborted (undici, `lib/dispatcher/client-h1.js`, `currentParser`): so nothing goes on before it has returned.
 */
export const outside = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => Effect.andThen(Effect.yieldNow, effect)

export const textOf = (header: string | Array<string> | undefined): string | undefined => Array.isArray(header) ? header[0] : header

export const dispatchOptions = ({ body, headers, method, origin, path }: HttpRequest): Dispatcher.DispatchOptions => ({
  origin,
  method,
  path,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]])),
  body: body ?? null,
  // Time is Effect's: a call has its own limit, a watch none.
  headersTimeout: 0,
  bodyTimeout: 0
})

const notAllowed = new Error("not sent: what allowed it has ended while it waited for a connection")

/**
 * Asks, and gives the whole answer. Interruption, and the end of the time, abort the request and close its connection. A request that may not leave any more
 * (`MayLeave`) when its connection stands is not sent.
 */
export const exchange = (dispatcher: Dispatcher, request: HttpRequest, timeout: Duration.Duration): Effect.Effect<HttpAnswer, HttpTrouble> =>
  Effect.withFiber((fiber) => {
    const mayLeave = fiber.getRef(MayLeave)
    // Set as undici is about to write the request to a connection that stands, after its TLS handshake.
    let sent = false
    const asking = Effect.callback<HttpAnswer, HttpTrouble>((resume) => {
      let controller: Dispatcher.DispatchController | undefined
      let isGivenUp = false
      let status = 0
      let retryAfter: string | undefined
      const chunks: Array<Buffer> = []
      const fail = (cause: Error) => resume(outside(Effect.fail(new HttpTrouble({ sent, cause }))))
      try {
        dispatcher.dispatch(dispatchOptions(request), {
          onRequestStart: (given) => {
            controller = given
            // Nobody waits for it any more: it must not be done.
            if (isGivenUp) given.abort(abandoned)
            else if (mayLeave()) sent = true
            else given.abort(notAllowed)
          },
          onResponseStart: (_, code, headers) => {
            status = code
            retryAfter = textOf(headers["retry-after"])
          },
          onResponseData: (_, chunk) => {
            chunks.push(chunk)
          },
          onResponseEnd: () => resume(outside(Effect.sync(() => ({ status, retryAfter, body: Buffer.concat(chunks).toString("utf8") })))),
          onResponseError: (_, error) => fail(error)
        })
      } catch (cause) {
        fail(cause instanceof Error ? cause : new Error(String(cause)))
      }
      return Effect.sync(() => {
        isGivenUp = true
        controller?.abort(abandoned)
      })
    })
    return Effect.timeoutOrElse(asking, {
      duration: timeout,
      orElse: () => Effect.fail(new HttpTrouble({ sent, cause: new Error(`no answer within ${Duration.format(timeout)}`) }))
    })
  })
