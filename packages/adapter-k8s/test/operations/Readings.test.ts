import { assert, describe, it } from "@effect/vitest"
import { empty as noPolicies } from "@branchline/core/selection/PolicyIndex"
import { pods } from "@branchline/core/model/Resource"
import type { Kubernetes, WatchEnd, WatchEvent } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { FlowFigures } from "../../src/flow/Figures.js"
import * as Metrics from "../../src/operations/Metrics.js"
import type { WebhookFigures } from "../../src/webhook/Figures.js"
import { parse, sampleOf } from "./support/PrometheusText.js"

const lane = (sent: number) => ({ waiting: 2, sent, refused: 1, left: 0, pausedUntil: undefined, waited: { count: 3, millis: 4_500 } })
const flowing = (sent: number): FlowFigures => ({
  lanes: { allocation: lane(sent), release: lane(1), upkeep: lane(0), events: lane(4) },
  unheld: { sent: 7, refused: 2 },
  inFlight: 5
})
const webhook: WebhookFigures = {
  answers: [{ path: "/mutate-v1-pod", status: 200, count: 11 }, { path: "other", status: 404, count: 1 }],
  inFlight: 3,
  heldBytes: 0,
  connections: 4,
  failedHandshakes: 6,
  certificateNotAfter: 1_700_000_000_000
}

const scrape = (metrics: Metrics.Metrics, sources: Metrics.Sources) => Effect.map(metrics.text(sources), parse)

describe("What others tell", () => {
  it.effect("of the flow to the API server and of the webhooks, as they count it", () =>
    Effect.gen(function*() {
      const metrics = yield* Metrics.make()
      metrics.answered({ path: "/mutate-v1-pod", duration: 3 })
      const page = yield* scrape(metrics, { flow: Effect.succeed(flowing(10)), webhook: Effect.succeed(webhook) })
      const read = (name: string, labels = {}) => sampleOf(page, name, labels)
      assert.deepStrictEqual([read("branchline_flow_waiting", { lane: "allocation" }), read("branchline_flow_in_flight")], [2, 5])
      assert.deepStrictEqual([read("branchline_flow_sent_total", { lane: "allocation" }), read("branchline_flow_sent_total", { lane: "unheld" })], [10, 7])
      assert.strictEqual(read("branchline_flow_refused_total", { lane: "unheld" }), 2)
      assert.deepStrictEqual(
        [read("branchline_flow_waits_total", { lane: "allocation" }), read("branchline_flow_waited_seconds_total", { lane: "allocation" })],
        [3, 4.5]
      )
      assert.strictEqual(read("branchline_webhook_requests_total", { path: "/mutate-v1-pod", status: "200" }), 11)
      assert.deepStrictEqual([read("branchline_webhook_failed_handshakes_total"), read("branchline_webhook_connections"), read("branchline_webhook_in_flight")], [6, 4, 3])
      assert.strictEqual(read("branchline_webhook_certificate_expiry_timestamp_seconds"), 1_700_000_000)
      assert.strictEqual(read("branchline_webhook_request_duration_seconds_bucket", { path: "/mutate-v1-pod", le: "0.005" }), 1)
      assert.strictEqual(read("branchline_webhook_request_duration_seconds_bucket", { path: "/mutate-v1-pod", le: "0.0025" }), 0)
    }))

  it.effect("is a total: it grows by what is new, also where the source has started anew, and stays where it is gone", () =>
    Effect.gen(function*() {
      const metrics = yield* Metrics.make()
      const totals: Array<number | undefined> = []
      const waiting: Array<number | undefined> = []
      for (const flow of [flowing(10), flowing(12), undefined, flowing(3), flowing(3), flowing(5), flowing(2)]) {
        const page = yield* scrape(metrics, { flow: flow === undefined ? undefined : Effect.succeed(flow) })
        totals.push(sampleOf(page, "branchline_flow_sent_total", { lane: "allocation" }))
        waiting.push(sampleOf(page, "branchline_flow_waiting", { lane: "allocation" }))
      }
      assert.deepStrictEqual(totals, [10, 12, 12, 15, 15, 17, 19])
      assert.deepStrictEqual(waiting, [2, 2, 0, 2, 2, 2, 2])
    }))

  it.effect("of leadership: who waits is part of it, and has policies, but no trunks", () =>
    Effect.gen(function*() {
      const metrics = yield* Metrics.make()
      metrics.leads(true)
      metrics.leads(false)
      const waits = yield* scrape(metrics, { leadership: Effect.succeed({ leading: false }), policies: Effect.succeed(noPolicies) })
      assert.deepStrictEqual([sampleOf(waits, "branchline_leader"), sampleOf(waits, "sgp_enabled")], [0, 1])
      assert.strictEqual(sampleOf(waits, "branchline_trunks", { state: "ready" }), 0)
      assert.strictEqual(sampleOf(waits, "branchline_leadership_changes_total", { to: "leading" }), 1)
      assert.strictEqual(sampleOf(waits, "branchline_leadership_changes_total", { to: "waiting" }), 1)
      const leads = yield* scrape(metrics, { leadership: Effect.succeed({ leading: true }) })
      assert.strictEqual(sampleOf(leads, "branchline_leader"), 1)
    }))
})

const notCalled = Effect.die("nobody calls this here")
const refused = new KubernetesError({ operation: "test", reason: { _tag: "TooManyRequests", retryAfter: 1 }, message: "slow down" })

/** A port that answers after 30 ms, as it is told to. */
const scripted = (answer: Effect.Effect<never, KubernetesError>, end: WatchEnd | undefined): Kubernetes["Service"] => {
  const events: ReadonlyArray<WatchEvent<never>> = [{ _tag: "Bookmark", resourceVersion: "1" }, { _tag: "Bookmark", resourceVersion: "2" }]
  return {
    list: () => Effect.andThen(Effect.sleep("30 millis"), answer),
    get: () => Effect.andThen(Effect.sleep("30 millis"), answer),
    watch: () => Stream.concat(Stream.fromIterable(events), end === undefined ? Stream.never : Stream.fail(end)),
    create: () => notCalled,
    patch: () => notCalled,
    delete: () => Effect.void,
    recordEvent: () => Effect.void
  }
}

describe("The measure of the Kubernetes port", () => {
  it.effect("counts each request by what came of it, also one that breaks and one that is interrupted", () =>
    Effect.gen(function*() {
      const metrics = yield* Metrics.make()
      const tried = <A>(answer: Effect.Effect<never, KubernetesError>, call: (port: Kubernetes["Service"]) => Effect.Effect<A, KubernetesError>) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(call(metrics.measureKubernetes(scripted(answer, undefined))))
          yield* TestClock.adjust("30 millis")
          yield* Fiber.interrupt(fiber)
        })
      const list = (port: Kubernetes["Service"]) => port.list(pods)
      yield* tried(Effect.fail(refused), list)
      yield* tried(Effect.die("broken"), list)
      yield* tried(Effect.never, list)
      yield* tried(Effect.never, list)
      yield* tried(Effect.never, (port) => port.delete(pods, { name: "a" }))
      yield* tried(Effect.never, (port) => port.recordEvent({ regarding: { apiVersion: "v1", kind: "Pod", name: "a", uid: "u" }, type: "Normal", reason: "r", message: "m" }))
      const page = yield* scrape(metrics, {})
      const count = (verb: string, resource: string, outcome: string) => sampleOf(page, "branchline_kubernetes_requests_total", { verb, resource, outcome })
      assert.deepStrictEqual(["TooManyRequests", "defect", "interrupted"].map((outcome) => count("list", "pods", outcome)), [1, 1, 2])
      assert.deepStrictEqual([count("delete", "pods", "ok"), count("create", "events", "ok")], [1, 1])
      assert.strictEqual(sampleOf(page, "branchline_kubernetes_request_duration_seconds_bucket", { verb: "list", le: "0.05" }), 4)
      assert.strictEqual(sampleOf(page, "branchline_kubernetes_request_duration_seconds_bucket", { verb: "list", le: "0.025" }), 0)
    }))

  it.effect("counts what watches bring, and how they end", () =>
    Effect.gen(function*() {
      const metrics = yield* Metrics.make()
      const watch = (end: WatchEnd | undefined) =>
        Stream.runDrain(metrics.measureKubernetes(scripted(Effect.never, end)).watch(pods, { resourceVersion: "0" }))
      for (const end of [{ _tag: "Expired" }, { _tag: "Closed" }, { _tag: "Failed", error: refused }, { _tag: "Closed" }] as const) {
        assert.deepStrictEqual(yield* Effect.flip(watch(end)), end)
      }
      const open = yield* Effect.forkChild(watch(undefined), { startImmediately: true })
      yield* Effect.yieldNow
      yield* Fiber.interrupt(open)
      yield* Stream.runDrain(Stream.take(metrics.measureKubernetes(scripted(Effect.never, undefined)).watch(pods, { resourceVersion: "0" }), 1))
      const page = yield* scrape(metrics, {})
      const ended = (end: string) => sampleOf(page, "branchline_kubernetes_watches_ended_total", { resource: "pods", end })
      assert.deepStrictEqual(["expired", "closed", "failed", "stopped"].map(ended), [1, 2, 1, 2])
      assert.strictEqual(sampleOf(page, "branchline_kubernetes_watch_events_total", { resource: "pods", type: "Bookmark" }), 11)
    }))
})
