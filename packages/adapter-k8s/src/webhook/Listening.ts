import { createServer, type Server } from "node:https"
import { Duration, Effect } from "effect"
import type { RequestListener } from "node:http"
import type { KeyPair } from "./TlsSource.js"
import type { WebhookLimits } from "./Limits.js"
import { WebhookServerError } from "./WebhookServerError.js"

/** Where a server listens. */
export interface Address {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error)

const addressError = ({ host, port }: Address, error: unknown): WebhookServerError => {
  const code = codeOf(error)
  const place = `${host}:${port}`
  const mends: { readonly [code: string]: string } = {
    EADDRINUSE: `the webhook's address ${place} is in use: stop the program that listens there, or choose another port`,
    EACCES: `the webhook's port ${port} needs a privilege that this process does not have: choose a port from 1024 on, as 9443`,
    EADDRNOTAVAIL: `the webhook's host ${host} is no address of this machine: choose one that is, or 0.0.0.0`,
    ENOTFOUND: `the webhook's host ${host} has no address: choose one that has, or 0.0.0.0`
  }
  return new WebhookServerError({ reason: "Address", message: mends[code] ?? `the webhook cannot listen at ${place}: ${code}` })
}

/** A server that does not listen yet, with its limits against slow and many clients in place. */
export const prepare = ({ cert, key }: KeyPair, limits: WebhookLimits, listener: RequestListener): Server => {
  const receiving = Duration.toMillis(limits.receiving)
  const server = createServer({
    key,
    cert,
    minVersion: "TLSv1.2",
    handshakeTimeout: receiving,
    headersTimeout: receiving,
    requestTimeout: receiving,
    keepAliveTimeout: Duration.toMillis(limits.idle),
    connectionsCheckingInterval: 1_000
  }, listener)
  server.maxConnections = limits.connections
  return server
}

/** Starts to listen, and answers the port. */
export const listen = (server: Server, address: Address): Effect.Effect<number, WebhookServerError> =>
  Effect.callback((resume) => {
    const fail = (error: unknown) => resume(Effect.fail(addressError(address, error)))
    server.once("error", fail)
    const listening = () => {
      server.off("error", fail)
      const bound = server.address()
      resume(Effect.succeed(typeof bound === "object" && bound !== null ? bound.port : address.port))
    }
    try {
      server.listen({ host: address.host, port: address.port }, listening)
    } catch (error) {
      fail(error)
    }
  })

/** Stops to accept, waits for what is in flight, and cuts what is not done in time. */
export const close = (server: Server, within: Duration.Duration): Effect.Effect<void> => {
  const closed = Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
  })
  return Effect.timeoutOrElse(Effect.interruptible(closed), {
    duration: within,
    orElse: () => Effect.sync(() => server.closeAllConnections())
  })
}
