import { Clock, Context, Data, DateTime, Duration, Effect, Exit, Logger, Metric, Option, Random, Scheduler, type Scope } from "effect"
import * as Journal from "./Journal.js"
import { below, Seed, streamFor } from "./Streams.js"
import * as VirtualClock from "./VirtualClock.js"

/** How a run is set up. */
export interface SimulationOptions {
  /** Everything that is left to chance follows from it. Default `"0"`. */
  readonly seed?: string | number
  /** The virtual time at which the run begins, ISO 8601. Default `2022-09-06T08:00:00Z`. */
  readonly start?: string
  /** How many tasks (resumptions of a fiber) may run before it is given up as a livelock. Default 50 million. */
  readonly maxTasks?: number
}

/** Why a run did not come to its own end. Not retryable: the same seed ends the same way. */
export class SimulationError extends Data.TaggedError("SimulationError")<{
  /** `stuck`: nobody can run and nobody sleeps. `task limit`: see `maxTasks`. `start`: the start time is no date. */
  readonly reason: "stuck" | "task limit" | "start"
  readonly message: string
}> {}

/** A finished run. */
export interface Run<A, E> {
  readonly exit: Exit.Exit<A, E | SimulationError>
  /** Virtual time from the start to the end. */
  readonly duration: Duration.Duration
  /** The journal's lines; the same seed gives the same lines, byte for byte, in every process. */
  readonly journal: ReadonlyArray<string>
  /** Tasks that ran. */
  readonly tasks: number
}

const defaultStart = "2022-09-06T08:00:00Z"
const opsBeforeYield = 2048

/**
 * Runs a program in virtual time, to its end, before it returns: sleeping costs nothing, the order in which ready fibers run is drawn from the
 * seed, and nothing of the host is touched. A program that waits for a host promise or timer is `stuck`.
 *
 * @example
 * const run = simulate(Effect.andThen(Effect.sleep("1 hour"), Clock.currentTimeMillis), { seed: 17 })
 * Duration.toHours(run.duration) // 1
 */
export const simulate = <A, E>(
  program: Effect.Effect<A, E, Scope.Scope>,
  options: SimulationOptions = {}
): Run<A, E> => {
  const start = Option.map(DateTime.make(options.start ?? defaultStart), DateTime.toEpochMillis)
  if (Option.isNone(start)) {
    const error = new SimulationError({ reason: "start", message: `"${options.start}" is no ISO 8601 date` })
    return { exit: Exit.fail(error), duration: Duration.zero, journal: [], tasks: 0 }
  }
  const seed = String(options.seed ?? "0")
  const maxTasks = options.maxTasks ?? 50_000_000
  const time = VirtualClock.make(start.value)
  const journal = Journal.make(start.value)
  const order = streamFor(seed, "interleaving")

  const ready: Array<() => void> = []
  let tasks = 0
  const drain = (): void => {
    while (ready.length > 0 && tasks < maxTasks) {
      tasks++
      const index = below(order, ready.length)
      const task = ready[index]!
      const last = ready.pop()!
      if (index < ready.length) ready[index] = last
      task()
    }
  }
  const dispatcher: Scheduler.SchedulerDispatcher = { scheduleTask: (task) => void ready.push(task), flush: drain }
  const scheduler: Scheduler.Scheduler = {
    executionMode: "sync",
    shouldYield: (fiber) => fiber.currentOpCount >= opsBeforeYield,
    makeDispatcher: () => dispatcher
  }

  const services = Context.make(Scheduler.Scheduler, scheduler).pipe(
    Context.add(Clock.Clock, time.clock),
    Context.add(Random.Random, streamFor(seed, "ambient")),
    Context.add(Seed, seed),
    Context.add(Journal.Journal, journal),
    Context.add(Logger.CurrentLoggers, new Set([Journal.logger])),
    // Metrics live in a global registry otherwise, and one run would count into another's.
    Context.add(Metric.MetricRegistry, new Map())
  )
  const fiber = Effect.runForkWith(services)(Effect.scoped(program))

  const whenNow = (): string => `${time.elapsed() / 1_000_000} s after the start, after ${tasks} tasks`

  /** Runs until the program has ended (undefined) or cannot go on (why). */
  const settle = (): SimulationError | undefined => {
    for (;;) {
      drain()
      if (fiber.pollUnsafe() !== undefined) return undefined
      if (tasks >= maxTasks) return new SimulationError({ reason: "task limit", message: `given up ${whenNow()}` })
      const due = time.advance()
      if (due.length === 0) {
        return new SimulationError({ reason: "stuck", message: `stuck: a deadlock, or a wait for the host, ${whenNow()}` })
      }
      for (const sleeper of due) ready.push(sleeper.wake)
    }
  }

  const failure = settle()
  // A stuck program is interrupted, so that its finalizers run; whatever they answer, the run has failed.
  if (failure?.reason === "stuck") {
    fiber.interruptUnsafe()
    settle()
  }
  return {
    exit: failure === undefined ? fiber.pollUnsafe()! : Exit.fail(failure),
    duration: Duration.micros(BigInt(time.elapsed())),
    journal: journal.lines,
    tasks
  }
}

/** {@link simulate} as an effect, for a test runner that takes effects: it answers what the program answers. Adds `SimulationError`. */
export const simulated =
  (options: SimulationOptions = {}) =>
  <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E | SimulationError> =>
    Effect.suspend(() => simulate(program, options).exit)
