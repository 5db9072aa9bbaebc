import { Cause, type Effect as Effects, Effect, Exit, type Scope } from "effect"
import { simulate } from "../../src/simulation/Simulation.js"
import * as World from "./World.js"

/** A run that did not go as its story says. */
class Failed extends Error {
  override readonly name = "Failed"
  readonly seed: number
  constructor(seed: number, why: string, journal: ReadonlyArray<string>, cause: unknown) {
    super(`seed ${seed}: ${why}\n${journal.slice(-40).join("\n")}`, { cause })
    this.seed = seed
  }
}

/** A defect of the controller's, which it survives: its work is done again, so that the story alone would not tell. */
class Defect extends Error {
  override readonly name = "Defect"
}

const isDefect = (line: string): boolean => / failed unexpectedly/.test(line)

/**
 * Plays a story in a world of its own, in virtual time; a failure shows its seed, its cause and the end of the journal. A defect of the
 * controller's is a failure, whatever the story says.
 */
export const play = <A, E>(
  options: World.WorldOptions,
  story: (world: World.World) => Effects.Effect<A, E, Scope.Scope>,
  seed: number
): A => {
  const run = simulate(Effect.flatMap(World.make(options), story), { seed })
  const defect = run.journal.find(isDefect)
  if (defect !== undefined) throw new Failed(seed, "a defect", run.journal, new Defect(defect))
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Failed(seed, Cause.pretty(run.exit.cause), run.journal, Cause.squash(run.exit.cause))
}

/** Plays a story with one seed only, to look at it again. */
const only = process.env["SCENARIO_SEED"]

/** {@link play} with the seeds 1 to `count`, or with that of the environment's `SCENARIO_SEED`; answers what each answered. */
export const seeds = <A, E>(
  count: number,
  options: World.WorldOptions,
  story: (world: World.World) => Effects.Effect<A, E, Scope.Scope>
): ReadonlyArray<A> =>
  (only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)]).map((seed) => play(options, story, seed))
