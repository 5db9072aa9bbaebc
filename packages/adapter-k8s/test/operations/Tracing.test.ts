import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Cluster from "@branchline/adapter-memory/Cluster"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { assert, describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Duration, Effect, Layer, Logger, Schema } from "effect"
import { traceEc2 } from "../../src/operations/Ec2Spans.js"
import * as Tracing from "../../src/operations/Tracing.js"
import { group, pod, policy } from "./support/MeasuredWorld.js"

interface Received {
  readonly path: string
  readonly type: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** A collector on loopback that keeps what it is sent. */
const collector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly received: Array<Received>; readonly close: () => void }>((resume) => {
    const received: Array<Received> = []
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        received.push({ path: request.url ?? "", type: request.headers["content-type"] ?? "", headers: request.headers, body: Buffer.concat(parts) })
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close: () => void server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const Value = Schema.Struct({ stringValue: Schema.optionalKey(Schema.String) })
const Attribute = Schema.Struct({ key: Schema.String, value: Value })
const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optionalKey(Schema.String),
  name: Schema.String,
  kind: Schema.Int,
  attributes: Schema.Array(Attribute)
})
const Traces = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    resource: Schema.Struct({ attributes: Schema.Array(Attribute) }),
    scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) }))
  }))
})
const read = ({ body }: Received): typeof Traces.Type => Schema.decodeUnknownSync(Traces)(JSON.parse(body.toString("utf8")))
const spansOf = (received: ReadonlyArray<Received>) =>
  received.flatMap((one) => read(one).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
const valueOf = (attributes: ReadonlyArray<typeof Attribute.Type>, key: string) => attributes.find((one) => one.key === key)?.value.stringValue

/** Real time, a hundred times as fast. */
const hurried = Effect.map(Clock.Clock, (real): Clock.Clock => {
  const began = real.currentTimeNanosUnsafe()
  const start = real.currentTimeMillisUnsafe()
  const passed = (): bigint => (real.currentTimeNanosUnsafe() - began) * 100n
  const nanos = (): bigint => BigInt(start) * 1_000_000n + passed()
  const millis = (): number => start + Number(passed() / 1_000_000n)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: passed,
    monotonicTimeNanos: Effect.sync(passed),
    sleep: (duration) => real.sleep(Duration.divideUnsafe(duration, 100))
  }
})

/** A pod is served; the traces are on their way when this is over. */
const serve = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* Cluster.make({ securityGroups: [group] })
  const ec2 = yield* Effect.provide(Ec2, cluster.ports)
  const controller = yield* Controller.make({ ...defaults, clusterName: "seed" }).pipe(
    Effect.provideService(Ec2, traceEc2(ec2)),
    Effect.provide(cluster.ports)
  )
  yield* controller.ready
  yield* cluster.serveWebhooks(controller.admit)
  yield* cluster.apply(policy())
  yield* cluster.apply(pod("web-0"))
  yield* cluster.waitForPhase("web-0", "Running")
})).pipe(Effect.provideServiceEffect(Clock.Clock, hurried), Effect.provide(Logger.layer([])))

const traced = (environment: Readonly<Record<string, string>>, options?: Tracing.TracingOptions) =>
  serve.pipe(Effect.provide(Layer.provide(Tracing.layer(options), [ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })), Logger.layer([])])))

describe("Traces", () => {
  it.live("go to the collector that the environment names: the work on a pod, and the calls in it", () =>
    Effect.gen(function*() {
      const { received, url } = yield* collector
      yield* traced({
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test"
      }, { serviceVersion: "1.2.3" })
      assert.isAbove(received.length, 0)
      assert.deepStrictEqual([received[0]?.path, received[0]?.headers["authorization"]], ["/v1/traces", "Bearer abc"])
      const { attributes } = read(received[0]!).resourceSpans[0]!.resource
      assert.deepStrictEqual(
        ["service.name", "service.version", "deployment.environment"].map((key) => valueOf(attributes, key)),
        ["branchline", "1.2.3", "test"]
      )
      const spans = spansOf(received)
      const created = spans.filter(({ name }) => name === "ec2 AssociateTrunkInterface")
      assert.strictEqual(created.length, 1)
      const work = spans.find(({ spanId }) => spanId === created[0]!.parentSpanId)
      assert.deepStrictEqual([work?.name, work?.traceId, work?.parentSpanId], ["reconcile branch", created[0]!.traceId, undefined])
      assert.deepStrictEqual([valueOf(work!.attributes, "pod"), valueOf(work!.attributes, "namespace")], ["web-0", "default"])
      assert.deepStrictEqual([created[0]!.kind, valueOf(created[0]!.attributes, "rpc.method")], [3, "AssociateTrunkInterface"])
      assert.isAbove(spans.filter(({ name }) => name === "reconcile node").length, 0)
    }))

  it.live("are protobuf unless it is said otherwise, and the name of the service is the environment's", () =>
    Effect.gen(function*() {
      const { received, url } = yield* collector
      yield* traced({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/own/path`, OTEL_SERVICE_NAME: "blue-controller" })
      assert.deepStrictEqual([received[0]?.path, received[0]?.type], ["/own/path", "application/x-protobuf"])
      const bytes = Buffer.concat(received.map(({ body }) => body)).toString("latin1")
      for (const text of ["blue-controller", "reconcile branch", "ec2 CreateNetworkInterface", "web-0"]) assert.include(bytes, text)
    }))

  it.live("are off where no collector is named, and where they are switched off", () =>
    Effect.gen(function*() {
      const { received, url } = yield* collector
      yield* traced({})
      for (const off of [{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none" }]) {
        yield* Effect.provide(Effect.withSpan(Effect.void, "nothing"), Layer.provide(
          Tracing.layer(),
          ConfigProvider.layer(ConfigProvider.fromEnv({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...off } }))
        ))
      }
      assert.deepStrictEqual(received, [])
    }))

  it.effect("say which variable cannot be read", () =>
    Effect.gen(function*() {
      for (const [name, value] of [["OTEL_EXPORTER_OTLP_ENDPOINT", "no url"], ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"], ["OTEL_BSP_SCHEDULE_DELAY", "soon"]] as const) {
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", [name]: value }
        const failed = yield* Effect.flip(Effect.provide(Effect.void, Layer.provide(Tracing.layer(), ConfigProvider.layer(ConfigProvider.fromEnv({ env })))))
        assert.include(String(failed), name)
      }
    }))
})
