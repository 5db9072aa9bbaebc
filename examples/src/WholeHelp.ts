import { Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc } from "effect/cli"
import { ChildProcessSpawner } from "effect/process"
import { wholeHelp } from "./controller/config/Help.js"
import { story } from "./story/Command.js"

const unused = Effect.die("help asks for nothing")

/** A machine of which nothing is touched, not even its terminal. */
const machine = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({ columns: Effect.succeed(100), rows: Effect.succeed(24), size: unused, readInput: unused, readLine: unused, display: () => Effect.void })
  ),
  Layer.succeed(ChildProcessSpawner.ChildProcessSpawner, ChildProcessSpawner.make(() => unused))
)

/** The help of the story and of the controller in one, the story's part from its own flags. */
export const wholeHelpText = (): Promise<string> => {
  const seen: Array<HelpDoc.HelpDoc> = []
  const presenter = CliOutput.layerPresenter({
    present: (event) => Effect.sync(() => event._tag === "Help" ? void seen.push(event.helpDoc) : undefined)
  })
  return Command.runWith(story, { version: "0.1.0" })(["--help"]).pipe(
    Effect.provide(Layer.mergeAll(machine, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
    Effect.map(() => seen.map(wholeHelp).join("")),
    Effect.runPromise
  )
}
