/**
 * `@branchline/adapter-k8s`: Branchline on a real Kubernetes.
 *
 * Each export is one module, which can be imported by itself too: `@branchline/adapter-k8s/kubernetes/K8sKubernetes`.
 */

export * as AccessError from "./access/AccessError.js"
export * as ClusterAccess from "./access/ClusterAccess.js"
export * as K8sKubernetes from "./kubernetes/K8sKubernetes.js"

export * as Flow from "./flow/Flow.js"

export * as SelfManagedTls from "./webhook/SelfManagedTls.js"
export * as TlsFiles from "./webhook/TlsFiles.js"
export * as WebhookServer from "./webhook/WebhookServer.js"

export * as Ec2Spans from "./operations/Ec2Spans.js"
export * as Introspection from "./operations/Introspection.js"
export * as Logs from "./operations/Logs.js"
export * as Metrics from "./operations/Metrics.js"
export * as OperationsServer from "./operations/OperationsServer.js"
export * as Tracing from "./operations/Tracing.js"
