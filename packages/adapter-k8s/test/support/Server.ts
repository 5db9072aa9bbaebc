import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type ServerOptions } from "node:https"
import type { AddressInfo, Socket } from "node:net"

/** One request that a server saw. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** A server on loopback that does as the test says. */
export interface TestServer {
  readonly origin: string
  readonly port: number
  readonly seen: ReadonlyArray<Seen>
  /** Connections so far, and those that are open. */
  readonly connections: { readonly opened: number; readonly open: ReadonlySet<Socket> }
}

export type Handler = (seen: Seen, response: ServerResponse) => void

const bodyOf = (request: IncomingMessage, done: (body: string) => void): void => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => done(Buffer.concat(chunks).toString("utf8")))
}

/** Starts a server, with TLS where it is given a certificate; it is gone, with its connections, when the scope ends. */
export const serve = (handler: Handler, tls?: ServerOptions): Effect.Effect<TestServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    const open = new Set<Socket>()
    const connections = { opened: 0, open }
    const listener: RequestListener = (request, response) =>
      bodyOf(request, (body) => {
        const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body }
        seen.push(one)
        handler(one, response)
      })
    const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
    server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      connections.opened += 1
      open.add(socket)
      socket.on("close", () => open.delete(socket))
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = server.address() as AddressInfo
    return { origin: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`, port, seen, connections }
  })

/** Answers with JSON. */
export const json = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

/** Lets the host work until something is so. */
export const until = (isSo: () => boolean): Effect.Effect<void> => Effect.suspend(() => isSo() ? Effect.void : Effect.andThen(Effect.yieldNow, until(isSo)))

/** Waits until no connection is open. */
export const gone = (open: ReadonlySet<Socket>): Effect.Effect<void> => until(() => open.size === 0)
