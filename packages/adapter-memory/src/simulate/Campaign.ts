import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Data, type Duration, Effect, Schedule } from "effect"
import { makeTally, type Tally, type Telling } from "./Tally.js"
import type { Task } from "./worker.js"

/** A process that worked is gone: not by itself, or by a fault of the controller's that no life can contain, such as no end of memory. */
export class WorkerLost extends Data.TaggedError("WorkerLost")<{ readonly message: string }> {}

/** How many lives, and by whom. */
export interface CampaignOptions extends Omit<Task, "stride" | "first" | "end"> {
  /** The first number. */
  readonly first: number
  /** How many. */
  readonly seeds: number
  readonly cores: number
  /** Ends after so long, whatever was lived until then. */
  readonly atMost: Duration.Input | undefined
  /** Ends at so many failures. */
  readonly failures: number
  /** Told every few seconds. */
  readonly progress: (tally: Tally) => Effect.Effect<void>
}

const workerFile = fileURLToPath(new URL("./worker.js", import.meta.url))

const stop = (children: ReadonlySet<ChildProcess>): void => {
  for (const child of children) if (child.connected) child.send("stop")
}

/** Starts the workers, and returns when the last has told all. Those that still work when it is interrupted are killed. */
const worked = (options: CampaignOptions, tally: Tally, children: Set<ChildProcess>): Effect.Effect<void, WorkerLost> =>
  Effect.callback((resume) => {
    const { chance, controller, cores, failures, first, mix, seeds } = options
    for (let core = 0; core < cores; core++) {
      const child = fork(workerFile, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
      let isDone = false
      children.add(child)
      child.on("message", (message) => {
        const telling = message as Telling
        isDone = telling.isDone
        tally.add(telling)
        if (tally.failures.length >= failures) stop(children)
      })
      child.on("error", (error) => resume(Effect.fail(new WorkerLost({ message: error.message }))))
      child.on("exit", (code, signal) => {
        children.delete(child)
        if (!isDone) resume(Effect.fail(new WorkerLost({ message: `a worker ended before its work: ${signal ?? `exit code ${code}`}` })))
        else if (children.size === 0) resume(Effect.void)
      })
      child.send({ chance, controller, mix, first: first + core, end: first + seeds, stride: cores } satisfies Task)
    }
    return Effect.sync(() => children.forEach((child) => child.kill("SIGKILL")))
  })

/** Lives them all, on so many processes, and answers what came of it. */
export const campaign = Effect.fnUntraced(function*(options: CampaignOptions) {
  const tally = makeTally()
  const children = new Set<ChildProcess>()
  yield* Effect.forkScoped(Effect.repeat(Effect.andThen(Effect.sleep("5 seconds"), Effect.suspend(() => options.progress(tally))), Schedule.forever))
  if (options.atMost !== undefined) yield* Effect.forkScoped(Effect.andThen(Effect.sleep(options.atMost), Effect.sync(() => stop(children))))
  yield* Effect.ensuring(worked(options, tally, children), Effect.sync(() => children.forEach((child) => child.kill("SIGKILL"))))
  return tally
}, Effect.scoped)
