import { Effect, type Scope } from "effect"
import type { Dispatcher } from "undici"
import { dispatchOptions, type HttpRequest, HttpTrouble, outside, textOf } from "./Exchange.js"

/** An answer whose body comes bit by bit. */
export interface ByteStream {
  readonly status: number
  readonly retryAfter: string | undefined
  /** What has come since the last pull, one chunk or more; waits for the first. `undefined`: the server ended it in good order. */
  readonly pull: Effect.Effect<ReadonlyArray<Buffer> | undefined, HttpTrouble>
}

/** So many bytes may wait to be pulled; then the connection is told to pause. */
const mostWaiting = 1 << 20

const closed = new Error("closed by us")

/** Asks, and gives the answer as it comes. When the scope ends, the connection is closed. */
export const open = (dispatcher: Dispatcher, request: HttpRequest): Effect.Effect<ByteStream, HttpTrouble, Scope.Scope> =>
  Effect.gen(function*() {
    let controller: Dispatcher.DispatchController | undefined
    let isClosed = false
    let sent = false
    let waiting: Array<Buffer> = []
    let bytes = 0
    let end: Effect.Effect<undefined, HttpTrouble> | undefined
    let wake: (() => void) | undefined

    const ring = () => {
      const woken = wake
      wake = undefined
      woken?.()
    }

    const take: Effect.Effect<ReadonlyArray<Buffer> | undefined, HttpTrouble> = Effect.suspend(() => {
      if (waiting.length === 0) return end ?? pull
      const chunks = waiting
      waiting = []
      bytes = 0
      if (controller?.paused === true) controller.resume()
      return Effect.succeed(chunks)
    })

    const pull: ByteStream["pull"] = Effect.suspend(() =>
      waiting.length > 0 || end !== undefined
        ? take
        : Effect.callback((resume) => {
          wake = () => resume(outside(take))
          return Effect.sync(() => {
            wake = undefined
          })
        })
    )

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
        controller?.abort(closed)
      })
    )

    const started = yield* Effect.callback<Pick<ByteStream, "status" | "retryAfter">, HttpTrouble>((resume) => {
      const fail = (cause: Error) => {
        end ??= Effect.fail(new HttpTrouble({ sent, cause }))
        // Too late for whoever has the answer's beginning already, who hears of it at the next pull.
        resume(outside(Effect.fail(new HttpTrouble({ sent, cause }))))
        ring()
      }
      try {
        dispatcher.dispatch(dispatchOptions(request), {
          onRequestStart: (given) => {
            controller = given
            if (isClosed) given.abort(closed)
            else sent = true
          },
          onResponseStart: (_, status, headers) => {
            // What comes before the answer proper (RFC 9110 §15.2) is none.
            if (status >= 200) resume(outside(Effect.succeed({ status, retryAfter: textOf(headers["retry-after"]) })))
          },
          onResponseData: (given, chunk) => {
            waiting.push(chunk)
            bytes += chunk.byteLength
            if (bytes > mostWaiting) given.pause()
            ring()
          },
          onResponseEnd: () => {
            end ??= Effect.succeed(undefined)
            ring()
          },
          onResponseError: (_, error) => fail(error)
        })
      } catch (cause) {
        fail(cause instanceof Error ? cause : new Error(String(cause)))
      }
    })
    return { ...started, pull }
  })

/** The whole body, as text. */
export const text = (stream: ByteStream): Effect.Effect<string, HttpTrouble> =>
  Effect.gen(function*() {
    const all: Array<Buffer> = []
    for (;;) {
      const chunks = yield* stream.pull
      if (chunks === undefined) return Buffer.concat(all).toString("utf8")
      all.push(...chunks)
    }
  })
