import { Effect, Option } from "effect"
import type { Lease } from "../model/Lease.js"
import { leases } from "../model/Resource.js"
import type { Kubernetes } from "../ports/Kubernetes.js"
import { KubernetesError } from "../ports/KubernetesError.js"
import type { ElectionSettings } from "./ElectionSettings.js"
import { type Instant, microTime, now } from "./Instant.js"
import { decide, type Move, recordOf, released, renewed, type Sighting, sight, taken } from "./LeaseRecord.js"

/** What came of a try. */
export type Try =
  /** The Lease is this candidate's, by a write whose request was sent at that time. */
  | { readonly _tag: "Held"; readonly sentAt: Instant }
  /** It is somebody else's until then, monotonic milliseconds, unless it changes. */
  | { readonly _tag: "Refused"; readonly holder: string; readonly until: number }

/** One candidate's dealings with the Lease, one at a time. */
export interface LeaseLock {
  /** Reads the Lease and gets it, renewing what is this candidate's already. */
  readonly acquire: Effect.Effect<Try, KubernetesError>
  /** Renews without reading first; `Refused` where the Lease is not this candidate's any more, even if nobody else's. */
  readonly renew: Effect.Effect<Try, KubernetesError>
  /** Gives the Lease back, if it may be this candidate's, so that the next one need not wait. */
  readonly release: Effect.Effect<void, KubernetesError>
  /** The last record that was read, wherever it came from. */
  readonly sighting: () => Sighting | undefined
}

/** So often what was read is read again at once, because somebody else was quicker or an answer was lost. */
const rounds = 3

/** Whether a read tells more than the failure does. */
const mayHaveChanged = ({ reason }: KubernetesError): boolean =>
  reason._tag === "Conflict" || reason._tag === "UnknownOutcome" || reason._tag === "NotFound" || reason._tag === "AlreadyExists"

/**
 * A lock on the Lease. Every write carries the resource version that it was decided by, so that of two candidates one succeeds (the port's
 * `Conflict`); after a lost answer the Lease is read, and only a write that was answered counts.
 */
export const make = (kubernetes: Kubernetes["Service"], settings: ElectionSettings): LeaseLock => {
  const { answerWithin, identity, lease: key, leaseDuration } = settings
  let sighting: Sighting | undefined
  /** What the next write is locked to; undefined where it has to be read first, as it is while a write is on its way. */
  let current: Lease | undefined
  /** Whether a write of ours was sent since the last release: heard of or not, it may have made the Lease ours. */
  let mayHold = false

  const note = (lease: Lease | undefined) =>
    Effect.map(now, ({ monotonic }) => {
      current = lease
      sighting = sight(sighting, lease === undefined ? undefined : recordOf(lease), monotonic)
    })

  const within = (verb: string, call: Effect.Effect<Lease, KubernetesError>) =>
    Effect.flatMap(Effect.timeoutOption(call, answerWithin), Option.match({
      onSome: (lease) => Effect.succeed(lease),
      onNone: () =>
        new KubernetesError({
          operation: `${verb} leases ${key.namespace}/${key.name}`,
          reason: { _tag: "UnknownOutcome" },
          message: `no answer within ${Math.round(answerWithin)} ms`
        })
    }))

  const read = within("get", kubernetes.get(leases, key)).pipe(
    Effect.map((lease): Lease | undefined => lease),
    Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(undefined)),
    Effect.flatMap(note)
  )

  const write = Effect.fnUntraced(function*(move: Exclude<Move, { readonly _tag: "Wait" }>) {
    const time = yield* microTime
    const locked = current
    const last = sighting?.record
    const transitions = last === undefined ? 0 : last.holder === identity ? last.transitions : last.transitions + 1
    current = undefined
    mayHold = true
    const sentAt = yield* now
    const stored = yield* move._tag === "Create" || locked === undefined
      ? within("create", kubernetes.create(leases, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { namespace: key.namespace, name: key.name },
        spec: taken(identity, leaseDuration, time, transitions)
      }))
      : within("patch", kubernetes.patch(leases, key, {
        _tag: "merge",
        patch: {
          metadata: { resourceVersion: locked.metadata.resourceVersion },
          spec: move._tag === "Renew" ? renewed(identity, leaseDuration, time) : taken(identity, leaseDuration, time, transitions)
        }
      }))
    yield* note(stored)
    return sentAt
  })

  const attempting = Effect.fnUntraced(function*(mode: "acquire" | "renew"): Effect.fn.Return<Try, KubernetesError> {
    let isFresh = mode === "renew" && current !== undefined
    for (let round = 1;; round++) {
      if (!isFresh) yield* read
      const move = decide(sighting, identity, (yield* now).monotonic, leaseDuration)
      if (move._tag === "Wait") return { _tag: "Refused", holder: move.holder, until: move.until }
      // Whoever took it in between may have given it back again: this term is over all the same.
      if (move._tag === "Take" && mode === "renew") return { _tag: "Refused", holder: sighting?.record.holder ?? "", until: 0 }
      const written = yield* Effect.result(write(move))
      if (written._tag === "Success") return { _tag: "Held", sentAt: written.success }
      if (round === rounds || !mayHaveChanged(written.failure)) return yield* written.failure
      isFresh = false
    }
  })

  const release = Effect.gen(function*() {
    for (let round = 1; mayHold; round++) {
      yield* read
      if (current === undefined || recordOf(current).holder !== identity) {
        mayHold = false
        return
      }
      const patch = { metadata: { resourceVersion: current.metadata.resourceVersion }, spec: released(yield* microTime) }
      const given = yield* Effect.result(kubernetes.patch(leases, key, { _tag: "merge", patch }))
      if (given._tag === "Success") {
        mayHold = false
        yield* note(given.success)
      } else if (round === rounds || !mayHaveChanged(given.failure)) return yield* given.failure
    }
  })

  return { acquire: attempting("acquire"), renew: attempting("renew"), release, sighting: () => sighting }
}
