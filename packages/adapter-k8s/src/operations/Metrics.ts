import { Clock, Effect } from "effect"
import type { StepObserver } from "@branchline/core/controller/Fleet"
import type { NoticeObserver } from "@branchline/core/controller/Notices"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { measureEc2 } from "./metrics/Ec2Calls.js"
import { look } from "./metrics/Gauges.js"
import * as Instruments from "./metrics/Instruments.js"
import { measureKubernetes } from "./metrics/KubernetesCalls.js"
import { counting } from "./metrics/NoticeCounts.js"
import type { Sources } from "./metrics/Sources.js"
import { observer } from "./metrics/Steps.js"

export type { FlowReading, LeadershipReading, Observed, Sources, WebhookReading } from "./metrics/Sources.js"

/** A process's metrics, counted where things happen and read when somebody asks. */
export interface Metrics {
  /** The port with every call counted and timed; put it under what paces calls, so that waiting for a turn is not EC2's latency. */
  readonly measureEc2: (ec2: Ec2["Service"]) => Ec2["Service"]
  /** The port with every request counted and timed; under what orders requests, for the same reason. */
  readonly measureKubernetes: (kubernetes: Kubernetes["Service"]) => Kubernetes["Service"]
  /** A new observer of trunks' steps, for one controller: `ControllerOptions.observe`. */
  readonly observer: () => StepObserver
  /** For `Notices`, round `Controller.make`. */
  readonly notice: NoticeObserver
  /** For the webhook server's answers. */
  readonly answered: (answer: { readonly path: string; readonly duration: number }) => void
  /** Call it when this process begins to lead, and when it ceases to. */
  readonly leads: (leading: boolean) => void
  /** For a step that would be taken, while nothing is. */
  readonly wouldDo: (step: string) => void
  /** For a look at what differs: how many of each kind there are now. */
  readonly differ: (kinds: ReadonlyMap<string, number>) => void
  /** All of it, in Prometheus' text format 0.0.4. */
  readonly text: (sources: Sources) => Effect.Effect<string>
}

/**
 * Metrics in a registry of their own. Names, types and labels are in `docs/metrics.md`.
 *
 * @example
 * const metrics = yield* Metrics.make({ version: "0.1.0" })
 * const controller = yield* Controller.make(settings, { observe: metrics.observer() }).pipe(
 *   Effect.provideService(Ec2, metrics.measureEc2(ec2)),
 *   Effect.provideService(Kubernetes, metrics.measureKubernetes(kubernetes)),
 *   Effect.provideService(Notices, metrics.notice)
 * )
 * const text = yield* metrics.text({ controller: Effect.succeed(controller) })
 */
export const make = (options: { readonly version?: string | undefined } = {}): Effect.Effect<Metrics> =>
  Effect.gen(function*() {
    const instruments = yield* Instruments.make
    const clock = yield* Clock.Clock
    const notice = counting(instruments)
    const differing = new Set<string>()
    instruments.gauge("branchline_build_info", { version: options.version ?? "development" })(1)
    return {
      measureEc2: (ec2) => measureEc2(ec2, instruments, clock),
      measureKubernetes: (kubernetes) => measureKubernetes(kubernetes, instruments, clock),
      observer: () => observer(instruments),
      notice,
      answered: ({ duration, path }) => instruments.distribution("branchline_webhook_request_duration_seconds", { path })(duration / 1000),
      leads: (leading) => instruments.counter("branchline_leadership_changes_total", { to: leading ? "leading" : "waiting" })(1),
      wouldDo: (step) => instruments.counter("branchline_observe_would_total", { step })(1),
      differ: (kinds) => {
        for (const kind of kinds.keys()) differing.add(kind)
        // What is over is 0 from now on.
        for (const kind of differing) instruments.gauge("branchline_observe_differences", { kind })(kinds.get(kind) ?? 0)
      },
      text: (sources) => Effect.andThen(Effect.suspend(() => look(instruments, sources, clock.currentTimeMillisUnsafe())), instruments.text)
    }
  })
