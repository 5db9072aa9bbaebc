import { DescribeRouteTablesCommand, type RouteTable as AwsRouteTable } from "@aws-sdk/client-ec2"
import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import { ofEc2 } from "@branchline/core/controller/Texts"
import { Effect, type Scope } from "effect"
import type { RouteTable } from "./Routes.js"

const tableOf = ({ Associations = [], Routes = [], VpcId = "" }: AwsRouteTable): RouteTable => ({
  vpcId: VpcId,
  main: Associations.some(({ Main }) => Main === true),
  subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
  toInternet: Routes.some(({ GatewayId, State }) => GatewayId?.startsWith("igw-") === true && State !== "blackhole")
})

/** The route tables of VPCs, by describes alone. Fails with the reason, in a sentence. */
export const routeTables = Effect.fnUntraced(function*(
  settings: Pick<AwsEc2.AwsSettings, "endpoint" | "profile" | "region">,
  vpcs: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<RouteTable>, string, Scope.Scope> {
  if (vpcs.length === 0) return []
  const { calls } = yield* Effect.mapError(AwsEc2.make({ ...settings, account: "none" }), ({ message }) => message)
  const found: Array<RouteTable> = []
  let next: string | undefined
  do {
    const NextToken = next
    const page = yield* Effect.mapError(
      calls.cluster("DescribeRouteTables", {}, (client, options) =>
        client.send(new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [...vpcs] }], MaxResults: 100, ...(NextToken === undefined ? {} : { NextToken }) }), options)),
      ofEc2
    )
    found.push(...(page.RouteTables ?? []).map(tableOf))
    next = page.NextToken
  } while (next !== undefined && next !== "")
  return found
})
