// First, as in the controller's program.
import "effect/schema/SchemaJITCompiler/enable"
import { readFileSync } from "node:fs"
import type { RequestListener } from "node:http"
import { createServer } from "node:https"
import * as TlsFiles from "@branchline/adapter-k8s/webhook/TlsFiles"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import { respond } from "@branchline/core/admission/Webhook"
import { Effect } from "effect"
import { contextOf } from "../Admission.js"

/** A server as a process of its own: `webhook` is ours, `echo` gives each body back and does nothing else. It prints its port. */
const [which, folder = "."] = process.argv.slice(2)
const files = { cert: `${folder}/tls.crt`, key: `${folder}/tls.key` }

const tell = (port: number): void => void process.stdout.write(`port ${port}\n`)

const echo: RequestListener = (request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks)
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length })
    response.end(body)
  })
}

if (which === "echo") {
  const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, echo)
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    if (typeof address === "object" && address !== null) tell(address.port)
  })
} else {
  const context = contextOf(100)
  const program = Effect.gen(function*() {
    const tls = yield* TlsFiles.make(files)
    const { port } = yield* WebhookServer.make({ host: "127.0.0.1", port: 0, tls, admit: (request) => respond(request, context), ready: Effect.succeed(true) })
    tell(port)
    return yield* Effect.never
  })
  const running = Effect.runFork(Effect.scoped(program))
  running.addObserver((exit) => process.stderr.write(`the webhook ended: ${String(exit)}\n`))
}
