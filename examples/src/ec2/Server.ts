import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect } from "effect"
import { type HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badInput } from "../story/BadInput.js"
import type { Answer } from "./Bridge.js"

/** Loopback only: whoever reaches this EC2 may do anything to it. */
export const host = "127.0.0.1"

const codeOf = (cause: unknown): string => typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : String(cause)

const refusedPort = (port: number) => ({ cause }: HttpServerError.ServeError) => {
  const code = codeOf(cause)
  return badInput({
    field: `--port ${port}`,
    message: code === "EADDRINUSE" ? `port ${port} is in use` : code === "EACCES" ? `port ${port} may not be used without privileges` : `the port cannot be opened: ${code}`,
    mend: "choose another, or 0 for any that is free"
  })
}

/** Serves a bridge on loopback until the scope ends, and answers the port. Fails with `BadInput` where the port cannot be had. */
export const serve = Effect.fnUntraced(function*(port: number, bridge: (path: string, body: string) => Effect.Effect<Answer>) {
  const server = yield* NodeHttpServer.make(() => createServer(), { port, host, gracefulShutdownTimeout: 0 }).pipe(
    Effect.mapError(refusedPort(port))
  )
  yield* server.serve(Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.method !== "POST") return HttpServerResponse.text("POST /port/<method> or /control/<method>\n", { status: 405, headers: { allow: "POST" } })
    const { body, status } = yield* bridge(request.url, yield* request.text)
    return HttpServerResponse.text(body, { status, contentType: "application/json" })
  }))
  return "port" in server.address ? server.address.port : port
})
