import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Layer } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { BadInput, findingText } from "./BadInput.js"
import { complain, story, Violated } from "./Command.js"

/** One line for each thing that is wrong, and where help is; the help itself would bury them. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.flatMap(Effect.promise(() => Promise.all([import("../Strangers.js"), import("../controller/config/Settings.js")])), ([{ strangers }, { names }]) =>
        complain([
          ...event.errors.map(({ message }) => `error: ${message}`),
          ...strangers(event.errors, names, "belongs to the controller: add --backend kubernetes or --backend aws"),
          "See npm start -- --help."
        ]))
      : CliOutput.defaultPresenter.present(event)
})

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error) || error instanceof Violated) return Effect.void
  if (error instanceof BadInput) return complain(error.findings.map((finding) => `error: ${findingText(finding)}`))
  return Console.error(`This should not happen:\n${Cause.pretty(cause)}`)
}

const layer = Layer.mergeAll(NodeServices.layer, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))

Command.run(story, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
