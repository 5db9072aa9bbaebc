import { instanceIdOf } from "@branchline/core/model/Node"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"

/** A route table, as far as it tells where its subnets' traffic goes. */
export interface RouteTable {
  readonly vpcId: string
  /** Whether it is for the VPC's subnets that no other table names. */
  readonly main: boolean
  readonly subnetIds: ReadonlyArray<string>
  /** Whether one of its routes leads to an internet gateway. */
  readonly toInternet: boolean
}

/** Whether a subnet's traffic may go to the internet directly. Source: Amazon VPC User Guide, "Subnet route tables"; "Subnets": a public one routes to an internet gateway. */
export const isPublic = (subnet: { readonly subnetId: string; readonly vpcId: string }, tables: ReadonlyArray<RouteTable>): boolean => {
  const table = tables.find(({ subnetIds }) => subnetIds.includes(subnet.subnetId)) ?? tables.find(({ main, vpcId }) => main && vpcId === subnet.vpcId)
  return table?.toInternet === true
}

/** VPCs of a look's instances. */
export const vpcsOf = ({ ec2 }: Look): ReadonlyArray<string> => "unknown" in ec2 ? [] : [...new Set(itemsOf(ec2.instances).map(({ vpcId }) => vpcId))]

/** Names of a look's nodes that are in public subnets, by name. */
export const nodesInPublicSubnets = ({ cluster, ec2 }: Look, tables: ReadonlyArray<RouteTable>): ReadonlyArray<string> => {
  if ("unknown" in ec2) return []
  const open = new Set(itemsOf(ec2.instances).flatMap((instance) => isPublic(instance, tables) ? [instance.instanceId] : []))
  return itemsOf(cluster.nodes).flatMap(({ metadata, spec }) => {
    const instance = instanceIdOf(spec?.providerID ?? "")
    return instance !== undefined && open.has(instance) ? [metadata.name] : []
  }).sort()
}
