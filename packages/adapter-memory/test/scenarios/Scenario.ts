import { Cause, type Effect as Effects, Effect, Exit, type Scope } from "effect"
import { simulate } from "../../src/simulation/Simulation.js"
import * as World from "./World.js"

/** Plays a story in a world of its own, in virtual time; a failure shows its seed, its cause and the end of the journal. */
export const play = <A, E>(
  options: World.WorldOptions,
  story: (world: World.World) => Effects.Effect<A, E, Scope.Scope>,
  seed: number
): A => {
  const run = simulate(Effect.flatMap(World.make(options), story), { seed })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  const tail = run.journal.slice(-40).join("\n")
  throw new Error(`seed ${seed}: ${Cause.pretty(run.exit.cause)}\n${tail}`, { cause: Cause.squash(run.exit.cause) })
}

/** {@link play} with the seeds 1 to `count`; answers what each answered. */
export const seeds = <A, E>(
  count: number,
  options: World.WorldOptions,
  story: (world: World.World) => Effects.Effect<A, E, Scope.Scope>
): ReadonlyArray<A> => Array.from({ length: count }, (_, index) => play(options, story, index + 1))
