import { Duration, Effect, type Scope, Stream } from "effect"
import { leases } from "@branchline/core/model/Resource"
import type { Kubernetes, WatchEnd } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Priority } from "@branchline/core/ports/Priority"
import type { FlowFigures } from "./Figures.js"
import * as Gate from "./Gate.js"

export type { FlowFigures, LaneFigures } from "./Figures.js"

/**
 * How many calls may go out. The API server's own Priority and Fairness is what shares it out; these limits are there so that a mistake of
 * ours does not become a flood, and so that what has to wait waits with us, where the more urgent can go first.
 */
export interface FlowOptions {
  /**
   * Calls a second in the long run; 0 or less: any number. Default 500: 160 pods a second for as long as it takes. (client-go's own default
   * is 5, controllers were given 20, and controller-runtime has done without since 0.21.)
   */
  readonly qps?: number | undefined
  /** Calls that may go beyond that after a quiet time, 1 or more. Default 3,000: the annotation and two events of 1,000 pods that come in one second. */
  readonly burst?: number | undefined
  /**
   * Calls on their way at once, 1 or more. Default 64: more than a server needs to be busy, and less than a priority level's share of its
   * default 600 seats, so that the line is here and not there.
   */
  readonly atOnce?: number | undefined
  /**
   * How long an event is kept back before it asks for its turn. Default 20 ms. What is told of a pod is told a few milliseconds before its annotation
   * is written, and the pod waits for the annotation: without this the API server and etcd are at work on the event when the annotation
   * comes. Measured, every other of 480 pods one after the other: half of the annotations are seen within 13 ms of the binding in place of
   * 17 ms, 99 of 100 within 64 ms in place of 91 ms (on a busy machine).
   */
  readonly eventDelay?: Duration.Input | undefined
}

export const defaultFlow = { qps: 500, burst: 3000, atOnce: 64, eventDelay: "20 millis" } as const satisfies FlowOptions

/**
 * The port, with calls put in order: allocation before release before upkeep (`ports/Priority`), where one turn in eight is kept for each lane
 * that waits; events after all, and never before an allocation. Lists and watches are not held back, nor are calls for leases, because who is
 * late with those is no leader any more.
 *
 * It retries nothing. After a 429 the calls of that lane and of the less urgent ones are held back for the time that the server named (1 s
 * where it named none). The headers `X-Kubernetes-PF-FlowSchema-UID` and `…-PriorityLevel-UID` are not looked at: they tell by UID alone
 * which flow a request was counted to, for debugging (https://kubernetes.io/docs/reference/debug-cluster/flow-control); all that waits here
 * comes from one user and so from one flow, but for an administrator's own schema for events, which have a lane of their own anyway.
 *
 * @example const { kubernetes, figures } = yield* withFlow(yield* K8sKubernetes.make({}), { qps: 200 })
 */
export const withFlow = (
  kubernetes: Kubernetes["Service"],
  options: FlowOptions = {}
): Effect.Effect<{ readonly kubernetes: Kubernetes["Service"]; readonly figures: Effect.Effect<FlowFigures> }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { atOnce = defaultFlow.atOnce, burst = defaultFlow.burst, eventDelay = defaultFlow.eventDelay, qps = defaultFlow.qps } = options
    const gate = yield* Gate.make({ atOnce, burst, qps })
    const delay = Duration.toMillis(Duration.fromInputUnsafe(eventDelay))
    const unheld = { sent: 0, refused: 0 }

    const note = (error: KubernetesError): void => {
      if (error.reason._tag === "TooManyRequests") unheld.refused++
    }
    const counted = <A>(call: Effect.Effect<A, KubernetesError>): Effect.Effect<A, KubernetesError> =>
      Effect.suspend(() => {
        unheld.sent++
        return Effect.tapError(call, (error) => Effect.sync(() => note(error)))
      })
    const held = <A>(resource: { readonly plural: string }, call: Effect.Effect<A, KubernetesError>): Effect.Effect<A, KubernetesError> =>
      resource.plural === leases.plural
        ? counted(call)
        : Effect.withFiber((fiber) => gate.pass(fiber.getRef(Priority), call))

    return {
      kubernetes: {
        list: (resource, scope) => counted(kubernetes.list(resource, scope)),
        watch: (resource, watchOptions) =>
          Stream.suspend(() => {
            unheld.sent++
            return Stream.tapError(kubernetes.watch(resource, watchOptions), (end: WatchEnd) =>
              Effect.sync(() => {
                if (end._tag === "Failed") note(end.error)
              }))
          }),
        get: (resource, key) => held(resource, kubernetes.get(resource, key)),
        create: (resource, document) => held(resource, kubernetes.create(resource, document)),
        patch: (resource, key, patch, patchOptions) => held(resource, kubernetes.patch(resource, key, patch, patchOptions)),
        delete: (resource, key, preconditions) => held(resource, kubernetes.delete(resource, key, preconditions)),
        recordEvent: (event) => {
          const turn = gate.pass("events", kubernetes.recordEvent(event))
          return delay > 0 ? Effect.delay(turn, delay) : turn
        }
      },
      figures: Effect.sync(() => ({ ...gate.figures(), unheld: { ...unheld } }))
    }
  })
