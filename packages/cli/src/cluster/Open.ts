import { Effect, type FileSystem, Option, type Scope, type Stdio } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import type { Ec2Reads } from "./Ec2Live.js"
import type { Ec2Side } from "./Ec2Seen.js"
import { itemsOf } from "./Found.js"
import type { LookAsked } from "./Flags.js"
import { type Asked, lookAtCluster, lookOf, type Reads } from "./Live.js"
import type { ClusterFound, Look } from "./Look.js"
import { openSnapshot } from "./SnapshotFile.js"

/** What a command wants of a look besides what the user asked for. */
export type Wants = Pick<Asked, "without">

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const regionLabel = "topology.kubernetes.io/region"

const regionOfNodes = ({ nodes }: ClusterFound): string | undefined =>
  itemsOf(nodes).map(({ metadata }) => metadata.labels?.[regionLabel]).find((region) => region !== undefined && region !== "")

const liveFlags = ["context", "kubeconfig", "as", "region", "profile", "endpointUrl", "clusterName"] as const

const contradiction = (asked: LookAsked): string | undefined => {
  if (Option.isNone(asked.snapshot)) return undefined
  if (asked.aws) return "--aws"
  const flag = liveFlags.find((name) => Option.isSome(asked[name]))
  return flag === undefined ? undefined : `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

const off: Ec2Side = { unknown: "EC2 was not looked at: say --aws", why: "not looked" }

const openEc2 = Effect.fnUntraced(function*(
  { endpointUrl, profile, region }: LookAsked,
  cluster: ClusterFound
): Effect.fn.Return<{ readonly reads: Ec2Reads; readonly region: string } | Ec2Side, never, Scope.Scope> {
  const { awsReads } = yield* Effect.promise(() => import("./AwsReads.js"))
  return yield* awsReads({
    region: Option.getOrUndefined(region) ?? regionOfNodes(cluster),
    profile: Option.getOrUndefined(profile),
    endpoint: Option.getOrUndefined(endpointUrl)
  }).pipe(Effect.catch(({ message }) => Effect.succeed({ unknown: message, why: "failed" as const })))
})

const ec2Of = Effect.fnUntraced(function*(asked: LookAsked, cluster: ClusterFound): Effect.fn.Return<Ec2Side, never, Scope.Scope> {
  if (!asked.aws) return off
  const opened = yield* openEc2(asked, cluster)
  if (!("reads" in opened)) return opened
  const { lookAtEc2 } = yield* Effect.promise(() => import("./Ec2Live.js"))
  return yield* lookAtEc2(opened.reads, cluster, { region: opened.region, clusterName: Option.getOrUndefined(asked.clusterName) })
})

/** Where looks come from, and what names without a namespace mean there: each run of `look` is a new look. */
export interface Place {
  readonly namespace: string
  readonly look: Effect.Effect<Look, CouldNotLook, Scope.Scope>
}

/** The cluster that the flags name: who is asked and as whom, and the port to it. `otherwise` is what a person can give where there is none. */
export const openCluster = Effect.fnUntraced(function*(asked: LookAsked, { otherwise, userAgent }: { readonly userAgent: string; readonly otherwise: string }) {
  const [{ load }, K8sKubernetes] = yield* Effect.promise(() =>
    Promise.all([import("@branchline/adapter-k8s/access/ClusterAccess"), import("@branchline/adapter-k8s/kubernetes/K8sKubernetes")]))
  const access = yield* load({
    kubeconfig: Option.getOrUndefined(asked.kubeconfig),
    context: Option.getOrUndefined(asked.context),
    as: Option.getOrUndefined(asked.as),
    asGroups: asked.asGroup
  }).pipe(Effect.mapError(({ message }) => new CouldNotLook({ message, mend: `or look at a snapshot: ${otherwise}` })))
  return { access, port: K8sKubernetes.over(access, { component: "branchline", userAgent }) }
})

const livePlace = Effect.fnUntraced(function*(asked: LookAsked, wants: Wants): Effect.fn.Return<Place, CouldNotLook, Scope.Scope> {
  const { access, port } = yield* openCluster(asked, { userAgent: "branchline", otherwise: "--snapshot FILE" })
  const reads: Reads = { list: port.list }
  const namespace = Option.getOrElse(asked.namespace, () => access.namespace ?? "default")
  return {
    namespace,
    look: Effect.gen(function*() {
      const of = { ...wants, namespace, server: access.description }
      const cluster = yield* lookAtCluster(reads, of)
      return yield* lookOf(cluster, yield* ec2Of(asked, cluster), of)
    })
  }
})

/** The place that the flags name. Fails where there is none; the cluster itself is asked by `look` only. */
export const placeOf = Effect.fnUntraced(function*(
  asked: LookAsked,
  wants: Wants = {}
): Effect.fn.Return<Place, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> {
  const other = contradiction(asked)
  if (other !== undefined) return yield* new CouldNotLook({ message: `--snapshot looks at a file, and ${other} at a cluster`, mend: "say one of the two" })
  if (Option.isNone(asked.snapshot)) return yield* livePlace(asked, wants)
  const found = yield* openSnapshot(asked.snapshot.value)
  const namespace = Option.getOrElse(asked.namespace, () => found.namespace)
  return { namespace, look: Effect.succeed({ ...found, namespace }) }
})

/** One look at what the flags name: see {@link placeOf}. What could not be seen is unknown in it, with the reason; it fails where nothing could. */
export const lookFrom = (asked: LookAsked, wants: Wants = {}): Effect.Effect<Look, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> =>
  Effect.flatMap(placeOf(asked, wants), ({ look }) => look)
