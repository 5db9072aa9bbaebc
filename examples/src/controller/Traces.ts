import * as Tracing from "@branchline/adapter-k8s/operations/Tracing"
import { ConfigProvider, Layer } from "effect"
import { version } from "./Serve.js"

/** Traces to a collector at `endpoint`; the other variables of OpenTelemetry hold as they are. A broken one of them ends the process. */
export const tracingTo = (endpoint: string): Layer.Layer<never> =>
  Tracing.layer({ serviceName: "branchline", serviceVersion: version }).pipe(
    Layer.provide(ConfigProvider.layerAdd(ConfigProvider.fromUnknown({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }), { asPrimary: true })),
    Layer.orDie
  )
