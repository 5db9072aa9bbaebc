import { Console, Effect, type Layer } from "effect"
import { Command } from "effect/cli"
import { findingText } from "../story/BadInput.js"
import { flags, given } from "./config/Flags.js"
import { printed } from "./config/Print.js"
import type { Resolved } from "./config/Resolve.js"
import type { Configuration } from "./config/Settings.js"
import { load } from "./Load.js"
import type { Stopped } from "./Stopped.js"

const levels = { error: "Error", warning: "Warn", info: "Info", debug: "Debug" } as const

const logging = Effect.fnUntraced(function*({ logFormat, logLevel }: Configuration) {
  const Logs = yield* Effect.promise(() => import("@branchline/adapter-k8s/operations/Logs"))
  return Logs.layer({ format: logFormat, level: levels[logLevel] })
})

/** Traces, where somebody said where they go; the exporter is loaded by those who have one. */
const tracing = Effect.fnUntraced(function*({ otlpEndpoint }: Configuration): Effect.fn.Return<Layer.Layer<never, Stopped> | undefined> {
  if (otlpEndpoint === undefined) return undefined
  const { tracingTo } = yield* Effect.promise(() => import("./Traces.js"))
  return tracingTo(otlpEndpoint)
})

const run = Effect.fnUntraced(function*(resolved: Resolved): Effect.fn.Return<void, Stopped> {
  const { configuration } = resolved
  if (configuration.printConfig) return yield* Console.log(printed(resolved))
  const program = configuration.dryRun
    ? Effect.flatMap(Effect.promise(() => import("./dry-run/DryRun.js")), ({ dryRun }) => dryRun(resolved))
    : configuration.mode === "observe"
    ? Effect.flatMap(Effect.promise(() => import("./observe/Observe.js")), ({ observe }) => observe(resolved))
    : Effect.flatMap(Effect.promise(() => import("./Serve.js")), ({ serve }) => serve(resolved))
  const traces = yield* tracing(configuration)
  // Without an exporter nobody reads a span: none is made, nor a stack taken for it.
  const traced = traces === undefined ? Effect.withTracerEnabled(program, false) : Effect.provide(program, traces)
  return yield* traced.pipe(Effect.scoped, Effect.provide(yield* logging(configuration)))
})

/** `npm start -- --backend kubernetes`, or `aws`. */
export const controller = Command.make("npm start -- --backend kubernetes|aws", flags, Effect.fnUntraced(function*(parsed) {
  const resolved = yield* load(given(parsed), process.env)
  yield* Effect.forEach(resolved.warnings, (finding) => Console.error(`warning: ${findingText(finding)}`), { discard: true })
  return yield* run(resolved)
}))

