import * as Logs from "@branchline/adapter-k8s/operations/Logs"
import { duration } from "@branchline/core/explain/Words"
import { publishedLimits } from "@branchline/core/limits/Limits"
import { Effect, type FileSystem, Option, type Scope, type Stdio } from "effect"
import type { LookAsked } from "../cluster/Flags.js"
import { nowOf } from "../cluster/Look.js"
import type { Answer } from "../output/Answer.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import type { Address } from "./Address.js"
import { judge } from "./Judge.js"
import type { LeaseName } from "./LookAt.js"
import { noMemory } from "./Memory.js"
import { observer } from "./Observer.js"
import { openSight } from "./Open.js"
import { answerOf, type Observation } from "./Report.js"
import { serve } from "./Serve.js"
import type { JudgeSettings } from "./Settings.js"

/** Cluster and EC2 are read some seconds apart, and EC2 shows a change some seconds late. */
const settle = 20_000

const settingsOf = ({ clusterName }: LookAsked, wait: number): JudgeSettings => ({ clusterName: Option.getOrUndefined(clusterName), limits: publishedLimits, settle: wait })

/** One look, judged by itself: nothing is waited for, and what takes a memory is unknown. */
export const observeOnce = Effect.fnUntraced(function*(
  asked: LookAsked,
  leases: ReadonlyArray<LeaseName>
): Effect.fn.Return<Answer<Observation>, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> {
  const sight = yield* Effect.flatten(openSight(asked, leases))
  return answerOf(judge(noMemory, { _tag: "Sight", sight }, nowOf(sight.look), settingsOf(asked, 0)))
})

/** How it is observed. */
export interface Observing {
  readonly asked: LookAsked
  readonly leases: ReadonlyArray<LeaseName>
  /** Milliseconds. */
  readonly every: number
  readonly listen: Address | undefined
  readonly json: boolean
  readonly colours: boolean
}

/** Looks again and again, and says on standard output what has changed, until it is interrupted. Fails where it cannot begin; a look that fails later ends nothing. */
export const observeOn = Effect.fnUntraced(function*(
  { asked, colours, every, json, leases, listen }: Observing
): Effect.fn.Return<never, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> {
  if (Option.isSome(asked.snapshot)) return yield* new CouldNotLook({ message: "a snapshot does not change", mend: "look at it with --once, or at a cluster without --snapshot" })
  const look = yield* openSight(asked, leases)
  const watcher = yield* observer({ look, every, settings: settingsOf(asked, settle) })
  const port = listen === undefined ? undefined : yield* serve(watcher.state, listen)
  const running = Effect.gen(function*() {
    const served = port === undefined ? "" : `; /conditions and /metrics are at port ${port}`
    yield* Effect.logInfo(`observing, every ${duration(every)}${asked.aws ? ", with EC2" : ", without EC2"}${served}: nothing is written`)
    return yield* watcher.run
  })
  return yield* running.pipe(
    Effect.onInterrupt(() => Effect.logInfo("observing ends")),
    Effect.provide(Logs.layer({ format: json ? "json" : "text", to: "stdout", colours }))
  )
})
