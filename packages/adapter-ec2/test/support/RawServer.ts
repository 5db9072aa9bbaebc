import { createServer, type Socket } from "node:net"
import { createServer as createTls, type TlsOptions } from "node:tls"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

/** What a connection meets: all that has come so far, each time that more comes. */
export type Behaviour = (socket: Socket, received: string, connection: number) => void

/** A server of bytes, that does what no server of HTTP's would. */
export interface RawServer {
  readonly port: number
  readonly url: string
  /** Requests that came whole. */
  readonly requests: () => ReadonlyArray<string>
  readonly connections: () => number
}

/** Whether head and body are there. */
export const isWhole = (received: string): boolean => {
  const end = received.indexOf("\r\n\r\n")
  const length = Number(/content-length: *(\d+)/i.exec(received)?.[1] ?? 0)
  return end >= 0 && received.length >= end + 4 + length
}

/** An answer as it is on the wire. */
export const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): string =>
  [`HTTP/1.1 ${status} X`, `content-length: ${Buffer.byteLength(body)}`, "content-type: text/xml", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), "", body].join("\r\n")

/** EC2's error document. */
export const errorDocument = (code: string, message = "because"): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>in-the-document</RequestID></Response>`

export const serve = (behave: Behaviour, tls?: TlsOptions): Effect.Effect<RawServer, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly server: ReturnType<typeof createServer>; readonly sockets: Set<Socket>; readonly requests: Array<string>; readonly count: { made: number } }>((resume) => {
        const sockets = new Set<Socket>()
        const requests: Array<string> = []
        const count = { made: 0 }
        const onConnection = (socket: Socket): void => {
          const number = count.made++
          sockets.add(socket)
          let received = ""
          socket.on("error", () => undefined)
          socket.on("close", () => sockets.delete(socket))
          socket.on("data", (part: Buffer) => {
            received += part.toString("latin1")
            const isDone = isWhole(received)
            if (isDone) requests.push(received)
            behave(socket, received, number)
            if (isDone) received = ""
          })
        }
        const server = tls === undefined ? createServer(onConnection) : createTls(tls, onConnection)
        server.on("tlsClientError", () => undefined)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets, requests, count })))
      }),
      ({ server, sockets }) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    ),
    ({ count, requests, server }) => {
      const { port } = server.address() as AddressInfo
      return { port, url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`, requests: () => requests, connections: () => count.made }
    }
  )

/** Answers each request that is whole. */
export const answering = (respond: (request: string, count: number) => string): Behaviour => {
  let count = 0
  return (socket, received) => {
    if (isWhole(received)) socket.write(respond(received, count++))
  }
}
