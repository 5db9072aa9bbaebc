import { annotationOf, ourTags } from "@branchline/core/controller/Ledger"
import { ofEc2 } from "@branchline/core/controller/Texts"
import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { cniNodeClusterTag, instanceIdTag, ownerTag, ownerTagValue } from "@branchline/core/model/Names"
import { instanceIdOf } from "@branchline/core/model/Node"
import { isTerminal } from "@branchline/core/model/PodTraits"
import type { Ec2, NetworkInterface } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import type { Ec2Found, SeenSecurityGroup, SeenSubnet } from "./Ec2Seen.js"
import { itemsOf, type Kind, type Unknown } from "./Found.js"
import type { ClusterFound } from "./Look.js"

/** The describing side of EC2: whoever has no more than this cannot change anything. */
export interface Ec2Reads extends Pick<Ec2["Service"], "describeInstances" | "describeInterfaces" | "describeSubnets"> {
  /** The groups that exist among those asked for. */
  readonly describeSecurityGroups: (ids: ReadonlyArray<SecurityGroupId>) => Effect.Effect<ReadonlyArray<SeenSecurityGroup>, Ec2Error>
}

const unknownFor = (error: Ec2Error): Unknown => ({
  unknown: ofEc2(error),
  why: error.reason._tag === "Unauthorized" || error.reason._tag === "Unauthenticated" ? "forbidden" : "failed"
})

const kindOf = <A>(call: Effect.Effect<ReadonlyArray<A>, Ec2Error>): Effect.Effect<Kind<A>> =>
  Effect.match(call, { onFailure: (error): Kind<A> => unknownFor(error), onSuccess: (items) => ({ items }) })

const distinct = <A>(values: Iterable<A>): ReadonlyArray<A> => [...new Set(values)]

/** What the cluster's objects name in EC2. */
export const named = (cluster: ClusterFound) => ({
  instances: distinct<InstanceId>(itemsOf(cluster.nodes).flatMap(({ spec }) => instanceIdOf(spec?.providerID ?? "") ?? [])),
  interfaces: distinct<EniId>(itemsOf(cluster.pods).flatMap((pod) => isTerminal(pod) ? [] : annotationOf(pod)?.eniId ?? [])),
  subnets: distinct(itemsOf(cluster.eniConfigs).flatMap(({ spec }) => spec?.subnet || [])),
  groups: distinct([
    ...itemsOf(cluster.policies).flatMap(({ spec }) => spec?.securityGroups?.groupIds ?? []),
    ...itemsOf(cluster.eniConfigs).flatMap(({ spec }) => spec?.securityGroups ?? [])
  ]),
  clusterNames: distinct(itemsOf(cluster.cniNodes).flatMap(({ spec }) => spec?.tags?.[cniNodeClusterTag] ?? []))
})

/** A list of ids in which one is missing fails as a whole (contract §6): then each is asked for by itself. */
const subnetsOf = (reads: Ec2Reads, ids: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<SeenSubnet>, Ec2Error> =>
  reads.describeSubnets(ids).pipe(
    Effect.catchReason("Ec2Error", "NotFound", () =>
      Effect.map(
        Effect.forEach(ids, (id) => Effect.catchReason(reads.describeSubnets([id]), "Ec2Error", "NotFound", () => Effect.succeed([]))),
        (found) => found.flat()
      ))
  )

/** By the cluster's tags where its name is known, and else by the instances' (contract §2). */
const interfacesOf = Effect.fnUntraced(function*(
  reads: Ec2Reads,
  clusterNames: ReadonlyArray<string>,
  instances: ReadonlyArray<InstanceId>,
  eniIds: ReadonlyArray<EniId>
): Effect.fn.Return<ReadonlyArray<NetworkInterface>, Ec2Error> {
  const tagged = clusterNames.length > 0
    ? (yield* Effect.forEach(clusterNames, (name) => reads.describeInterfaces({ tags: ourTags(name) }))).flat()
    : instances.length === 0
    ? []
    : yield* reads.describeInterfaces({ tags: { [ownerTag]: [ownerTagValue], [instanceIdTag]: instances } })
  const shown = new Set(tagged.map(({ eniId }) => eniId))
  const missing = eniIds.filter((eniId) => !shown.has(eniId))
  const besides = missing.length === 0 ? [] : yield* reads.describeInterfaces({ eniIds: missing })
  return [...tagged, ...besides]
})

/**
 * What EC2 has of a cluster, by describes alone; a describe that is refused leaves its kind unknown, with the reason.
 *
 * @param clusterName where the CNINodes do not tell it
 */
export const lookAtEc2 = Effect.fnUntraced(function*(
  reads: Ec2Reads,
  cluster: ClusterFound,
  { clusterName, region }: { readonly clusterName?: string | undefined; readonly region: string }
): Effect.fn.Return<Ec2Found> {
  const wanted = named(cluster)
  const clusterNames = clusterName === undefined ? wanted.clusterNames : [clusterName]
  const [instances, interfaces] = yield* Effect.all([
    kindOf(reads.describeInstances(wanted.instances)),
    kindOf(interfacesOf(reads, clusterNames, wanted.instances, wanted.interfaces))
  ], { concurrency: 2 })
  const subnetIds = distinct([
    ...wanted.subnets,
    ...itemsOf(instances).map(({ subnetId }) => subnetId),
    ...itemsOf(interfaces).map(({ subnetId }) => subnetId)
  ].filter((id) => id !== ""))
  const groupIds = distinct([
    ...wanted.groups,
    ...itemsOf(instances).flatMap(({ groups }) => groups),
    ...itemsOf(interfaces).flatMap(({ groups }) => groups)
  ])
  const [subnets, securityGroups] = yield* Effect.all([
    kindOf(subnetsOf(reads, subnetIds)),
    kindOf(groupIds.length === 0 ? Effect.succeed([]) : reads.describeSecurityGroups(groupIds))
  ], { concurrency: 2 })
  return { region, instances, interfaces, subnets, securityGroups }
})
