import { defaultFlow } from "@branchline/adapter-k8s/flow/Flow"
import { defaultPlaces } from "@branchline/adapter-k8s/operations/Places"
import * as Kind from "../Kind.js"
import { certain, possible } from "../Setting.js"

/** What those who run it look at, and what it may ask for. */
export const operations = {
  metricsAddress: certain({
    group: "Operations",
    kind: Kind.address,
    otherwise: defaultPlaces.metrics,
    file: "operations.metrics",
    means: "Where Prometheus reads /metrics"
  }),
  healthAddress: certain({
    group: "Operations",
    kind: Kind.address,
    otherwise: defaultPlaces.health,
    file: "operations.health",
    means: "Where kubelet asks /healthz and /readyz"
  }),
  introspectionAddress: certain({
    group: "Operations",
    kind: Kind.address,
    otherwise: defaultPlaces.introspection,
    file: "operations.introspection",
    means: "Where people see trunks, branches and what waits, /introspect; whoever reaches it reads all of it"
  }),
  logLevel: certain({
    group: "Operations",
    kind: Kind.choice(["error", "warning", "info", "debug"]),
    otherwise: "info",
    file: "operations.logLevel",
    means: "The least severe log lines that are written"
  }),
  logFormat: certain({
    group: "Operations",
    kind: Kind.choice(["text", "json"]),
    otherwise: "text",
    file: "operations.logFormat",
    means: "Log lines for people or for machines, on standard error"
  }),
  otlpEndpoint: possible({
    group: "Operations",
    kind: Kind.url,
    file: "operations.otlpEndpoint",
    alsoFrom: ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    otherwiseText: "no traces",
    means: "Where traces go, by OTLP over HTTP"
  })
}

export const calls = {
  qps: certain({
    group: "Calls to the API server",
    kind: Kind.whole(0, 100_000),
    otherwise: defaultFlow.qps,
    file: "calls.qps",
    means: "Calls a second in the long run; 0 is any number"
  }),
  burst: certain({
    group: "Calls to the API server",
    kind: Kind.whole(1, 1_000_000),
    otherwise: defaultFlow.burst,
    file: "calls.burst",
    means: "Calls beyond that after a quiet time"
  }),
  callsAtOnce: certain({
    group: "Calls to the API server",
    kind: Kind.whole(1, 10_000),
    otherwise: defaultFlow.atOnce,
    file: "calls.atOnce",
    means: "Calls on their way at the same time"
  })
}
