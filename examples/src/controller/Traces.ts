import * as Tracing from "@branchline/adapter-k8s/operations/Tracing"
import { ConfigProvider, Effect, Layer } from "effect"
import { version } from "./Serve.js"
import { misconfigured, type Stopped } from "./Stopped.js"

/** Traces to a collector at `endpoint`; OpenTelemetry's other variables hold as they are. Fails where one of them means nothing. */
export const tracingTo = (endpoint: string): Layer.Layer<never, Stopped> =>
  Tracing.layer({ serviceName: "branchline", serviceVersion: version }).pipe(
    Layer.provide(ConfigProvider.layerAdd(ConfigProvider.fromUnknown({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }), { asPrimary: true })),
    Layer.catch((error) =>
      Layer.effectDiscard(Effect.fail(misconfigured([{ field: "OTEL_…", message: error.message.replaceAll("\n", " "), mend: "correct the variable, or leave it out" }])))
    )
  )
