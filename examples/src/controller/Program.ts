// First, before any schema is used: decoders become code of their own then. A review takes a tenth less time; effect calls the module unstable,
// and without it everything works as it does with it.
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, type Exit, Layer } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { controller } from "./Command.js"
import { controllerHelp } from "./config/Help.js"
import { Stopped } from "./Stopped.js"
import { flags as storyFlags } from "../story/Flags.js"
import { strangers } from "../Strangers.js"

const complain = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.error(line), { discard: true })

const presenter = CliOutput.layerPresenter({
  present: (event) => {
    switch (event._tag) {
      case "InvalidInvocation":
        return complain([
          ...event.errors.map(({ message }) => `error: ${message}`),
          ...strangers(event.errors, Object.keys(storyFlags), "belongs to the story: leave --backend out"),
          "See npm start -- --help."
        ])
      case "Help":
        return Console.log(controllerHelp())
      default:
        return CliOutput.defaultPresenter.present(event)
    }
  }
})

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return Effect.void
  if (error instanceof Stopped) return complain(error.lines.map((line) => `error: ${line}`))
  return Console.error(`This should not happen:\n${Cause.pretty(cause)}`)
}

const codeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  return error instanceof Stopped ? error.code : CliError.isCliError(error) ? 1 : 4
}

/** The exit code of an end that was cut short (`config/Help.exitCodes`). */
const cutShort = 5

/** By then the Lease is given back or will not be; what is left is a collector that does not answer, and the like. Milliseconds. */
const longestEnd = 4_800

// The first signal ends it in good order; whoever sends a second one is tired of waiting.
let signals = 0
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) {
  process.on(signal, () => {
    signals++
    if (signals > 1) process.exit(128 + number)
    setTimeout(() => process.exit(cutShort), longestEnd).unref()
  })
}

Command.run(controller, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(codeOf(exit)) })
)
