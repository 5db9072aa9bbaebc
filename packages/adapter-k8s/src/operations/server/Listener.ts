import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Data, Effect, Exit, type Scope } from "effect"
import { match, type Page, type Route, text } from "./Page.js"

/** A port could not be listened on. Not retryable: somebody has to choose another one, or end who has it. */
export class OperationsServerError extends Data.TaggedError("OperationsServerError")<{
  readonly host: string
  readonly port: number
  readonly reason: "PortInUse" | "NotPermitted" | "AddressUnavailable" | "Other"
  readonly message: string
}> {}

/** What is served where. */
export interface Listening {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** `host`: the only local address at which the route answers; any where it is left out. */
  readonly routes: ReadonlyArray<Route & { readonly host?: string | undefined }>
}

const errorOf = (host: string, port: number, serves: string, error: NodeJS.ErrnoException): OperationsServerError => {
  const where = `${host}:${port} (${serves})`
  switch (error.code) {
    case "EADDRINUSE":
      return new OperationsServerError({ host, port, reason: "PortInUse", message: `port in use: cannot listen on ${where}; end the process that has it, or choose another port` })
    case "EACCES":
      return new OperationsServerError({ host, port, reason: "NotPermitted", message: `not permitted: cannot listen on ${where}; choose a port above 1023` })
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new OperationsServerError({ host, port, reason: "AddressUnavailable", message: `no such address: cannot listen on ${where}; choose an address of this machine` })
    default:
      return new OperationsServerError({ host, port, reason: "Other", message: `cannot listen on ${where}: ${error.message}` })
  }
}

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.")
const plainAddress = (address: string): string => address.replace(/^::ffff:/, "")

/** Whether a request that came in at a local address is one for a route that is bound to `host`. */
const isFor = (host: string | undefined, local: string): boolean =>
  host === undefined || plainAddress(local) === host || (isLoopback(plainAddress(local)) && (host === "localhost" || isLoopback(host)))

const notFound = (routes: Listening["routes"]): Page =>
  text(404, ["404: no such path; there are:", ...routes.map(({ path }) => `  ${path}`)].join("\n"))

/** Node sends no body where HEAD was asked. */
const answer = (response: ServerResponse, { body, contentType, status }: Page): void => {
  const bytes = Buffer.from(body, "utf8")
  response.writeHead(status, { "content-type": contentType, "content-length": bytes.length, "cache-control": "no-store", "x-content-type-options": "nosniff" })
  response.end(bytes)
}

const pageFor = (routes: Listening["routes"], request: IncomingMessage): Effect.Effect<Page> => {
  const path = (request.url ?? "/").split("?")[0]!
  const local = request.socket.localAddress ?? ""
  const mine = routes.filter(({ host }) => isFor(host, local))
  for (const route of mine) {
    const parts = match(route, path)
    if (parts !== undefined) return Effect.map(route.page(parts), (page) => page ?? notFound(mine))
  }
  return Effect.succeed(notFound(mine))
}

const listenOn = ({ host, port, routes }: Listening, server: Server): Effect.Effect<number, OperationsServerError> =>
  Effect.callback((resume) => {
    const onError = (error: NodeJS.ErrnoException): void =>
      resume(Effect.fail(errorOf(host, port, routes.map(({ path }) => path).join(", "), error)))
    server.once("error", onError)
    server.listen({ host, port }, () => {
      server.off("error", onError)
      // What goes wrong with a connection later is that connection's.
      server.on("error", () => undefined)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })

/** Takes no more connections, lets answers that are under way be given, at most for two seconds. */
const close = (server: Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeIdleConnections()
  }).pipe(Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.sync(() => server.closeAllConnections()) }))

/** Serves until the scope ends, and answers the port. Fails where it cannot listen. */
export const listen = (listening: Listening): Effect.Effect<number, OperationsServerError, Scope.Scope> =>
  Effect.gen(function*() {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      // Nobody sends a body that means anything here.
      request.resume()
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD")
        return answer(response, text(405, `405: ${request.method} is not served here, only GET and HEAD`))
      }
      const fiber = run(pageFor(listening.routes, request))
      fiber.addObserver((exit) => {
        if (response.destroyed) return
        answer(response, Exit.isSuccess(exit) ? exit.value : text(500, "500: this could not be told"))
      })
      response.once("close", () => fiber.interruptUnsafe())
    }
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 }, handle)
    return yield* Effect.acquireRelease(listenOn(listening, server), () => close(server))
  })
