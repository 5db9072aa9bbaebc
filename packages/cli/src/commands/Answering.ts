import { Effect, type Schema, type Scope, type Terminal } from "effect"
import { Command } from "effect/cli"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import type { Documented } from "../output/Document.js"
import { outputFlags } from "../output/Flags.js"
import { type FoundSomething, print } from "../output/Print.js"

/** What every command may fail with: all of it is told and ends in an exit code. */
export type Ended = CouldNotLook | FoundSomething

/** A command as the list has it; it fails with {@link Ended}, and needs what the machine gives and a scope. */
export interface Listed {
  readonly command: Command.Command.Any
  /** What it prints with `--output json|yaml`, by the names that `branchline schema` knows. */
  readonly answers: Readonly<Record<string, Schema.Top>>
}

/** Flags and arguments of a command, read. */
export type Input<F extends Command.Command.Config> = Command.Command.Config.Infer<F>

/** A command that looks, answers once, and ends. */
export interface Answering<F extends Command.Command.Config, A> {
  readonly name: string
  /** One sentence; what stands after a blank line is told by the command's own help alone. */
  readonly description: string
  readonly examples: ReadonlyArray<{ readonly command: string; readonly description: string }>
  /** Its own flags and arguments; those of the output are added. */
  readonly flags: F
  readonly schema: Documented<A>
  readonly answer: (input: Input<F>) => Effect.Effect<Answer<A>, CouldNotLook, Command.Environment | Scope.Scope>
}

/** Says what a command does and where its help ends: the exit codes are everybody's. */
export const exitCodes = "Exit codes: 0 all is well, 1 there is something to look into, 2 could not look."

/** Such a command, with the flags of the output and everybody's exit codes. */
export const answering = <const F extends Command.Command.Config, A>({ answer, description, examples, flags, name, schema }: Answering<F, A>): Listed => {
  const command = Command.make(name, { ask: flags, output: outputFlags }, ({ ask, output }) =>
    Effect.flatMap(answer(ask as Input<F>), (answered): Effect.Effect<void, FoundSomething, Terminal.Terminal> => print(answered, schema, output))
  ).pipe(
    Command.withDescription(`${description}\n\n${exitCodes}`),
    Command.withShortDescription(description.split("\n")[0] ?? description),
    Command.withExamples(examples)
  )
  return { command, answers: { [name]: schema } }
}
