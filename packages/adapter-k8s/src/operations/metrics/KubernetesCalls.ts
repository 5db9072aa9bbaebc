import { Cause, type Clock, Effect, type Exit, Result, Stream } from "effect"
import type { Kubernetes, WatchEnd } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { Instrument, Instruments } from "./Instruments.js"
import { outcomeOf } from "./Outcome.js"

type Verb = "list" | "get" | "create" | "patch" | "delete"

/** Instruments by what they are labelled with, made when first used. */
const lazily = (make: (...labels: ReadonlyArray<string>) => Instrument) => {
  const known = new Map<string, Instrument>()
  return (...labels: ReadonlyArray<string>): Instrument => {
    const key = labels.join("\0")
    let instrument = known.get(key)
    if (instrument === undefined) known.set(key, instrument = make(...labels))
    return instrument
  }
}

const endOf = (exit: Exit.Exit<unknown, WatchEnd>): string => {
  if (exit._tag === "Success") return "stopped"
  const end = Cause.findError(exit.cause)
  if (Result.isSuccess(end)) return end.success._tag.toLowerCase()
  return Cause.hasInterruptsOnly(exit.cause) ? "stopped" : "defect"
}

/** The port, with every request counted and timed, and what watches bring and how they end. What it costs a request: about 1 µs. */
export const measureKubernetes = (
  kubernetes: Kubernetes["Service"],
  instruments: Instruments,
  clock: Clock.Clock
): Kubernetes["Service"] => {
  const requests = lazily((verb, resource, outcome) =>
    instruments.counter("branchline_kubernetes_requests_total", { verb: verb!, resource: resource!, outcome: outcome! }))
  const durations = lazily((verb) => instruments.distribution("branchline_kubernetes_request_duration_seconds", { verb: verb! }))
  const events = lazily((resource, type) => instruments.counter("branchline_kubernetes_watch_events_total", { resource: resource!, type: type! }))
  const ends = lazily((resource, end) => instruments.counter("branchline_kubernetes_watches_ended_total", { resource: resource!, end: end! }))

  const timed = <A>(verb: Verb, resource: string, call: Effect.Effect<A, KubernetesError>): Effect.Effect<A, KubernetesError> =>
    Effect.suspend(() => {
      const start = clock.monotonicTimeNanosUnsafe()
      return Effect.onExit(call, (exit) =>
        Effect.sync(() => {
          durations(verb)(Number(clock.monotonicTimeNanosUnsafe() - start) / 1e9)
          requests(verb, resource, outcomeOf(exit))(1)
        }))
    })
  return {
    list: (resource, scope) => timed("list", resource.plural, kubernetes.list(resource, scope)),
    watch: (resource, options) =>
      kubernetes.watch(resource, options).pipe(
        Stream.tap(({ _tag }) => Effect.sync(() => events(resource.plural, _tag)(1))),
        Stream.onExit((exit) => Effect.sync(() => ends(resource.plural, endOf(exit))(1)))
      ),
    get: (resource, key) => timed("get", resource.plural, kubernetes.get(resource, key)),
    create: (resource, document) => timed("create", resource.plural, kubernetes.create(resource, document)),
    patch: (resource, key, patch, options) => timed("patch", resource.plural, kubernetes.patch(resource, key, patch, options)),
    delete: (resource, key, preconditions) => timed("delete", resource.plural, kubernetes.delete(resource, key, preconditions)),
    recordEvent: (event) => timed("create", "events", kubernetes.recordEvent(event))
  }
}
