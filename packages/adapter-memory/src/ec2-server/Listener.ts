import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Fiber, type Scope } from "effect"
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

const read = (request: IncomingMessage): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const parts: Array<Buffer> = []
    let length = 0
    request.on("data", (part: Buffer) => {
      length += part.length
      if (length <= longestBody) parts.push(part)
    })
    request.on("end", () => resume(Effect.succeed(length > longestBody ? undefined : Buffer.concat(parts).toString("utf8"))))
    request.on("error", () => resume(Effect.succeed(undefined)))
  })

const flat = (headers: IncomingMessage["headers"]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]))

const send = (response: ServerResponse, { body, headers, status }: WireResponse): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const problemOf = (code: string): string => {
  switch (code) {
    case "EADDRINUSE":
      return "the port is in use"
    case "EACCES":
      return "the port may not be used without privileges"
    default:
      return `it cannot be listened on: ${code}`
  }
}

const listen = (server: Server, host: string, port: number): Effect.Effect<number, BadStart> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(new BadStart({ field: `--port ${port}`, problem: problemOf(error.code ?? error.message), mend: "choose another, or 0 for any that is free" }))))
    server.listen(port, host, () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

/**
 * Serves HTTP until the scope ends, and answers the port. A call whose client goes away runs on: EC2 does not know. Fails where the port cannot be
 * had.
 */
export const serve = Effect.fnUntraced(function*(
  place: { readonly host: string; readonly port: number },
  handle: (request: WireRequest) => Effect.Effect<WireResponse | "cut">
): Effect.fn.Return<number, BadStart, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const underWay = new Set<Fiber.Fiber<void>>()
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    Effect.gen(function*() {
      const body = yield* read(request)
      if (body === undefined) return send(response, { status: 413, headers: {}, body: "" })
      const reply = yield* handle({ method: request.method ?? "GET", url: request.url ?? "/", headers: flat(request.headers), body })
      if (reply === "cut") request.socket.destroy()
      else if (!response.destroyed) send(response, reply)
    })
  const server = createServer((request, response) => {
    const fiber = Effect.runForkWith(context)(answer(request, response))
    underWay.add(fiber)
    fiber.addObserver(() => underWay.delete(fiber))
  })
  // Clients keep connections; a server that closes them first makes calls fail in between.
  server.keepAliveTimeout = 10 * 60_000
  yield* Effect.acquireRelease(Effect.void, () =>
    Effect.gen(function*() {
      for (const fiber of underWay) yield* Fiber.interrupt(fiber)
      server.closeAllConnections()
      yield* Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
      })
    }))
  return yield* listen(server, place.host, place.port)
})
