import { Clock, Effect, Result, Schema, type Scope, Stream } from "effect"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { namespacedFields } from "@branchline/core/model/Fields"
import { resource } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { Priority } from "@branchline/core/ports/Priority"
import { type FlowOptions, withFlow } from "../../src/flow/Flow.js"
import type { Lane } from "../../src/flow/Lanes.js"

const Thing = Schema.Struct({ metadata: Schema.Struct(namespacedFields) })
export const things = resource({ group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true }, Thing)

/** A call as the server saw it; `at` in milliseconds since the run's start. */
export interface Seen {
  readonly what: string
  readonly at: number
  end: number | undefined
}

/** What the server does with a call, by its name. */
export interface Answer {
  readonly latency?: number
  readonly reason?: KubernetesReason | undefined
}

/** A server that notes what reaches it, behind a flow. */
export const scripted = Effect.fnUntraced(function*(options: FlowOptions, answer: (what: string, at: number) => Answer = () => ({})) {
  const origin = yield* Clock.currentTimeMillis
  const seen: Array<Seen> = []
  const asked = <A>(what: string, value: () => A): Effect.Effect<A, KubernetesError> =>
    Effect.gen(function*() {
      const at = (yield* Clock.currentTimeMillis) - origin
      const entry: Seen = { what, at, end: undefined }
      seen.push(entry)
      const { latency = 0, reason } = answer(what, at)
      yield* Effect.ensuring(
        latency > 0 ? Effect.sleep(latency) : Effect.yieldNow,
        Effect.map(Clock.currentTimeMillis, (now) => {
          entry.end = now - origin
        })
      )
      return reason === undefined ? value() : yield* new KubernetesError({ operation: what, reason, message: reason._tag })
    })
  const none = (): never => ({}) as never
  const server: Kubernetes["Service"] = {
    list: () => asked("list", () => ({ items: [], malformed: [], resourceVersion: "1" })),
    watch: () =>
      Stream.unwrap(Effect.match(asked("watch", none), {
        onFailure: (error) => Stream.fail({ _tag: "Failed" as const, error }),
        onSuccess: () => Stream.never
      })),
    get: (_, { name }) => asked(`get ${name}`, none),
    create: (_, { metadata }) => asked(`create ${JSON.stringify(metadata)}`, none),
    patch: ({ plural }, { name }) => asked(plural === things.plural ? name : `${plural} ${name}`, none),
    delete: (_, { name }) => asked(`delete ${name}`, () => undefined),
    recordEvent: ({ message }) => asked(message, () => undefined)
  }
  // What is kept back beforehand would blur what the gate does.
  const { figures, kubernetes } = yield* withFlow(server, { eventDelay: 0, ...options })

  /** One call on a lane, named so that the server's notes tell which it was. */
  const call = (lane: Lane, name: string): Effect.Effect<void, KubernetesError> =>
    lane === "events"
      ? kubernetes.recordEvent({
        regarding: { apiVersion: "v1", kind: "Thing", name, uid: name }, type: "Normal", reason: "Test", message: name
      })
      : Effect.asVoid(kubernetes.patch(things, { name }, { _tag: "merge", patch: {} })).pipe(Effect.provideService(Priority, lane))

  return {
    kubernetes,
    call,
    figures,
    seen: seen as ReadonlyArray<Seen>,
    names: () => seen.map(({ what }) => what).join(" "),
    at: (what: string) => seen.find((entry) => entry.what === what)?.at,
    now: Effect.map(Clock.currentTimeMillis, (now) => now - origin)
  }
})

/** What a program answers in virtual time; its failure is the test's. */
export const answerOf = <A, E>(program: Effect.Effect<A, E, Scope.Scope>, seed: string | number = 0): A =>
  Effect.runSync(Effect.suspend(() => simulate(program, { seed }).exit))

export const tooMany = (retryAfter?: number): KubernetesReason => ({ _tag: "TooManyRequests", retryAfter })

export const outcome = <A>(call: Effect.Effect<A, KubernetesError>) =>
  Effect.map(Effect.result(call), (result) => (Result.isSuccess(result) ? "done" : result.failure.reason._tag))
