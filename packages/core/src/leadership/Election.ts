import { Effect, Exit, Fiber, Option, Random, Result, Scope } from "effect"
import { Kubernetes } from "../ports/Kubernetes.js"
import type { KubernetesError } from "../ports/KubernetesError.js"
import { check, type ElectionOptions, type ElectionSettings, type ElectionSettingsError } from "./ElectionSettings.js"
import * as Fence from "./Fence.js"
import { now } from "./Instant.js"
import * as LeaseLock from "./LeaseLock.js"

/** One term of leadership, as the work sees it. */
export interface Leadership {
  /** What the ports have to be seen through: see {@link Fence.Fence}. */
  readonly fence: Fence.Fence
  readonly identity: string
  /** The Lease's count of changes of its holder: higher in every later leadership. */
  readonly transitions: number
}

/** How an election stands, as this candidate last saw it. */
export interface ElectionState {
  readonly identity: string
  /** `namespace/name`. */
  readonly lease: string
  /** Whether this candidate leads at this moment, for certain. */
  readonly leading: boolean
  /** Empty where nobody holds the Lease or nothing is known yet. */
  readonly holder: string
  /** When that holder was first seen, milliseconds since the epoch by this candidate's clock. */
  readonly since: number | undefined
  /** The Lease's count of changes of its holder; undefined where nothing is known yet. */
  readonly transitions: number | undefined
  /** Terms that this candidate began. */
  readonly terms: number
  /** Why the last try to get or renew the Lease failed; undefined where it did not. */
  readonly problem: string | undefined
}

/** A candidate for leadership. */
export interface Election {
  readonly state: Effect.Effect<ElectionState>
  /**
   * Waits for the Lease and runs the work while it is held, over and over: the work starts with each term in a scope of its own, which stays open
   * until the term ends, whether the work itself returns or not. When leadership is no longer certain, the fence is closed first, then the
   * scope, and it waits again. Fails as the work fails. However it ends, by failure or interruption, the work's scope is closed
   * while the Lease is still kept, and then the Lease is given back. One at a time.
   */
  readonly lead: <A, E, R>(
    work: (leadership: Leadership) => Effect.Effect<A, E, R>
  ) => Effect.Effect<never, E, Exclude<R, Scope.Scope>>
}

/** Why a term ended that neither failed nor was interrupted. */
type Loss = { readonly why: string }

/** What somebody has to do where the API server says no. */
const explained = ({ lease }: ElectionSettings, error: KubernetesError): string =>
  error.reason._tag === "Forbidden"
    ? `${error.message} (leader election needs get and patch on the Lease ${lease.namespace}/${lease.name}, and create on leases in ${lease.namespace}: see deploy/base)`
    : error.message

/** A candidate over the port, which is to be the adapter's own: not fenced, and with nothing that queues in front of it. */
export const make = (options: ElectionOptions): Effect.Effect<Election, ElectionSettingsError, Kubernetes> =>
  Effect.gen(function*() {
    const settings = yield* Effect.fromResult(check(options))
    const { identity, leaseDuration, lease: key, renewDeadline, retryPeriod } = settings
    const lease = `${key.namespace}/${key.name}`
    const lock = LeaseLock.make(yield* Kubernetes, settings)
    let fence: Fence.OwnFence | undefined
    let problem: string | undefined
    let terms = 0
    let holder: { readonly name: string; readonly since: number } | undefined

    const log = (text: string) => Effect.annotateLogs(Effect.logInfo(text), { lease, identity })

    /** Notices who holds the Lease, and says what goes wrong once, not at every try. */
    const noted = Effect.fnUntraced(function*(failure: KubernetesError | undefined) {
      const text = failure === undefined ? undefined : explained(settings, failure)
      if (text !== undefined && text !== problem) yield* Effect.annotateLogs(Effect.logWarning("the Lease could not be got or renewed", text), { lease, identity })
      problem = text
      const name = lock.sighting()?.record.holder
      if (name === undefined || name === holder?.name) return
      holder = { name, since: (yield* now).wall }
      if (name !== identity && name !== "") yield* log(`${name} leads`)
    })

    const trying = Effect.fnUntraced(function*(call: LeaseLock.LeaseLock["acquire"]) {
      const answer = yield* Effect.result(call)
      yield* noted(answer._tag === "Failure" ? answer.failure : undefined)
      return answer
    })

    /** How long to the next try: a period after the last one began, a tenth more or less, or what the API server asks for. */
    const pause = Effect.fnUntraced(function*(period: number, began: number, failure?: KubernetesError) {
      const jittered = period * (0.9 + 0.2 * (yield* Random.next))
      const asked = failure?.reason._tag === "TooManyRequests" ? failure.reason.retryAfter ?? 0 : 0
      const present = (yield* now).monotonic
      return Math.max(0, began + jittered - present, asked)
    })

    const acquire = Effect.gen(function*() {
      for (;;) {
        const began = (yield* now).monotonic
        const answer = yield* trying(lock.acquire)
        if (Result.isFailure(answer)) yield* Effect.sleep(yield* pause(retryPeriod, began, answer.failure))
        else if (answer.success._tag === "Held") return answer.success.sentAt
        else yield* Effect.sleep(Math.min(yield* pause(retryPeriod, began), answer.success.until - (yield* now).monotonic))
      }
    })

    const renew = (own: Fence.OwnFence) =>
      Effect.gen(function*() {
        let failure: KubernetesError | undefined
        for (let began = (yield* now).monotonic;;) {
          // A leader has only the rest of its deadline: it looks sooner whether the trouble is over.
          yield* Effect.sleep(yield* pause(failure === undefined ? retryPeriod : retryPeriod / 5, began, failure))
          began = (yield* now).monotonic
          const answer = yield* trying(lock.renew)
          failure = Result.isFailure(answer) ? answer.failure : undefined
          if (Result.isFailure(answer)) continue
          if (answer.success._tag === "Refused") {
            return { why: answer.success.holder === "" ? "the Lease was taken away" : `${answer.success.holder} holds the Lease` } satisfies Loss
          }
          if (!(yield* own.renewed(answer.success.sentAt))) return tooLate
        }
      })
    const tooLate: Loss = { why: `the Lease was not renewed within ${renewDeadline / 1000} s` }
    const watch = (own: Fence.OwnFence) =>
      Effect.gen(function*() {
        for (let left = yield* own.left; left > 0; left = yield* own.left) yield* Effect.sleep(Math.ceil(left))
        return tooLate
      })

    const term = <A, E, R>(
      own: Fence.OwnFence,
      work: (leadership: Leadership) => Effect.Effect<A, E, R>,
      restore: <B, F, S>(effect: Effect.Effect<B, F, S>) => Effect.Effect<B, F, S>
    ) =>
      Effect.gen(function*() {
        terms++
        const scope = yield* Scope.make()
        const leadership: Leadership = { fence: own, identity, transitions: lock.sighting()?.record.transitions ?? 0 }
        yield* log(`leads, and is respected for ${leaseDuration / 1000} s after each renewal`)
        // Whoever hears of a loss closes the fence first, also where the work is ending already: what is left of it may not write either.
        const losing = Effect.tap(Effect.raceFirst(renew(own), watch(own)), own.close)
        const renewing = yield* Effect.forkChild(Effect.interruptible(losing))
        const working = yield* Effect.forkChild(Effect.interruptible(Scope.provide(work(leadership), scope)))
        const failing = Effect.andThen(Fiber.join(working), Effect.never)
        const ending = yield* Effect.exit(restore(Effect.raceFirst(Fiber.join(renewing), failing)))
        // But for a loss the work ends in good order, the Lease still kept.
        if (Exit.isSuccess(ending)) yield* log(`leads no more: ${ending.value.why}`)
        yield* Fiber.interrupt(working)
        yield* Scope.close(scope, ending)
        yield* own.close
        yield* Fiber.interrupt(renewing)
        return yield* ending
      })

    const release = Effect.gen(function*() {
      const given = yield* Effect.result(Effect.timeoutOption(lock.release, settings.releaseWithin))
      if (Result.isFailure(given) || Option.isNone(given.success)) {
        const why = Result.isFailure(given) ? explained(settings, given.failure) : `no answer within ${settings.releaseWithin} ms`
        yield* Effect.logWarning("the Lease could not be given back: the next leader waits until it expires", why)
      }
    })

    return {
      state: Effect.gen(function*() {
        const record = lock.sighting()?.record
        return {
          identity,
          lease,
          leading: fence !== undefined && (yield* fence.isOpen),
          holder: holder?.name ?? "",
          since: holder?.since,
          transitions: record?.transitions,
          terms,
          problem
        }
      }),
      lead: (work) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function*() {
            for (;;) {
              const sentAt = yield* restore(acquire)
              fence = Fence.make(settings, sentAt)
              yield* term(fence, work, restore)
            }
          }).pipe(Effect.ensuring(release))
        )
    }
  })

/** {@link make} and its `lead` in one. */
export const lead = <A, E, R>(
  options: ElectionOptions,
  work: (leadership: Leadership) => Effect.Effect<A, E, R>
): Effect.Effect<never, E | ElectionSettingsError, Kubernetes | Exclude<R, Scope.Scope>> =>
  Effect.flatMap(make(options), (election) => election.lead(work))
