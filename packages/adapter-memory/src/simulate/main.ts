#!/usr/bin/env node
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Data, Effect, Layer, Logger, Option } from "effect"
import { CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { parseMillis } from "../ec2-server/Flags.js"
import { type Life, live } from "../simulation/life/Live.js"
import { type Mix, usual } from "../simulation/life/Mix.js"
import { mixes } from "../simulation/life/Rough.js"
import type { Subject } from "../simulation/life/Subject.js"
import { isLineage, planOfLineage } from "../simulation/search/Mutate.js"
import { BadFile, formatScenario, parseMix, parseScenario } from "../simulation/search/ScenarioFile.js"
import { shrink, violationLine } from "../simulation/search/Shrink.js"
import { firstOfEach, timeline } from "../simulation/search/Timeline.js"
import { campaign, WorkerLost } from "./Campaign.js"
import { loadSubject } from "./Subjects.js"
import { doubts, type Failure, floors, shallow, type Tally } from "./Tally.js"

/** It cannot begin. */
class BadStart extends Data.TaggedError("BadStart")<{ readonly message: string }> {}

/** It has found what it looks for: some rule was broken, or the lives were none. */
class Found extends Data.TaggedError("Found")<{ readonly message: string }> {}

const count = (name: string, least: number, most: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter((value) => value >= least && value <= most, () => `a whole number from ${least} to ${most}`),
    Flag.withMetavar("n"),
    Flag.withDescription(description)
  )
const file = (name: string, description: string) => Flag.String(name).pipe(Flag.withMetavar("file"), Flag.withDescription(description), Flag.optional)

const flags = {
  seeds: Flag.withDefault(count("seeds", 1, 100_000_000, "How many lives. Default: 1000"), 1_000),
  first: Flag.optional(count("first", 0, 1_000_000_000_000, "The first seed. Default: taken from the clock, and printed")),
  cores: Flag.optional(count("cores", 1, 256, "Processes that work. Default: as many as the machine has cores")),
  atMost: Flag.String("at-most").pipe(
    Flag.filterMap(parseMillis, () => "a length of time such as 30s or 10m"),
    Flag.withMetavar("duration"),
    Flag.withDescription("End after so long, with what was lived until then. Default: no limit"),
    Flag.optional
  ),
  seed: Flag.String("seed").pipe(
    Flag.filter(isLineage, () => "a seed as it was printed, such as 17 or 17.4.2"),
    Flag.withMetavar("seed"),
    Flag.withDescription("Replay one life and tell it"),
    Flag.optional
  ),
  file: Flag.String("file").pipe(Flag.withMetavar("file"), Flag.withDescription("Replay a saved scenario and tell it; may be given several times"), Flag.atLeast(0)),
  mix: Flag.String("mix").pipe(
    Flag.withMetavar("mix"),
    Flag.withDescription(`What lives are made of: ${Object.keys(mixes).join(" or ")}, or a file of YAML; --print-mix prints one. Default: usual`),
    Flag.optional
  ),
  printMix: Flag.withDefault(Flag.Boolean("print-mix").pipe(Flag.withDescription("Print the mix and end")), false),
  controller: file("controller", "A module whose default export is the controller to be simulated. Default: Branchline"),
  save: Flag.String("save").pipe(Flag.withMetavar("folder"), Flag.withDescription("Where failures are saved as scenarios, shrunk"), Flag.optional),
  failures: Flag.withDefault(count("failures", 1, 1_000_000, "End at so many failures. Default: 10"), 10),
  shrink: Flag.withDefault(Flag.Boolean("shrink").pipe(Flag.withDescription("Look for the smallest plan that breaks the same rule. Default: true; --no-shrink does not")), true),
  chance: Flag.withDefault(Flag.Boolean("chance").pipe(Flag.withDescription("Draw every life anew, instead of changing those that came to something new")), false),
  journal: Flag.withDefault(Flag.Boolean("journal").pipe(Flag.withDescription("With --seed or --file: the whole journal, byte for byte the same each time")), false),
  json: Flag.withDefault(Flag.Boolean("json").pipe(Flag.withDescription("What it came to as one line of JSON on stdout")), false)
}

const readText = (path: string): Effect.Effect<string, BadStart> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => new BadStart({ message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` })
  })

const subjectOf = (path: Option.Option<string>): Effect.Effect<Subject, BadStart> =>
  Effect.tryPromise({
    try: () => loadSubject(Option.getOrUndefined(path)),
    catch: (error) => new BadStart({ message: `--controller ${Option.getOrElse(path, () => "")}: ${error instanceof Error ? error.message : String(error)}` })
  })

/** The usual one, one by name, or one from a file. */
const mixOf = (given: Option.Option<string>): Effect.Effect<Mix, BadStart | BadFile> => {
  if (Option.isNone(given)) return Effect.succeed(usual)
  const named = Object.hasOwn(mixes, given.value) ? mixes[given.value] : undefined
  return named === undefined ? Effect.flatMap(readText(given.value), (text) => Effect.fromResult(parseMix(given.value, text))) : Effect.succeed(named)
}

const say = (line: string) => Console.error(line)
const warn = (figures: Parameters<typeof doubts>[0]) => Effect.forEach(doubts(figures), (doubt) => say(`warning: ${doubt}`), { discard: true })
const print = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.log(line), { discard: true })

const thousands = (value: number, digits = 0): string => value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits })

const progressLine = (tally: Tally, elapsed: number, seeds: number): string =>
  `${thousands(tally.lives())} of ${thousands(seeds)} seeds, ${thousands(tally.lives() / (elapsed / 1_000), 1)}/s, ${thousands(tally.hours(), 1)} simulated hours, ` +
  `${thousands(tally.cells.size)} cells, ${tally.failures.length} failures`

/** The words with which the life is lived again. */
const replayOf = (seed: string, { controller, mix }: { readonly controller: Option.Option<string>; readonly mix: Option.Option<string> }): string =>
  [`branchline-simulate --seed ${seed}`, ...Option.toArray(Option.map(mix, (path) => `--mix ${path}`)), ...Option.toArray(Option.map(controller, (path) => `--controller ${path}`))].join(" ")

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60)

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const verdict = ({ violations }: Life): string =>
  violations.length === 0 ? "all is well" : `${counted(firstOfEach(violations).length, "rule")} broken, ${counted(violations.length, "time")} in all`

const told = (life: Life, withJournal: boolean): ReadonlyArray<string> => withJournal ? life.journal : [...timeline(life), verdict(life)]

const program = Command.make("branchline-simulate", flags, Effect.fnUntraced(function*(given) {
  const mix = yield* mixOf(given.mix)
  if (given.printMix) return yield* print([JSON.stringify(mix, null, 2)])
  const subject = yield* subjectOf(given.controller)

  const explain = Effect.fnUntraced(function*(failure: Failure) {
    const [first, ...others] = firstOfEach(failure.violations)
    yield* print([
      "",
      `seed ${failure.seed} breaks a rule: ${first === undefined ? "" : violationLine(first)}`,
      ...others.map((other) => `  and another: ${violationLine(other)}`),
      `  replay: ${replayOf(failure.seed, given)}`
    ])
    if (!given.shrink) return
    yield* say("looking for the smallest plan that breaks it …")
    const { life, tried } = shrink(live(failure.plan, subject), subject)
    yield* print([`the smallest of ${tried} plans that break it:`, ...timeline(life, 60)])
    if (Option.isNone(given.save)) return
    const path = join(given.save.value, `${slug(first?.oracle ?? "failure")}-${failure.seed}.yaml`)
    mkdirSync(given.save.value, { recursive: true })
    writeFileSync(path, formatScenario({ about: first === undefined ? "" : violationLine(first), plan: life.plan }))
    yield* print([`saved: ${path}`])
  })

  if (Option.isSome(given.seed) || given.file.length > 0) {
    const scenarios = yield* Effect.forEach(given.file, (path) => Effect.flatMap(readText(path), (text) => Effect.fromResult(parseScenario(path, text))))
    const plans = [...scenarios.map(({ plan }) => plan), ...Option.toArray(Option.map(given.seed, (seed) => planOfLineage(seed, mix)))]
    const lives = plans.map((plan) => live(plan, subject))
    for (const life of lives) yield* print(told(life, given.journal))
    const sum = (figure: "answers" | "podLives") => lives.reduce((so, { figures }) => so + figures[figure], 0)
    yield* warn({ answers: sum("answers"), podLives: sum("podLives") })
    const broken = lives.filter(({ violations }) => violations.length > 0).length
    return broken === 0 ? undefined : yield* new Found({ message: `${broken} of ${lives.length} break a rule` })
  }

  const cores = Option.getOrElse(given.cores, availableParallelism)
  const first = Option.getOrElse(given.first, () => Math.floor(performance.timeOrigin / 1_000) * 1_000)
  yield* say(`${thousands(given.seeds)} lives of ${subject.name} from seed ${first} on ${cores} ${cores === 1 ? "core" : "cores"}`)
  const began = performance.now()
  const tally = yield* campaign({
    first,
    seeds: given.seeds,
    cores,
    mix,
    controller: Option.getOrUndefined(given.controller),
    chance: given.chance,
    atMost: Option.getOrUndefined(given.atMost),
    failures: given.failures,
    progress: (so) => say(progressLine(so, performance.now() - began, given.seeds))
  })
  const elapsed = performance.now() - began
  for (const failure of tally.failures.slice(0, 3)) yield* explain(failure)
  const summary = {
    controller: subject.name,
    first,
    seeds: tally.lives(),
    failures: tally.failures.length,
    simulatedHours: Math.round(tally.hours()),
    podLives: tally.podLives(),
    cells: tally.cells.size,
    seconds: Math.round(elapsed / 100) / 10,
    medians: Object.fromEntries(["nodes", "podLives", "faults", "quiet", "millis"].map((name) => [name, Math.round(tally.median(name as "millis") * 10) / 10]))
  }
  const least = mix.least ?? floors
  if (given.json) yield* print([JSON.stringify(summary)])
  else {
    yield* print([
      "",
      progressLine(tally, elapsed, given.seeds),
      `the median life: ${summary.medians["nodes"]} nodes, ${summary.medians["podLives"]} pod lives, ${summary.medians["faults"]} faults that fired, ` +
      `${summary.medians["quiet"]} s of quiet after the last (at least ${least.nodes}, ${least.podLives}, ${least.faults}, ${least.quiet}), ${summary.medians["millis"]} ms of one core`
    ])
  }
  yield* warn({ answers: tally.answers(), podLives: tally.podLives() })
  const thin = shallow(tally, least)
  if (tally.failures.length > 0) return yield* new Found({ message: `${tally.failures.length} of ${thousands(tally.lives())} lives break a rule` })
  return thin.length === 0 ? undefined : yield* new Found({ message: thin.join("; ") })
})).pipe(
  Command.withDescription(
    "Lives a controller through whole lives of a cluster in memory, one for each seed, in which most things go wrong, and holds it against rules at every step. A failure " +
      "prints its seed, the command that replays it, and the smallest plan found that still fails. The median of its lives has to be a real piece of life: " +
      `at least ${floors.nodes} nodes, ${floors.podLives} pods that were served, ${floors.faults} faults that fired and ${floors.quiet} s of quiet after the last, unless the mix says otherwise (\`least\`). ` +
      "Exit code 0: no rule was broken; 1: one was, or the lives were thinner than that; 2: it could not begin."
  )
)

const complain = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.error(line), { discard: true })

const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain([...event.errors.map(({ message }) => `error: ${message}`), "See branchline-simulate --help."])
      : CliOutput.defaultPresenter.present(event)
})

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return Effect.void
  if (error instanceof BadStart || error instanceof BadFile || error instanceof WorkerLost) return complain(error.message.split("\n").map((line) => `error: ${line}`))
  return complain([error instanceof Found ? error.message : `This should not happen:\n${Cause.pretty(cause)}`])
}

const codeOf = (cause: Cause.Cause<unknown>): number => Cause.squash(cause) instanceof Found ? 1 : Cause.hasInterruptsOnly(cause) ? 130 : 2

Command.run(program, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, Layer.succeed(Logger.LogToStderr, true), CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(exit._tag === "Success" ? 0 : codeOf(exit.cause)) })
)
