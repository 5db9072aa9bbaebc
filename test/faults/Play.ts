import { nameOf } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { Cause, Clock, Effect, Exit } from "effect"
import * as Oracles from "../../packages/adapter-memory/test/scenarios/Oracles.js"
import { type Fault, type TermName, terms } from "./Faults.js"
import type { Situation } from "./Situations.js"
import type { Trouble } from "./Trouble.js"
import * as World from "./World.js"

const isTrouble = (reason: string): boolean => /Failed/.test(reason)

/** Something that people were told, and how long after the call failed, milliseconds. */
export interface Telling {
  readonly kind: string
  readonly reason: string
  readonly message: string
  readonly after: number
}

/** What one cell came to. Times are milliseconds. */
export interface Played {
  readonly trouble: Trouble
  /** From the end of the fault until what depends on the call had come about; 0 where it did meanwhile. */
  readonly served: number
  readonly told: ReadonlyArray<Telling>
  /** Counters that grew, with their labels. */
  readonly grown: ReadonlySet<string>
  readonly journal: ReadonlyArray<string>
}

/** Plays one situation under one fault. Fails where a pod is not served, something leaks or an oracle is broken. */
export const play = (situation: Situation, fault: Fault, term: TermName): Played => {
  const { operation } = situation
  const settings = {
    ...(fault.isSwept === true ? { sweepInterval: 600_000 } : {}),
    ...situation.options?.settings,
    ...(fault.isUnpaced === true ? { rates: undefined } : {})
  }
  const story = Effect.gen(function*() {
    const world = yield* World.make({ ...situation.options, settings })
    yield* situation.prepare(world)
    const before = yield* world.counters
    const heard = world.told.length
    const trouble = world.begin(operation, terms[term], (struck, subject) => fault.answer(operation, struck, subject))
    const name = yield* situation.provoke(world)
    yield* situation.settled(world, name)
    const settledAt = yield* Clock.currentTimeMillis
    const overAt = trouble.overAt ?? settledAt
    const begun = trouble.heardAt ?? settledAt
    yield* Effect.forEach(yield* world.pods(), (pod) => world.waitForPhase(nameOf(pod), "Running"), { discard: true })
    yield* Oracles.atPeace(world, {
      within: fault.isSwept === true ? "35 minutes" : "5 minutes",
      unowned: "40 minutes",
      // What EC2 does not show may still have its VLAN id.
      observed: fault.isSwept === true ? ["vlan-taken"] : []
    })
    const after = yield* world.counters
    const told = world.told.slice(heard).filter(({ at, reason }) => at >= begun && isTrouble(reason)).map(({ at, message, reason, regarding }) =>
      ({ kind: regarding.kind, reason, message, after: at - begun }))
    return {
      trouble,
      served: Math.max(0, settledAt - overAt),
      told,
      grown: new Set([...after].filter(([key, value]) => value > (before.get(key) ?? 0)).map(([key]) => key))
    }
  })
  const run = simulate(story, { seed: 1 })
  if (Exit.isSuccess(run.exit)) return { ...run.exit.value, journal: run.journal }
  throw new Error(`${operation}, ${situation.when}: ${fault.title}, ${term}: ${Cause.pretty(run.exit.cause)}\n${run.journal.slice(-40).join("\n")}`)
}
