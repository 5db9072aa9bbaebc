import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Cause, Effect, Fiber, type Scope } from "effect"
import type { WireResponse } from "../wire/Dispatch.js"
import { BadStart } from "./BadStart.js"

/** A request, read whole. */
export interface WireRequest {
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** More than any call of EC2's needs. */
const longestBody = 4 * 1024 * 1024

/** A body, or how it is none. */
type Body = { readonly text: string } | "too long" | "gone"

const read = (request: IncomingMessage): Effect.Effect<Body> =>
  Effect.callback((resume) => {
    const parts: Array<Buffer> = []
    let length = 0
    request.on("data", (part: Buffer) => {
      length += part.length
      if (length <= longestBody) parts.push(part)
    })
    // What is too long is read to its end, too: a client that is still sending would not hear the answer.
    request.on("end", () => resume(Effect.succeed(length > longestBody ? "too long" : { text: Buffer.concat(parts).toString("utf8") })))
    request.on("error", () => resume(Effect.succeed("gone")))
  })

const flat = (headers: IncomingMessage["headers"]): Readonly<Record<string, string | undefined>> => {
  const all: Record<string, string | undefined> = {}
  for (const name in headers) {
    const value = headers[name]
    all[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return all
}

const send = (response: ServerResponse, { body, headers, status }: WireResponse): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const plain = (status: number, text: string): WireResponse => ({ status, headers: { "content-type": "text/plain" }, body: `${text}\n` })

const badStart = ({ host, port }: Place, code: string): BadStart => {
  switch (code) {
    case "EADDRINUSE":
      return new BadStart({ field: `--port ${port}`, problem: "the port is in use", mend: "choose another, or 0 for any that is free" })
    case "EACCES":
      return new BadStart({ field: `--port ${port}`, problem: "the port may not be used without privileges", mend: "choose one above 1023, or 0 for any that is free" })
    default:
      return new BadStart({ field: `--host ${host}`, problem: `it cannot be listened at: ${code}`, mend: "name an address of this machine, such as 127.0.0.1" })
  }
}

/** Where it listens. */
interface Place {
  readonly host: string
  readonly port: number
}

const listen = (server: Server, place: Place): Effect.Effect<number, BadStart> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(badStart(place, error.code ?? error.message))))
    server.listen(place.port, place.host, () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

/**
 * Serves HTTP until the scope ends, and answers the port. A call whose client goes away runs on: EC2 does not know. Fails where the port cannot be
 * had.
 */
export const serve = Effect.fnUntraced(function*(
  place: Place,
  handle: (request: WireRequest) => Effect.Effect<WireResponse | "cut">
): Effect.fn.Return<number, BadStart, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const underWay = new Set<Fiber.Fiber<void>>()
  const answer = Effect.fnUntraced(function*(request: IncomingMessage, response: ServerResponse) {
    const body = yield* read(request)
    if (body === "gone") return
    if (body === "too long") return send(response, plain(413, `A body has ${longestBody} bytes at most.`))
    const { headers, method = "GET", socket, url = "/" } = request
    const reply = yield* Effect.catchCause(handle({ method, url, headers: flat(headers), body: body.text }), (cause) =>
      Cause.hasInterrupts(cause) ? Effect.failCause(cause) : Effect.as(Effect.logError(`${method} ${url} broke off`, cause), plain(500, "This should not happen: see the log.")))
    if (reply === "cut") socket.destroy()
    else if (!response.destroyed) send(response, reply)
  })
  const server = createServer((request, response) => {
    const fiber = Effect.runForkWith(context)(answer(request, response))
    underWay.add(fiber)
    fiber.addObserver(() => underWay.delete(fiber))
  })
  // Clients keep connections; a server that closes them first makes calls fail in between.
  server.keepAliveTimeout = 10 * 60_000
  yield* Effect.addFinalizer(() =>
    Effect.gen(function*() {
      yield* Fiber.interruptAll(underWay)
      yield* Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
    }))
  return yield* listen(server, place)
})
