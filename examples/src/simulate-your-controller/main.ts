import { firstOfEach, shrink, timeline, violationLine } from "@branchline/adapter-memory/simulation"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Data, Effect, Layer } from "effect"
import { CliConfig, CliError, Command, Flag, GlobalFlag } from "effect/cli"
import { find, type Looked } from "./Find.js"
import { mix } from "./mix.js"
import { correct, planted } from "./Versions.js"

/** The correct version broke a rule, or a planted bug was not found. */
class Unexpected extends Data.TaggedError("Unexpected")<{ readonly message: string }> {}

const count = (name: string, least: number, most: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter((value) => value >= least && value <= most, () => `a whole number from ${least} to ${most}`),
    Flag.withMetavar("n"),
    Flag.withDescription(description)
  )

const flags = {
  seeds: Flag.withDefault(count("seeds", 1, 100_000, "Lives of the correct version. Default: 20"), 20),
  first: Flag.withDefault(count("first", 0, 1_000_000_000, "The first seed. Default: 1000"), 1_000),
  lines: Flag.withDefault(count("lines", 1, 1_000, "Lines of what happened before rules were broken. Default: 6"), 6),
  printMix: Flag.withDefault(Flag.Boolean("print-mix").pipe(Flag.withDescription("Print what the lives are made of, for branchline-simulate --mix, and end")), false)
}

/** So many plans are tried for a smaller one. */
const plansTried = 60

const print = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.log(line), { discard: true })

/** The broken rule, and the smallest story that breaks it, with each rule that it breaks. */
const told = ({ found, seeds }: Looked, version: (typeof planted)[number]["subject"], lines: number): ReadonlyArray<string> => {
  const [first] = found?.violations ?? []
  if (found === undefined || first === undefined) return [`  ${seeds} seeds, and no rule broken`]
  const { life, tried } = shrink(found, version, plansTried)
  return [
    `  found after ${seeds} ${seeds === 1 ? "seed" : "seeds"}: ${violationLine(first)}`,
    `  the smallest of ${tried} plans that break it:`,
    // The same rule mostly breaks again, because of the same.
    ...timeline({ ...life, violations: firstOfEach(life.violations) }, lines).map((line) => `    ${line}`)
  ]
}

const program = Command.make("simulate-your-controller", flags, Effect.fnUntraced(function*({ first, lines, printMix, seeds }) {
  if (printMix) return yield* print([JSON.stringify(mix, null, 2)])
  const unexpected: Array<string> = []
  for (const { bug, subject, within } of planted) {
    yield* print([`${subject.name}: ${bug}`])
    const looked = find(subject, mix, first, within)
    yield* print([...told(looked, subject, lines), ""])
    if (looked.found === undefined) unexpected.push(`${subject.name} was not found within ${within} seeds`)
  }
  const looked = find(correct, mix, first, seeds)
  yield* print([`${correct.name}: no bug was planted`, ...told(looked, correct, lines)])
  if (looked.found !== undefined) unexpected.push("the correct version breaks a rule")
  return unexpected.length === 0 ? undefined : yield* new Unexpected({ message: unexpected.join("; ") })
})).pipe(
  Command.withDescription(
    "Lives a small controller, as it should be and with one bug each, through lives of a cluster in memory in which most things go wrong, and tells which rule each " +
      "bug breaks and how. Exit code 0: each bug was found, and the correct version breaks no rule; 1: not so."
  )
)

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Cause.squash(cause)
  if (Cause.hasInterruptsOnly(cause) || CliError.isCliError(error)) return Effect.void
  return Console.error(error instanceof Unexpected ? error.message : `This should not happen:\n${Cause.pretty(cause)}`)
}

Command.run(program, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(Layer.mergeAll(NodeServices.layer, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
