/**
 * `@branchline/adapter-k8s`: Branchline's port to a real Kubernetes, as pieces.
 *
 * Each export is one module, which can be imported by itself too: `@branchline/adapter-k8s/operations/Metrics`.
 */

export * as Introspection from "./operations/Introspection.js"
export * as Logs from "./operations/Logs.js"
export * as Metrics from "./operations/Metrics.js"
export * as OperationsServer from "./operations/OperationsServer.js"
export * as Tracing from "./operations/Tracing.js"
