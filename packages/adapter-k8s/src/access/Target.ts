import type { Cluster } from "@kubernetes/client-node/dist/config_types.js"
import { Effect, Result } from "effect"
import { AccessError } from "./AccessError.js"
import type { Kubeconfig, KubeconfigUser } from "./Kubeconfig.js"

/** Which server, and as whom. */
export interface Target {
  /** For messages. */
  readonly source: string
  readonly context: string
  readonly cluster: Cluster
  readonly user: KubeconfigUser
  /** The context's own namespace, where it names one. */
  readonly namespace: string | undefined
  /** `https://host:port` */
  readonly origin: string
  /** What stands before every path; empty for most. */
  readonly basePath: string
}

const names = (entries: ReadonlyArray<{ readonly name: string }>): string =>
  entries.length === 0 ? "there is none" : `there is ${entries.map(({ name }) => name).join(", ")}`

/** The server and the user of a context, or of the current one. */
export const choose = (config: Kubeconfig, wanted?: string): Effect.Effect<Target, AccessError> => {
  const { source } = config
  const incomplete = (message: string) => Effect.fail(new AccessError({ reason: "Incomplete", message }))
  const name = wanted ?? config.currentContext
  if (name === undefined) {
    return incomplete(`${source} has no current-context: set one, or name a context (${names(config.contexts)})`)
  }
  const context = config.contexts.find((each) => each.name === name)
  if (context === undefined) {
    return incomplete(`${source} has no context ${name}${wanted === undefined ? ", which is its current-context" : ""}: ${names(config.contexts)}`)
  }
  const cluster = config.clusters.find((each) => each.name === context.cluster)
  if (cluster === undefined) {
    return incomplete(`the context ${name} of ${source} names the cluster ${context.cluster}, which is missing: ${names(config.clusters)}`)
  }
  // A context without a user is one in which nobody is named: anonymous.
  const user: KubeconfigUser | undefined = context.user === undefined
    ? { name: "", impersonateGroups: [] }
    : config.users.find((each) => each.name === context.user)
  if (user === undefined) {
    return incomplete(`the context ${name} of ${source} names the user ${context.user}, which is missing: ${names(config.users)}`)
  }
  const url = Result.try(() => new URL(cluster.server))
  if (Result.isFailure(url) || !/^https?:$/.test(url.success.protocol)) {
    return incomplete(`the cluster ${cluster.name} of ${source} has the server ${cluster.server}, which is no http or https URL`)
  }
  return Effect.succeed({ source, context: name, cluster, user, namespace: context.namespace || undefined, origin: url.success.origin, basePath: url.success.pathname.replace(/\/+$/, "") })
}

/** In whose name else a request is made. */
export interface Impersonation {
  readonly as?: string | undefined
  readonly asGroups?: ReadonlyArray<string> | undefined
}

/** The target in another's name; what the kubeconfig says of that counts no more. Source: kubectl, `--as` and `--as-group`, which override `as` and `as-groups`. */
export const impersonating = (target: Target, { as, asGroups = [] }: Impersonation): Effect.Effect<Target, AccessError> => {
  if (as === undefined && asGroups.length === 0) return Effect.succeed(target)
  // The API server refuses groups without a user. Source: Kubernetes, "Authenticating", user impersonation.
  if (as === undefined && !target.user.impersonateUser) {
    return Effect.fail(new AccessError({ reason: "Incomplete", message: "a group to act as (--as-group) needs a user to act as (--as)" }))
  }
  const user: KubeconfigUser = { ...target.user, ...(as === undefined ? {} : { impersonateUser: as }), impersonateGroups: asGroups }
  return Effect.succeed({ ...target, user })
}
