import { fileURLToPath } from "node:url"
import { Console, Data, Effect, Option } from "effect"
import { Command, TerminalCapabilities } from "effect/cli"
import { findingText } from "./BadInput.js"
import { flags } from "./Flags.js"
import { toJson } from "./Json.js"
import { play } from "./Play.js"
import { closing, opening, reportLines, timelineBeats } from "./Report.js"
import { coloured, colourless } from "./Style.js"
import { prepare } from "./Wishes.js"

const seedDirectory = fileURLToPath(new URL("../../fixtures/seed", import.meta.url))

/** The run broke a promise: what it printed says which. */
export class Violated extends Data.TaggedError("Violated")<{ readonly violations: number }> {}

/** Lines on standard error. */
export const complain = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.error(line), { discard: true })

/** `npm start`, and `npm start -- --backend memory`. */
export const story = Command.make("npm start --", flags, Effect.fnUntraced(function*(given) {
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
