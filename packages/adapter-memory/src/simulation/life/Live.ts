import { Cause, Duration, Effect, Exit, Scope } from "effect"
import { entryOf, record } from "../Journal.js"
import type { Violation } from "../oracle/Oracle.js"
import { simulate } from "../Simulation.js"
import { eventually } from "../Waiting.js"
import { act } from "./Act.js"
import { lasting, look } from "./Lasting.js"
import { newcomers } from "./Newcomers.js"
import { calmAt, endOf, isTrouble, type Plan } from "./Plan.js"
import * as Stage from "./Stage.js"
import type { Subject } from "./Subject.js"

/** How much of a life it was. */
export interface LifeFigures {
  readonly nodes: number
  /** Pods that were served. */
  readonly podLives: number
  /** Webhook calls that it answered: none where it never was ready. */
  readonly answers: number
  /** Troubles that did something. */
  readonly faults: number
  /** Seconds in which nothing happened at the end. */
  readonly quiet: number
  /** Simulated seconds in all. */
  readonly seconds: number
}

/** What came of a plan. */
export interface Life {
  readonly plan: Plan
  /** What must never be and was, in the order of time; empty where all was well. */
  readonly violations: ReadonlyArray<Violation>
  readonly figures: LifeFigures
  /** Cells of (state × event × trouble) that it came through. */
  readonly cells: ReadonlySet<string>
  readonly journal: ReadonlyArray<string>
}

/** A life takes some ten thousand tasks; one that takes so many goes round in circles. */
const maxTasks = 300_000

/** Beside the cooldown, how long a pod may wait at the last look until the place is free that it was promised, milliseconds. */
const grace = 30_000

/** Where EC2 refuses to delete what was just disassociated, the place is free when that is over and the backoff's cap has passed, and where giving back is slow after the calls, milliseconds. */
const givingBack = ({ ec2: { releaseDelay, releases } }: Plan["world"]): number => (releaseDelay === 0 ? 0 : releaseDelay * 1_000 + 60_000) + (releases === "slow" ? 120_000 : 0)

/** What was logged as an error. */
const errorsIn = (journal: ReadonlyArray<string>): ReadonlyArray<Violation> =>
  journal.map(entryOf).flatMap(({ at, text }) => {
    const message = /^(?:error|fatal): (.*)$/.exec(text)?.[1]
    return message === undefined ? [] : [{ at, oracle: "nothing happens that nobody foresaw", text: message }]
  })

/** Lives a plan in virtual time, to its end. The same plan and subject give the same life, byte for byte. */
export const live = (plan: Plan, subject: Subject): Life => {
  const cells: Stage.Cells = new Set()
  let stage: Stage.Stage | undefined
  const late: Array<Violation> = []

  const program = Effect.gen(function*() {
    // Of what is still there at the end nothing has to end in good order: it is left, and not waited for.
    const scope = Scope.makeUnsafe()
    const one = yield* Scope.provide(Stage.make(plan.world, subject, cells), scope)
    stage = one
    let now = 0
    for (const step of plan.steps) {
      if (step.at > now) yield* Effect.sleep(Math.round((step.at - now) * 1_000))
      now = Math.max(now, step.at)
      if (isTrouble(step)) {
        one.court.troubled()
        one.trouble.under.add(step.do)
        yield* Effect.forkIn(Effect.andThen(Effect.sleep(Math.round((endOf(step) - step.at) * 1_000)), Effect.sync(() => one.trouble.under.delete(step.do))), scope)
      }
      yield* Scope.provide(act(step, one), scope)
    }
    yield* Effect.sleep(Math.max(0, Math.round((calmAt(plan) - now) * 1_000)))
    yield* record("calm: nothing happens from now on")
    yield* one.faults.clear
    if (plan.steps.some((step) => step.do === "outage" && endOf(step) >= calmAt(plan))) one.court.recovered()
    const bound = Math.round(plan.quiet * 500)
    const well = Effect.map(one.court.calm, (wrongs) => wrongs.length === 0 ? true : undefined)
    const settled = yield* Effect.result(eventually("all is well", well, { within: bound, every: look }))
    const blame = (when: string, wrongs: ReadonlyArray<string>) => {
      for (const text of wrongs) late.push({ at: one.court.age(), oracle: when, text })
    }
    const patience = one.court.book.cooldown() + grace + givingBack(plan.world)
    // A job that goes on has pods that wait for a place at any time: what stays is wrong, and what passes is not.
    const left = settled._tag === "Failure" ? yield* lasting(one.court.calm, patience) : []
    if (left.length > 0) blame(`${plan.quiet / 2} s after the last trouble not all is well`, left)
    else {
      yield* record(settled._tag === "Failure" ? "nothing stays wrong" : "all is well")
      const rest = Math.max(0, Math.round(plan.quiet * 1_000) - bound)
      const begin = one.court.age()
      blame("who comes when all is well is served soon", yield* Scope.provide(newcomers(one, plan.steps, subject.soon ?? 15_000, rest), scope))
      yield* Effect.sleep(rest - (one.court.age() - begin))
      blame("what was well did not stay so", yield* lasting(one.court.calm, patience))
    }
  })
  const run = simulate(program, { seed: plan.seed, maxTasks })
  const broken: ReadonlyArray<Violation> = Exit.isSuccess(run.exit)
    ? []
    : [{ at: Math.round(Duration.toMillis(run.duration)), oracle: "the world itself goes on", text: Cause.pretty(run.exit.cause) }]
  const served = [...stage?.court.book.pods.values() ?? []].filter(({ details }) => details !== undefined).length
  return {
    plan,
    violations: [...stage?.court.violations ?? [], ...(subject.errorsAreDefects === true ? errorsIn(run.journal) : []), ...late, ...broken],
    figures: {
      nodes: plan.world.nodes,
      podLives: served,
      answers: stage?.answers() ?? 0,
      faults: stage?.trouble.fired ?? 0,
      quiet: plan.quiet,
      seconds: calmAt(plan) + plan.quiet
    },
    cells,
    journal: run.journal
  }
}
