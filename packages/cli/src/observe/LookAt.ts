import { leases as leaseResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { type Ec2Reads, lookAtEc2 } from "../cluster/Ec2Live.js"
import type { Ec2Side } from "../cluster/Ec2Seen.js"
import type { Kind } from "../cluster/Found.js"
import { lookAtCluster, lookOf, type Reads } from "../cluster/Live.js"
import type { ClusterFound } from "../cluster/Look.js"
import type { SeenLease } from "../cluster/Seen.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { lookAtEndpoints } from "./Endpoints.js"
import type { Sight } from "./Sight.js"

/** A Lease besides the controller's own. */
export interface LeaseName {
  readonly namespace: string
  readonly name: string
}

/** What is not looked at: it says nothing of what should be. */
export const unwanted: ReadonlyArray<keyof ClusterFound> = ["namespaces", "daemonSets"]

const otherLeases = Effect.fnUntraced(function*(reads: Reads, names: ReadonlyArray<LeaseName>): Effect.fn.Return<Kind<SeenLease>> {
  const found: Array<SeenLease> = []
  for (const { name, namespace } of names) {
    const listed = yield* Effect.result(reads.list(leaseResource, { namespace, fieldSelector: `metadata.name=${name}` }))
    if (listed._tag === "Failure") {
      const { message, operation, reason } = listed.failure
      return { unknown: `${operation}: ${message}`, why: reason._tag === "Forbidden" ? "forbidden" : "failed" }
    }
    found.push(...listed.success.items.filter(({ metadata }) => metadata.name === name))
  }
  return { items: found }
})

/** What is looked at, and with what. */
export interface Place {
  readonly reads: Reads
  /** EC2's describes and Region, once they are known; or why there are none. */
  readonly ec2: (cluster: ClusterFound) => Effect.Effect<{ readonly reads: Ec2Reads; readonly region: string } | Ec2Side>
  readonly namespace: string
  readonly server: string | undefined
  readonly clusterName: string | undefined
  readonly leases: ReadonlyArray<LeaseName>
}

/** One look at all of it: lists, page by page, and then EC2. Fails where nothing of the cluster can be seen. */
export const lookAt = Effect.fnUntraced(function*({ clusterName, ec2, leases, namespace, reads, server }: Place): Effect.fn.Return<Sight, CouldNotLook> {
  const cluster = yield* lookAtCluster(reads, { namespace, server, without: unwanted })
  const endpoints = yield* lookAtEndpoints(reads, cluster)
  const others = yield* otherLeases(reads, leases)
  const opened = yield* ec2(cluster)
  const side = "reads" in opened ? yield* lookAtEc2(opened.reads, cluster, { clusterName, region: opened.region }) : opened
  return { look: yield* lookOf(cluster, side, { namespace, server }), endpoints, otherLeases: others }
})
