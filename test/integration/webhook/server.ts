import { readFileSync } from "node:fs"
import * as TlsFiles from "@branchline/adapter-k8s/webhook/TlsFiles"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import { respond } from "@branchline/core/admission/Webhook"
import { securityGroupPolicies } from "@branchline/core/model/Resource"
import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { Effect, Result } from "effect"

/** The webhook server as a process of its own: the folder with `tls.crt`, `tls.key` and `policies.json` is its argument, its port what it prints. */
const folder = process.argv[2] ?? "."

const documents = JSON.parse(readFileSync(`${folder}/policies.json`, "utf8")) as ReadonlyArray<unknown>
const policies = PolicyIndex.fromPolicies(documents.map((document) => Result.getOrThrowWith(securityGroupPolicies.decode(document), (problem) => new Error(problem))))
const context = {
  facts: Effect.succeed({ policies, groupsPerInterface: 5, windows: { ipamEnabled: false, served: false } }),
  serviceAccount: () => Effect.succeed({})
}

const program = Effect.gen(function*() {
  const tls = yield* TlsFiles.make({ cert: `${folder}/tls.crt`, key: `${folder}/tls.key`, interval: "100 millis" })
  const { port } = yield* WebhookServer.make({ host: "127.0.0.1", port: 0, tls, admit: (request) => respond(request, context), ready: Effect.succeed(true) })
  process.stdout.write(`port ${port}\n`)
  process.on("SIGUSR2", () => process.stdout.write(`rss ${process.memoryUsage().rss}\n`))
  return yield* Effect.never
})

const running = Effect.runFork(Effect.scoped(program))
running.addObserver((exit) => process.stderr.write(`the server ended: ${String(exit)}\n`))
