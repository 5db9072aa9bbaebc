import { now } from "@branchline/core/leadership/Instant"
import { Effect, Equal, Scope, Semaphore } from "effect"
import type { AccessError } from "./AccessError.js"
import { find } from "./Configuration.js"
import * as Connections from "./Connections.js"
import * as Credentials from "./Credentials.js"
import { choose, type Impersonation, impersonating } from "./Target.js"
import * as TlsMaterial from "./TlsMaterial.js"

/** Which cluster, and as whom; without either, as kubectl would. */
export interface AccessOptions extends Impersonation {
  /** A kubeconfig file. Default: `$KUBECONFIG`, `~/.kube/config`, the pod's service account. */
  readonly kubeconfig?: string | undefined
  /** Default: the file's `current-context`. */
  readonly context?: string | undefined
}

/** What a request is sent with. */
export interface Session extends Connections.Connections {
  readonly headers: Credentials.Credential["headers"]
}

/** The way to one API server as one user. */
export interface ClusterAccess {
  /** `https://host:port` */
  readonly origin: string
  /** What stands before every path; empty for most. */
  readonly basePath: string
  /** For messages: `https://host:port (context test of /etc/kubeconfig)`. */
  readonly description: string
  /** The context's own namespace, where it names one. */
  readonly namespace: string | undefined
  /** Credentials of now: looked at again after 10 s, because tokens and certificates rotate. Where that fails, those of before are kept. */
  readonly session: Effect.Effect<Session, AccessError>
  /** Credentials other than those which the server has just refused; the same ones where they are not a second old. */
  readonly renewed: (refused: Session) => Effect.Effect<Session, AccessError>
}

/** Credentials are looked at again after this time, milliseconds. A bound token lives an hour, and kubelet renews it after 80 % of it. */
const lookAgainAfter = 10_000

/** Refused credentials are not renewed more often than this, milliseconds: a plugin is a program that is started. */
const renewAtMostEvery = 1_000

/** Milliseconds by the clock that nobody sets. */
const moment: Effect.Effect<number> = Effect.map(now, ({ monotonic }) => monotonic)

/**
 * Finds the configuration, gets credentials and prepares connections, which live as long as the scope. It sends nothing to the server; what is
 * wrong with the configuration fails here.
 */
export const load = (options: AccessOptions = {}): Effect.Effect<ClusterAccess, AccessError, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const target = yield* impersonating(yield* choose(yield* find(options.kubeconfig), options.context), options)
    const { basePath, context, namespace, origin, source, user } = target
    const as = user.impersonateUser ? `, as ${user.impersonateUser}` : ""

    const get = Effect.fnUntraced(function*(credentials: Credentials.CredentialSource) {
      const credential = yield* credentials
      return { credential, material: yield* TlsMaterial.read(target, credential) }
    })

    let credentials = yield* Credentials.make(target)
    const first = yield* get(credentials)
    const open = (material: TlsMaterial.TlsMaterial): Effect.Effect<Connections.Connections> =>
      Scope.provide(Effect.acquireRelease(Connections.open(target, material), Connections.destroy), scope)
    let material = first.material
    let session: Session = { ...(yield* open(material)), headers: first.credential.headers }
    let lookedAt = yield* moment
    let renewedAt = -Infinity
    const gate = Semaphore.makeUnsafe(1)

    const look = Effect.fnUntraced(function*() {
      const found = yield* get(credentials)
      const { headers } = found.credential
      if (!TlsMaterial.isSame(material, found.material)) {
        const old = session
        material = found.material
        session = { ...(yield* open(material)), headers }
        yield* Effect.forkIn(Connections.retire(old), scope)
      } else if (!Equal.equals(headers, session.headers)) session = { ...session, headers }
      return session
    })

    const routine = gate.withPermitsIfAvailable(1)(
      Effect.gen(function*() {
        lookedAt = yield* moment
        yield* look()
      }).pipe(
        Effect.catch((error) => Effect.logWarning("credentials could not be renewed; those of before are used", error.message))
      )
    )

    return {
      origin,
      basePath,
      description: `${origin} (context ${context} of ${source}${as})`,
      namespace,
      // Whoever comes while another looks goes on with what there is.
      session: Effect.gen(function*() {
        if ((yield* moment) - lookedAt >= lookAgainAfter) yield* routine
        return session
      }),
      renewed: (refused) =>
        gate.withPermits(1)(Effect.gen(function*() {
          const present = yield* moment
          if (session !== refused || present - renewedAt < renewAtMostEvery) return session
          renewedAt = present
          lookedAt = present
          // A new source: the one there is would answer from its cache.
          credentials = yield* Credentials.make(target)
          return yield* look()
        }))
    }
  })
