import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc } from "effect/cli"
import { wholeHelp } from "./controller/config/Help.js"
import { story } from "./story/Command.js"

/** The help of the story and of the controller in one, the story's part from its own flags. */
export const wholeHelpText = (): Promise<string> => {
  const seen: Array<HelpDoc.HelpDoc> = []
  const presenter = CliOutput.layerPresenter({
    present: (event) => Effect.sync(() => event._tag === "Help" ? void seen.push(event.helpDoc) : undefined)
  })
  return Command.runWith(story, { version: "0.1.0" })(["--help"]).pipe(
    Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
    Effect.map(() => seen.map(wholeHelp).join("")),
    Effect.runPromise
  )
}
