import { Clock, Duration, Effect, Latch, type Scope } from "effect"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { drain, full, take } from "./Bucket.js"
import type { LaneFigures } from "./Figures.js"
import { choose, type Lane, lanes, type PerLane, perLane } from "./Lanes.js"

/** How many calls may go, and how fast. */
export interface GateLimits {
  readonly qps: number
  readonly burst: number
  readonly atOnce: number
}

/** Where calls wait for their turn. */
export interface Gate {
  /** The call, when it is its turn. Interrupted in line, it leaves the line. */
  readonly pass: <A>(lane: Lane, call: Effect.Effect<A, KubernetesError>) => Effect.Effect<A, KubernetesError>
  readonly figures: () => { readonly lanes: PerLane<LaneFigures>; readonly inFlight: number }
}

interface Turn {
  state: "waiting" | "gone" | "over"
  readonly since: number
  readonly go: () => void
}

/** One lane's line and counters. */
interface Line {
  turns: Array<Turn>
  head: number
  waiting: number
  pausedUntil: number
  sent: number
  refused: number
  left: number
  waited: { count: number; millis: number }
}

const emptyLine = (): Line => ({
  turns: [], head: 0, waiting: 0, pausedUntil: 0, sent: 0, refused: 0, left: 0, waited: { count: 0, millis: 0 }
})

const shift = (line: Line): Turn | undefined => {
  while (line.head < line.turns.length) {
    const turn = line.turns[line.head++]!
    if (line.head > 1024 && line.head * 2 > line.turns.length) {
      line.turns = line.turns.slice(line.head)
      line.head = 0
    }
    if (turn.state === "waiting") return turn
  }
  return undefined
}

/** A 429 that names no time means this; it is the least that API Priority and Fairness asks for. */
const unnamedPause = 1000

/** A gate that holds back for as long as the scope lives; after that everything passes, so that nobody waits for ever. */
export const make = (limits: GateLimits): Effect.Effect<Gate, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    // By the clock that nobody sets: a pause must not become an hour because the wall clock went back.
    const now = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
    const atOnce = Math.max(1, limits.atOnce)
    const bucket = full(limits.qps, limits.burst, now())
    const line = perLane(emptyLine)
    const passed = perLane(() => 0)
    const wake = Latch.makeUnsafe(false)
    let inFlight = 0
    let waiting = 0
    let closed = false

    /** Lets go whom it can, and answers after how many milliseconds it could let go more; undefined where only an event can help. */
    const letGo = (): number | undefined => {
      while (inFlight < atOnce) {
        const at = now()
        const lane = choose((lane) => line[lane].waiting > 0 && line[lane].pausedUntil <= at, passed)
        if (lane === undefined) {
          const next = Math.min(...lanes.map((lane) => line[lane].waiting > 0 ? line[lane].pausedUntil : Infinity))
          return next === Infinity ? undefined : next - at
        }
        const short = take(bucket, at)
        if (short > 0) return short
        const turn = shift(line[lane])!
        for (const other of lanes) passed[other] = other === lane || line[other].waiting === 0 ? 0 : passed[other] + 1
        depart(turn, lane, at)
        turn.go()
      }
      return undefined
    }

    const depart = (turn: Turn, lane: Lane, at: number): void => {
      const own = line[lane]
      turn.state = "gone"
      own.waiting--
      waiting--
      own.waited.count++
      own.waited.millis += at - turn.since
      own.sent++
      inFlight++
    }

    const dispatch = Effect.gen(function*() {
      for (;;) {
        wake.closeUnsafe()
        const again = letGo()
        yield* again === undefined ? wake.await : Effect.timeoutOption(wake.await, Duration.millis(again))
      }
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        closed = true
        for (const lane of lanes) {
          for (let turn = shift(line[lane]); turn !== undefined; turn = shift(line[lane])) {
            depart(turn, lane, now())
            turn.go()
          }
        }
      }))
    yield* Effect.forkScoped(dispatch)

    const refuse = (lane: Lane, error: KubernetesError): void => {
      if (error.reason._tag !== "TooManyRequests") return
      line[lane].refused++
      const at = now()
      const until = at + (error.reason.retryAfter ?? unnamedPause)
      // What is less urgent would take the place for which the refused call now waits. What is more urgent may be in another flow of the
      // server's, and learns by a refusal of its own where it is not.
      for (const other of lanes.slice(lanes.indexOf(lane))) line[other].pausedUntil = Math.max(line[other].pausedUntil, until)
      drain(bucket, at)
    }

    const pass: Gate["pass"] = (lane, call) =>
      Effect.suspend(() => {
        const own = line[lane]
        const since = now()
        let turn: Turn | undefined
        let isGone = false
        const enter = Effect.suspend(() => {
          const isFree = waiting === 0 && inFlight < atOnce && own.pausedUntil <= since
          if (closed || (isFree && take(bucket, since) === 0)) {
            isGone = true
            own.sent++
            inFlight++
            return Effect.void
          }
          return Effect.callback<void>((resume) => {
            turn = { state: "waiting", since, go: () => resume(Effect.void) }
            own.turns.push(turn)
            own.waiting++
            waiting++
            wake.openUnsafe()
          })
        })
        const leave = Effect.sync(() => {
          if (turn?.state === "waiting") {
            own.waiting--
            waiting--
            own.left++
            turn.state = "over"
            return
          }
          if (!isGone && turn?.state !== "gone") return
          inFlight--
          if (waiting > 0) wake.openUnsafe()
        })
        return Effect.ensuring(Effect.andThen(enter, Effect.tapError(call, (error) => Effect.sync(() => refuse(lane, error)))), leave)
      })

    return {
      pass,
      figures: () => {
        const at = now()
        const wall = clock.currentTimeMillisUnsafe()
        return {
          inFlight,
          lanes: perLane((lane) => {
            const { left, pausedUntil, refused, sent, waited, waiting } = line[lane]
            return { waiting, sent, refused, left, pausedUntil: pausedUntil > at ? wall + pausedUntil - at : undefined, waited: { ...waited } }
          })
        }
      }
    }
  })
