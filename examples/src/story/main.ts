import { fileURLToPath } from "node:url"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Data, Effect, Layer, Option } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag, TerminalCapabilities } from "effect/cli"
import { BadInput, findingText } from "./BadInput.js"
import { flags } from "./Flags.js"
import { toJson } from "./Json.js"
import { play } from "./Play.js"
import { closing, opening, reportLines, timelineBeats } from "./Report.js"
import { coloured, colourless } from "./Style.js"
import { prepare } from "./Wishes.js"

const seedDirectory = fileURLToPath(new URL("../../fixtures/seed", import.meta.url))

/** The run broke a promise: what it printed says which. */
class Violated extends Data.TaggedError("Violated")<{ readonly violations: number }> {}

const complain = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.error(line), { discard: true })

const story = Command.make("npm start --", flags, Effect.fnUntraced(function*(given) {
  const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const style = canColor ? coloured : colourless
  // The server's modules are loaded by those who serve.
  const port = Option.getOrUndefined(given.serve)
  const serve = port === undefined
    ? undefined
    : yield* Effect.flatMap(Effect.promise(() => import("./Serve.js")), ({ open }) => open(port))
  const prepared = yield* prepare(given, seedDirectory)
  yield* complain(prepared.warnings.map((finding) => `warning: ${findingText(finding)}`))
  const recording = yield* play(prepared.story)
  const json = () => toJson(prepared.story, recording, prepared.warnings)

  if (given.json) yield* Console.log(json())
  else if (Option.isNone(given.speed)) yield* Console.log(reportLines(prepared.story, recording, style).join("\n"))
  else {
    yield* Console.log(opening(prepared.story, style).join("\n"))
    for (const { after, lines } of timelineBeats(recording, style)) {
      yield* Effect.sleep(after / given.speed.value)
      yield* Console.log(lines.join("\n"))
    }
    yield* Console.log(closing(recording, style).join("\n"))
  }
  if (serve !== undefined) yield* serve({ json: json(), text: `${reportLines(prepared.story, recording, colourless).join("\n")}\n` })
  if (recording.violations.length > 0) return yield* new Violated({ violations: recording.violations.length })
}, Effect.scoped)).pipe(
  Command.withDescription(
    "Plays security groups for pods on a cluster in memory: without flags the story of a real cluster's record, with --manifests your own. " +
      "Exit code 0: played, whoever still waits; 1: the input cannot be played, or a promise was broken."
  ),
  Command.withExamples([
    { command: "npm start -- --manifests policies/ --nodes 3", description: "Your own manifests on three nodes" },
    { command: "npm start -- -f pods.yaml --delete web-1 --cooldown 30s", description: "Delete a pod once all run, and see its branch cool" },
    { command: "npm start --silent -- --json", description: "Timeline, objects, events, audit, EC2 calls and explanations" }
  ])
)

/** One line for each thing that is wrong, and where help is; the help itself would bury them. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain([...event.errors.map(({ message }) => `error: ${message}`), "See npm start -- --help."])
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
