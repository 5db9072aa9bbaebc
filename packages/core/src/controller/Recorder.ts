import { Clock, Effect, Latch, type Scope, Semaphore } from "effect"
import type { PodIdentity } from "../allocation/Branch.js"
import { apiVersionOf } from "../model/Resource.js"
import type { EventRecord, Kubernetes } from "../ports/Kubernetes.js"
import { delayAfterError, workBackoff } from "./Backoff.js"

/** Tells people what happened, beside the work and never in its way. */
export interface Recorder {
  /** What was last said of the pod is not said again: a failure that comes back over a detour is no news. */
  readonly pod: (pod: PodIdentity, news: News) => Effect.Effect<void>
  /** The pod is gone: what was said of it need not be remembered. */
  readonly forget: (uid: PodIdentity["uid"]) => void
  readonly node: (nodeName: string, news: News) => Effect.Effect<void>
  readonly about: (regarding: EventRecord["regarding"], news: News) => Effect.Effect<void>
}

/** A recorder that can be waited for. */
export interface OwnRecorder extends Recorder {
  /** Returns when nothing is on its way any more: all is recorded, or given up. */
  readonly settled: Effect.Effect<void>
}

export type News = Pick<EventRecord, "type" | "reason" | "message">

/** So many events are on their way at once; more wait. */
const atOnce = 32
/** An event that cannot be recorded after so many tries is logged and given up. */
const tries = 12

const subjectOf = ({ kind, name, namespace }: EventRecord["regarding"]): Readonly<Record<string, string>> => {
  if (kind === "Node") return { node: name }
  return { [kind === "Pod" ? "pod" : kind]: name, ...(namespace === undefined ? {} : { namespace }) }
}

/** What people are told, whoever reads the log is told too: events are gone after an hour (kube-apiserver, `--event-ttl`). */
const log = (regarding: EventRecord["regarding"], { message, reason, type }: News): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logInfo(message), { ...subjectOf(regarding), reason, type })

/** A recorder whose events are on their way for as long as the scope lives. */
export const make = (kubernetes: Kubernetes["Service"]): Effect.Effect<OwnRecorder, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const gate = yield* Semaphore.make(atOnce)

    /** Two events of one moment would have one name, which others may have given, too: the first tells so, any further try finds its own. */
    let latest = 0n
    const nextMoment = Effect.map(Clock.currentTimeNanos, (now) => (latest = now > latest ? now : latest + 1n))

    const record = (event: EventRecord, attempt: number, mayBeThere = false): Effect.Effect<void> =>
      gate.withPermits(1)(kubernetes.recordEvent(event)).pipe(
        Effect.catchTag("KubernetesError", (error) => {
          const isTaken = error.reason._tag === "AlreadyExists"
          if (isTaken && mayBeThere) return Effect.void
          if (isTaken) return Effect.flatMap(nextMoment, (moment) => record({ ...event, moment }, attempt))
          // A create conflicts where a quota is counted for two at once.
          return (error.isRetryable || error.reason._tag === "Conflict") && attempt < tries
            ? delayAfterError(error, attempt, workBackoff).pipe(
              Effect.flatMap(Effect.sleep),
              Effect.andThen(Effect.suspend(() => record(event, attempt + 1, mayBeThere || error.reason._tag === "UnknownOutcome")))
            )
            : Effect.logWarning("an event could not be recorded", error.message).pipe(
              Effect.annotateLogs({ ...subjectOf(event.regarding), reason: event.reason })
            )
        })
      )

    /** By UID: opens when the last event about that object is recorded or given up. What is told of one object is told in order. */
    const last = new Map<string, Latch.Latch>()

    const about = (regarding: EventRecord["regarding"], news: News): Effect.Effect<void> =>
      Effect.andThen(log(regarding, news), Effect.suspend(() => {
        const before = last.get(regarding.uid)
        const after = Latch.makeUnsafe(false)
        last.set(regarding.uid, after)
        const turn = Effect.flatMap(nextMoment, (moment) => record({ regarding, ...news, moment }, 1)).pipe(
          Effect.ensuring(Effect.sync(() => {
            // Whoever waits runs at once and must not find it here any more.
            if (last.get(regarding.uid) === after) last.delete(regarding.uid)
            after.openUnsafe()
          }))
        )
        return Effect.asVoid(Effect.forkIn(before === undefined ? turn : Effect.andThen(before.await, turn), scope))
      }))

    const settled: Effect.Effect<void> = Effect.suspend(() => {
      const [some] = last.values()
      return some === undefined ? Effect.void : Effect.andThen(some.await, settled)
    })

    const said = new Map<string, string>()

    return {
      about,
      settled,
      pod: ({ name, namespace, uid }, news) =>
        Effect.suspend(() => {
          const words = `${news.reason} ${news.message}`
          if (said.get(uid) === words) return Effect.void
          said.set(uid, words)
          return about({ apiVersion: "v1", kind: "Pod", namespace, name, uid }, news)
        }),
      forget: (uid) => void said.delete(uid),
      // The name stands in for the UID: so `kubectl describe node` finds it (contract §7).
      node: (nodeName, news) => about({ apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeName }, news)
    }
  })

/** The reference to an object of a resource, for events about it; of the metadata it takes what a reference has, and no more. */
export const regarding = (
  resource: Parameters<typeof apiVersionOf>[0] & { readonly kind: string },
  { name, namespace, uid }: { readonly name: string; readonly namespace?: string; readonly uid: string }
): EventRecord["regarding"] => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
  uid
})
