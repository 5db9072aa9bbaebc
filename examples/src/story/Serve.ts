import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Console, Effect } from "effect"
import { type HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badInput } from "./BadInput.js"

/** What is served. */
export interface Pages {
  readonly text: string
  readonly json: string
}

const host = "127.0.0.1"

const codeOf = (cause: unknown): string => typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : String(cause)

const refused = (port: number) => ({ cause }: HttpServerError.ServeError) => {
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return badInput({ message: `--serve ${port}: port ${port} is in use`, mend: "choose another, or 0 for any that is free" })
    case "EACCES":
      return badInput({ message: `--serve ${port}: port ${port} may not be used without privileges`, mend: "choose one above 1023" })
    default:
      return badInput({ message: `--serve ${port}: the port cannot be opened: ${codeOf(cause)}`, mend: "choose another" })
  }
}

const answer = ({ json, text }: Pages) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => {
    switch (url) {
      case "/":
        return HttpServerResponse.text(text)
      case "/story.json":
        return HttpServerResponse.text(json, { contentType: "application/json" })
      default:
        return HttpServerResponse.text("There is / (text) and /story.json.\n", { status: 404 })
    }
  })

/** Opens the port on the loopback interface, and gives what serves the pages there until interrupted. Fails with `BadInput`. */
export const open = Effect.fnUntraced(function*(port: number) {
  const server = yield* NodeHttpServer.make(() => createServer(), { port, host, gracefulShutdownTimeout: 0 }).pipe(
    Effect.mapError(refused(port))
  )
  return Effect.fnUntraced(function*(pages: Pages) {
    yield* server.serve(answer(pages))
    const { address } = server
    const actual = "port" in address ? address.port : port
    yield* Console.error(`Serving http://${host}:${actual}/ and http://${host}:${actual}/story.json until Ctrl-C.`)
    return yield* Effect.never
  })
})
