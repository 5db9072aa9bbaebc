import type { Authenticator } from "@kubernetes/client-node/dist/auth.js"
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js"
import { FileAuth } from "@kubernetes/client-node/dist/file_auth.js"
import { Effect, Predicate } from "effect"
import type { RequestOptions } from "node:https"
import { AccessError, wordsOf } from "./AccessError.js"
import type { KubeconfigUser } from "./Kubeconfig.js"
import type { Target } from "./Target.js"

/** Who we are, as it goes into a request or a handshake. */
export interface Credential {
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** PEM, where a plugin gave one. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Gets credentials; the authenticator behind it caches until they expire. */
export type CredentialSource = Effect.Effect<Credential, AccessError>

/** A plugin or an identity provider that has not answered for so long is given up. */
const patience = "30 seconds"

const failed = (message: string) => new AccessError({ reason: "Credentials", message })

/** A plugin is told which cluster it is for. Source: client-go, `plugin/pkg/client/auth/exec`, KUBERNETES_EXEC_INFO. */
const withExecInfo = ({ cluster, user }: Target): KubeconfigUser => {
  const { exec } = user
  if (!Predicate.isObject(exec)) return user
  const { apiVersion, env, provideClusterInfo } = exec as Readonly<Record<string, unknown>>
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(provideClusterInfo === true
        ? {
          cluster: {
            server: cluster.server,
            "certificate-authority-data": cluster.caData,
            "tls-server-name": cluster.tlsServerName,
            "insecure-skip-tls-verify": cluster.skipTLSVerify,
            "proxy-url": cluster.proxyUrl
          }
        }
        : {})
    }
  }
  const variables = [...(Array.isArray(env) ? env : []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }]
  return { ...user, exec: { ...exec, env: variables } }
}

const commandOf = (user: KubeconfigUser): string => {
  const exec = user.exec ?? user.authProvider?.config?.exec
  return String(exec?.command ?? "")
}

const installHint = (user: KubeconfigUser): string => {
  const hint = user.exec?.installHint
  return typeof hint === "string" && hint !== "" ? `: ${hint.trim()}` : ""
}

/** Why a plugin gave nothing. */
const execFailure = ({ source, user }: Target) => (cause: unknown): AccessError => {
  const command = commandOf(user)
  const who = `the credential plugin ${command} of user ${user.name} in ${source}`
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
    return failed(`${who} is not installed, or not in PATH${installHint(user)}`)
  }
  if (cause instanceof SyntaxError || cause instanceof TypeError) return failed(`${who} did not print an ExecCredential: ${wordsOf(cause)}`)
  return failed(`${who} failed: ${wordsOf(cause).trim() || "it printed nothing on stderr"}`)
}

/** client-node's authenticator for a user, and how its failures are told; undefined where there is nothing to get. */
const authenticatorOf = Effect.fnUntraced(function*(target: Target) {
  const { source, user } = target
  if (user.tokenFile !== undefined || user.authProvider?.config?.tokenFile !== undefined) {
    const tokenFile = user.tokenFile ?? String(user.authProvider.config.tokenFile)
    const fileUser = { ...user, authProvider: { name: "tokenFile", config: { tokenFile } } }
    return {
      authenticator: new FileAuth() as Authenticator,
      user: fileUser,
      failure: (cause: unknown) => failed(`the token file ${tokenFile} of ${source} cannot be read: ${wordsOf(cause)}`)
    }
  }
  if (new ExecAuth().isAuthProvider(user)) {
    return { authenticator: new ExecAuth() as Authenticator, user: withExecInfo(target), failure: execFailure(target) }
  }
  const provider: unknown = user.authProvider?.name
  if (provider === undefined) return undefined
  const make = providers[String(provider)]
  if (make === undefined) {
    return yield* new AccessError({
      reason: "Incomplete",
      message: `user ${user.name} of ${source} has the auth-provider ${String(provider)}, which is not known here: use an exec plugin`
    })
  }
  const failure = (cause: unknown) => failed(`the auth-provider ${String(provider)} of user ${user.name} in ${source} failed: ${wordsOf(cause)}`)
  return { authenticator: yield* Effect.tryPromise({ try: make, catch: failure }), user, failure }
})

/** Loaded only where they are used: they bring all of client-node with them. */
const providers: Readonly<Record<string, () => Promise<Authenticator>>> = {
  azure: () => import("@kubernetes/client-node/dist/azure_auth.js").then(({ AzureAuth }) => new AzureAuth()),
  gcp: () => import("@kubernetes/client-node/dist/gcp_auth.js").then(({ GoogleCloudPlatformAuth }) => new GoogleCloudPlatformAuth()),
  oidc: () => import("@kubernetes/client-node/dist/oidc_auth.js").then(({ OpenIDConnectAuth }) => new OpenIDConnectAuth())
}

/** Headers that do not change. */
const fixedHeaders = (user: KubeconfigUser): Credential["headers"] => ({
  ...(user.username ? { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}` } : {}),
  ...(user.token ? { authorization: `Bearer ${user.token}` } : {}),
  ...(user.impersonateUser ? { "impersonate-user": user.impersonateUser } : {}),
  ...(user.impersonateGroups.length === 0 ? {} : { "impersonate-group": user.impersonateGroups })
})

/**
 * A source of credentials with nothing in its cache. A token in the kubeconfig goes before a plugin, and a token file before either, as in client-go.
 */
export const make = Effect.fnUntraced(function*(target: Target) {
  const fixed = fixedHeaders(target.user)
  const found = target.user.token && target.user.tokenFile === undefined ? undefined : yield* authenticatorOf(target)
  if (found === undefined) return Effect.succeed<Credential>({ headers: fixed })
  const { authenticator, failure, user } = found

  // A plugin that hangs is asked once, however often we come back to it.
  let pending: Promise<RequestOptions> | undefined
  const ask = (): Promise<RequestOptions> => {
    const options: RequestOptions = { headers: {} }
    pending ??= authenticator.applyAuthentication(user, options).then(() => options).finally(() => {
      pending = undefined
    })
    return pending
  }
  const source: CredentialSource = Effect.tryPromise({ try: ask, catch: failure }).pipe(
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(failure(new Error(`no answer in ${patience}`))) }),
    Effect.map(({ cert, headers, key }): Credential => {
      const authorization: unknown = Predicate.isObject(headers) ? (headers as Readonly<Record<string, unknown>>)["Authorization"] : undefined
      return {
        headers: typeof authorization === "string" ? { ...fixed, authorization: authorization.trim() } : fixed,
        cert: cert === undefined ? undefined : String(cert),
        key: key === undefined ? undefined : String(key)
      }
    })
  )
  return source
})
