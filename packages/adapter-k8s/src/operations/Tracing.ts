import { Config, ConfigProvider, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { OtlpSerialization, OtlpTracer } from "effect/observability"

/** What the traces say of where they come from; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` count where these are left out. */
export interface TracingOptions {
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
}

const protocols = ["http/protobuf", "http/json"] as const

/** The OpenTelemetry specification's default, which Effect's is not: an endpoint alone switches the export on. */
const standard = (attributes: string) =>
  ConfigProvider.fromUnknown({
    OTEL_TRACES_EXPORTER: "otlp",
    ...(/(?:^|,)\s*service\.name=/.test(attributes) ? {} : { OTEL_SERVICE_NAME: "branchline" })
  })

const settings = Config.all({
  disabled: Config.Boolean("OTEL_SDK_DISABLED").pipe(Config.withDefault(false)),
  exporter: Config.String("OTEL_TRACES_EXPORTER").pipe(Config.withDefault("otlp")),
  endpoint: Config.URL("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").pipe(
    Config.orElse(() => Config.URL("OTEL_EXPORTER_OTLP_ENDPOINT")),
    Config.option
  ),
  attributes: Config.String("OTEL_RESOURCE_ATTRIBUTES").pipe(Config.withDefault("")),
  protocol: Config.Literals(protocols, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL").pipe(
    Config.orElse(() => Config.Literals(protocols, "OTEL_EXPORTER_OTLP_PROTOCOL")),
    Config.withDefault(protocols[0])
  ),
  interval: Config.option(Config.Int("OTEL_BSP_SCHEDULE_DELAY")),
  batch: Config.option(Config.Int("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")),
  timeout: Config.option(Config.Int("OTEL_EXPORTER_OTLP_TIMEOUT"))
})

/**
 * Traces over OTLP/HTTP, where the environment names a collector: `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, with
 * `…_HEADERS`, `…_PROTOCOL` (`http/protobuf`, `http/json`), `…_COMPRESSION`, `…_TIMEOUT`, `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_TRACES_EXPORTER`,
 * `OTEL_SDK_DISABLED`, `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. Off otherwise. What is left is sent when the layer ends. Fails where
 * a variable cannot be read; not retryable.
 *
 * Source: OpenTelemetry specification, "OTLP Exporter Configuration" and "SDK Environment Variables".
 */
export const layer = (options: TracingOptions = {}): Layer.Layer<never, Config.ConfigError> =>
  Layer.unwrap(Effect.gen(function*() {
    const { attributes, disabled, endpoint, exporter, protocol } = yield* settings
    if (disabled || endpoint._tag === "None" || !exporter.split(",").some((name) => name.trim() === "otlp")) return Layer.empty
    return Layer.effectDiscard(Effect.logInfo("traces are exported", endpoint.value.origin)).pipe(
      Layer.merge(OtlpTracer.layerFromConfig({ resource: options })),
      Layer.provide(ConfigProvider.layerAdd(standard(attributes))),
      Layer.provide([protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf, FetchHttpClient.layer])
    )
  }))
