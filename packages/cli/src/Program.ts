import { wrap } from "@branchline/core/explain/Layout"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer, Logger, type Scope } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import type { Ended } from "./commands/Answering.js"
import { commands } from "./commands/List.js"
import { CouldNotLook } from "./output/CouldNotLook.js"
import { FoundSomething } from "./output/Print.js"
import { version } from "./Version.js"

const description = "Answers about security groups for pods on EKS, read-only: why a pod has not its groups, what a policy does, what a node carries.\n\n" +
  "Every command reads a cluster as kubectl does, or a snapshot (--snapshot FILE), and never writes. AWS is looked at only with --aws."

/** What a listed command is besides its name and flags. */
type Runnable = Command.Command<string, never, object, Ended, Command.Environment | Scope.Scope>

/** The whole program under the name by which it was called. */
export const program = (name: "branchline" | "kubectl sgp") => {
  const [first, ...others] = commands.map(({ command }) => command as Runnable)
  const root = Command.make(name).pipe(Command.withDescription(description))
  return first === undefined ? root : Command.withSubcommands(root, [first, ...others])
}

/** One line for each thing that is wrong, and where help is; the help itself would bury them. */
const presenter = (name: string) =>
  CliOutput.layerPresenter({
    present: (event) =>
      event._tag === "InvalidInvocation"
        ? Effect.andThen(
          Effect.forEach(event.errors, ({ message }) => Console.error(`error: ${message}`), { discard: true }),
          Console.error(`See ${[name, ...event.commandPath.slice(1)].join(" ")} --help.`)
        )
        : CliOutput.defaultPresenter.present(event)
  })

/** Help with its description in lines that can be read, each of its paragraphs indented as the first. */
const formatter = (): CliOutput.Formatter => {
  const plain = CliOutput.defaultFormatter()
  const described = (text: string): string => text.split("\n\n").map((paragraph) => wrap(paragraph, 98).join("\n  ")).join("\n\n  ")
  return { ...plain, formatHelpDoc: (doc) => plain.formatHelpDoc({ ...doc, description: described(doc.description) }) }
}

/** Says why nothing was answered. */
export const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error) || error instanceof FoundSomething) return Effect.void
  if (error instanceof CouldNotLook) return Console.error([`error: ${error.message}`, ...(error.mend === undefined ? [] : [`mend: ${error.mend}`])].join("\n"))
  return Console.error(`This should not happen:\n${Cause.pretty(cause)}`)
}

/** 0 all is well, 1 there is something to look into, 2 could not look; 130 as shells know a program that was interrupted. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  return Cause.squash(exit.cause) instanceof FoundSomething ? 1 : 2
}

/** What a run of the program needs of a machine. */
export const surroundings = (name: string) =>
  Layer.mergeAll(
    CliOutput.layer(formatter()),
    presenter(name),
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
    Layer.succeed(Logger.LogToStderr, true)
  )

/** The program on this machine, with what it was called with; errors are told on standard error. */
export const run = (name: "branchline" | "kubectl sgp") =>
  Command.run(program(name), { version }).pipe(
    Effect.scoped,
    Effect.tapCause(report),
    Effect.provide(Layer.mergeAll(NodeServices.layer, surroundings(name)))
  )
