import { cniNodeClusterTag } from "@branchline/core/model/Names"
import type { Ec2Found } from "../cluster/Ec2Seen.js"
import { itemsOf, type Kind } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { SeenLease } from "../cluster/Seen.js"
import type { SeenEndpointSlice } from "./Endpoints.js"

/** All that one look of the observer's found. */
export interface Sight {
  readonly look: Look
  /** Behind the services that the webhooks' configurations name. */
  readonly endpoints: Kind<SeenEndpointSlice>
  /** Leases that were asked for besides the controller's own. */
  readonly otherLeases: Kind<SeenLease>
}

/** EC2's side, where it was looked at. */
export const ec2Of = ({ look: { ec2 } }: Sight): Ec2Found | undefined => "unknown" in ec2 ? undefined : ec2

/** The cluster's name in EC2's tags: as it was given, or as the CNINodes have it (contract §2). */
export const clusterNameOf = ({ look: { cluster } }: Sight, given: string | undefined): string | undefined =>
  given ?? itemsOf(cluster.cniNodes).map(({ spec }) => spec?.tags?.[cniNodeClusterTag]).find((name) => name !== undefined && name !== "")
