import type { KubernetesObject } from "@branchline/core/model/Resource"
import type { Kubernetes, Scope as ListScope } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Clock, DateTime, Effect } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { version } from "../Version.js"
import type { Ec2Side } from "./Ec2Seen.js"
import type { Kind, Unknown } from "./Found.js"
import { type KindLook, kinds } from "./Kinds.js"
import type { ClusterFound, Look } from "./Look.js"

/** The reading side of the core's port: whoever has no more than this cannot write. */
export type Reads = Pick<Kubernetes["Service"], "list">

/** What is asked of a cluster. */
export interface Asked {
  /** What names without a namespace mean, and what is looked at where the whole cluster may not be. */
  readonly namespace: string
  /** Kinds that are not looked at. */
  readonly without?: ReadonlyArray<keyof ClusterFound> | undefined
  /** For messages and the snapshot. */
  readonly server?: string | undefined
}

const whyOf = ({ reason }: KubernetesError): Unknown["why"] =>
  reason._tag === "Forbidden" ? "forbidden" : reason._tag === "NotFound" ? "not served" : "failed"

const unknownFor = (error: KubernetesError): Unknown => ({ unknown: `${error.operation}: ${error.message}`, why: whyOf(error) })

const scopeOf = ({ only }: Pick<KindLook<KubernetesObject>, "only">, namespace?: string): ListScope => ({
  ...(only?.namespace ?? namespace ? { namespace: only?.namespace ?? namespace } : {}),
  ...(only?.name === undefined ? {} : { fieldSelector: `metadata.name=${only.name}` })
})

/** One kind: of the whole cluster, or of one namespace where no more may be seen. */
const lookAt = Effect.fnUntraced(function*<A extends KubernetesObject>(
  reads: Reads,
  look: KindLook<A>,
  { namespace }: Asked
): Effect.fn.Return<Kind<A>> {
  const { keep = (object: A) => object, only, resource } = look
  const narrow = resource.namespaced && only?.namespace === undefined
  const list = (inNamespace?: string) => Effect.result(reads.list(resource, scopeOf(look, inNamespace)))
  const whole = yield* list()
  const part = narrow && whole._tag === "Failure" && whole.failure.reason._tag === "Forbidden" ? yield* list(namespace) : whole
  if (part._tag === "Failure") return unknownFor(whole._tag === "Failure" ? whole.failure : part.failure)
  const { items, malformed } = part.success
  return {
    items: items.flatMap((item) => keep(item) ?? []).filter(({ metadata }) => only?.name === undefined || metadata.name === only.name),
    ...(whole._tag === "Failure" ? { namespaces: [namespace], narrowed: `${whole.failure.operation}: ${whole.failure.message}` } : {}),
    ...(malformed.length === 0
      ? {}
      : { malformed: malformed.map(({ key, problem }) => ({ ...(key.namespace === undefined ? {} : { namespace: key.namespace }), name: key.name, problem })) })
  }
})

const notLooked: Unknown = { unknown: "this command does not look at it", why: "not looked" }

/** All kinds of a cluster, several at a time. Fails where nothing at all can be seen. */
export const lookAtCluster = Effect.fnUntraced(function*(reads: Reads, asked: Asked): Effect.fn.Return<ClusterFound, CouldNotLook> {
  const skipped = new Set(asked.without ?? [])
  const one = <A extends KubernetesObject>(name: keyof ClusterFound, look: KindLook<A>): Effect.Effect<Kind<A>> =>
    skipped.has(name) ? Effect.succeed(notLooked) : lookAt(reads, look, asked)
  const found = yield* Effect.all({
    pods: one("pods", kinds.pods),
    nodes: one("nodes", kinds.nodes),
    cniNodes: one("cniNodes", kinds.cniNodes),
    policies: one("policies", kinds.policies),
    serviceAccounts: one("serviceAccounts", kinds.serviceAccounts),
    namespaces: one("namespaces", kinds.namespaces),
    eniConfigs: one("eniConfigs", kinds.eniConfigs),
    configMaps: one("configMaps", kinds.configMaps),
    daemonSets: one("daemonSets", kinds.daemonSets),
    services: one("services", kinds.services),
    leases: one("leases", kinds.leases),
    mutatingWebhooks: one("mutatingWebhooks", kinds.mutatingWebhooks),
    validatingWebhooks: one("validatingWebhooks", kinds.validatingWebhooks),
    events: one("events", kinds.events)
  }, { concurrency: 4 })
  const unknown = Object.values(found).filter((kind): kind is Unknown => "unknown" in kind && kind.why !== "not looked")
  if (unknown.length > 0 && Object.values(found).every((kind) => "unknown" in kind)) {
    return yield* new CouldNotLook({
      message: `nothing of the cluster can be seen${asked.server === undefined ? "" : ` at ${asked.server}`}: ${unknown[0]?.unknown ?? ""}`,
      mend: "give the user the ClusterRole of deploy/cli, or choose another context (--context), or look at a snapshot (--snapshot)"
    })
  }
  return found
})

/** A look, put together: what was found, and when. */
export const lookOf = Effect.fnUntraced(function*(
  cluster: ClusterFound,
  ec2: Ec2Side,
  { namespace, server }: Pick<Asked, "namespace" | "server">
): Effect.fn.Return<Look> {
  return {
    apiVersion: "branchline.dev/snapshot/v1",
    kind: "Snapshot",
    takenAt: DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis)),
    takenBy: { tool: "branchline", version },
    ...(server === undefined ? {} : { server }),
    namespace,
    cluster,
    ec2
  }
})
