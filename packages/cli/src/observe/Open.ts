import { Effect, type FileSystem, Option, Scope, type Stdio } from "effect"
import type { Ec2Reads } from "../cluster/Ec2Live.js"
import type { Ec2Side } from "../cluster/Ec2Seen.js"
import { itemsOf } from "../cluster/Found.js"
import type { LookAsked } from "../cluster/Flags.js"
import type { ClusterFound } from "../cluster/Look.js"
import { lookFrom, openCluster } from "../cluster/Open.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { lookAt, type LeaseName, type Place } from "./LookAt.js"
import { pacedReads } from "./Reads.js"
import type { Sight } from "./Sight.js"

/** Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
const regionLabel = "topology.kubernetes.io/region"

const off: Ec2Side = { unknown: "EC2 was not looked at: say --aws", why: "not looked" }

/** EC2 is opened at the first look, whose nodes tell the Region, and stays open: its pace is learnt over all looks. One that cannot be opened is tried again. */
const openEc2 = Effect.fnUntraced(function*({ aws, endpointUrl, profile, region }: LookAsked): Effect.fn.Return<Place["ec2"], never, Scope.Scope> {
  const scope = yield* Effect.scope
  let open: { readonly reads: Ec2Reads; readonly region: string } | undefined
  const opening = Effect.fnUntraced(function*(cluster: ClusterFound) {
    const { awsReads } = yield* Effect.promise(() => import("../cluster/AwsReads.js"))
    const ofNodes = itemsOf(cluster.nodes).map(({ metadata }) => metadata.labels?.[regionLabel]).find((name) => name !== undefined && name !== "")
    const { reads, region: at } = yield* awsReads({ region: Option.getOrUndefined(region) ?? ofNodes, profile: Option.getOrUndefined(profile), endpoint: Option.getOrUndefined(endpointUrl) })
    return open = { reads: yield* pacedReads(reads), region: at }
  })
  return (cluster) => {
    if (!aws) return Effect.succeed(off)
    if (open !== undefined) return Effect.succeed(open)
    return opening(cluster).pipe(
      Effect.provideService(Scope.Scope, scope),
      Effect.catch(({ message }) => Effect.succeed<Ec2Side>({ unknown: message, why: "failed" }))
    )
  }
})

/** Where it is looked, by the flags: a cluster, or with `--snapshot` one look that somebody saved, without the endpoints behind webhooks. Fails where there is no such place. */
export const openSight = Effect.fnUntraced(function*(
  asked: LookAsked,
  leases: ReadonlyArray<LeaseName>
): Effect.fn.Return<Effect.Effect<Sight, CouldNotLook>, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> {
  if (Option.isSome(asked.snapshot)) {
    const look = yield* lookFrom(asked)
    const unseen = { unknown: "a snapshot does not have it", why: "not looked" } as const
    return Effect.succeed({ look, endpoints: unseen, otherLeases: leases.length === 0 ? { items: [] } : unseen })
  }
  const { access, port } = yield* openCluster(asked, { userAgent: "branchline-observe", otherwise: "--snapshot FILE --once" })
  return lookAt({
    reads: { list: port.list },
    ec2: yield* openEc2(asked),
    namespace: Option.getOrElse(asked.namespace, () => access.namespace ?? "default"),
    server: access.description,
    clusterName: Option.getOrUndefined(asked.clusterName),
    leases
  })
})
