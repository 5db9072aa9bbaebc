import { Cause, Clock, Effect, type Scope } from "effect"
import { nowOf } from "../cluster/Look.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { judge, type Judgement, type Looked } from "./Judge.js"
import { noMemory } from "./Memory.js"
import { numbersOf } from "./Numbers.js"
import { linesOf, say } from "./Saying.js"
import type { JudgeSettings } from "./Settings.js"
import type { Sight } from "./Sight.js"
import { atStart, type State } from "./State.js"

/** How it is observed. Times are milliseconds. */
export interface ObserverOptions {
  readonly look: Effect.Effect<Sight, CouldNotLook, Scope.Scope>
  readonly settings: JudgeSettings
  readonly every: number
}

/** Who looks for longer than this does not get an answer any more, milliseconds. */
const patience = 5 * 60_000

const whyOf = (cause: Cause.Cause<CouldNotLook>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

/** One look, whatever comes of it; only an interruption goes through. */
const lookOnce = (look: ObserverOptions["look"]): Effect.Effect<Looked> =>
  Effect.scoped(look).pipe(
    Effect.map((sight): Looked => ({ _tag: "Sight", sight })),
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed<Looked>({ _tag: "Failed", why: `the look did not end within ${patience / 60_000} minutes` }) }),
    Effect.catchCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.succeed<Looked>({ _tag: "Failed", why: whyOf(cause) }))
  )

/** What a look makes of a state. */
export const after = (state: State, looked: Looked, { began, ended }: { readonly began: number; readonly ended: number }, settings: JudgeSettings): State & { readonly judgement: Judgement } => {
  const judgement = judge(state.judgement?.memory ?? noMemory, looked, looked._tag === "Sight" ? nowOf(looked.sight.look) : ended, settings)
  const isSeen = looked._tag === "Sight"
  return {
    ...state,
    looks: { seen: state.looks.seen + Number(isSeen), failed: state.looks.failed + Number(!isSeen) },
    lookTook: ended - began,
    lookedAt: ended,
    judgement,
    extents: judgement.extents,
    ...(isSeen ? { numbers: numbersOf(looked.sight) } : {})
  }
}

/** Somebody who observes. */
export interface Observer {
  readonly state: Effect.Effect<State>
  /** One round: look, judge, say what has changed. Never fails. */
  readonly round: Effect.Effect<State & { readonly judgement: Judgement }>
  /** Rounds until it is interrupted. A round that took longer than the interval is followed by the next at once. */
  readonly run: Effect.Effect<never>
}

/** An observer that has not looked yet. */
export const observer = Effect.fnUntraced(function*({ every, look, settings }: ObserverOptions): Effect.fn.Return<Observer> {
  let state: State = atStart(every, yield* Clock.currentTimeMillis)
  const round = Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    const looked = yield* lookOnce(look)
    const ended = yield* Clock.currentTimeMillis
    const before = state.judgement
    const next = after(state, looked, { began, ended }, settings)
    state = next
    yield* say(linesOf(next.judgement, before, ended))
    return next
  })
  return {
    state: Effect.sync(() => state),
    round,
    run: Effect.forever(Effect.gen(function*() {
      const { lookTook } = yield* round
      yield* Effect.sleep(Math.max(0, every - lookTook))
    }))
  }
})
