import { DescribeSecurityGroupsCommand, type IpPermission, type SecurityGroup } from "@aws-sdk/client-ec2"
import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, type Scope } from "effect"
import type { Ec2Reads } from "./Ec2Live.js"
import type { SeenRule, SeenSecurityGroup } from "./Ec2Seen.js"

const ruleOf = ({ FromPort, IpProtocol, IpRanges, Ipv6Ranges, PrefixListIds, ToPort, UserIdGroupPairs }: IpPermission): SeenRule => ({
  protocol: IpProtocol ?? "-1",
  ...(FromPort === undefined ? {} : { fromPort: FromPort }),
  ...(ToPort === undefined ? {} : { toPort: ToPort }),
  cidrs: [...(IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []), ...(Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? [])],
  groups: (UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId === undefined ? [] : [GroupId as SecurityGroupId]),
  prefixLists: (PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? [])
})

const groupOf = ({ GroupId, GroupName, IpPermissions, IpPermissionsEgress, VpcId }: SecurityGroup): SeenSecurityGroup => ({
  groupId: (GroupId ?? "") as SecurityGroupId,
  name: GroupName ?? "",
  vpcId: VpcId ?? "",
  ingress: (IpPermissions ?? []).map(ruleOf),
  egress: (IpPermissionsEgress ?? []).map(ruleOf)
})

/** Source: Amazon EC2 API Reference, "Filter": a filter has 200 values at most. */
const most = 200

/** EC2's describes of the AWS SDK. Fails where there is no Region; a call fails by itself. Asks STS for nothing. */
export const awsReads = Effect.fnUntraced(function*(
  settings: Pick<AwsEc2.AwsSettings, "endpoint" | "profile" | "region">
): Effect.fn.Return<{ readonly reads: Ec2Reads; readonly region: string }, AwsEc2.AccessError, Scope.Scope> {
  // The account is of interest to whoever makes something.
  const { calls, port, region } = yield* AwsEc2.make({ ...settings, account: "none" })
  const pageOf = (ids: ReadonlyArray<SecurityGroupId>, NextToken: string | undefined) =>
    calls.cluster("DescribeSecurityGroups", {}, (client, options) =>
      client.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-id", Values: [...ids] }], MaxResults: 1_000, ...(NextToken === undefined ? {} : { NextToken }) }), options))
  const some = Effect.fnUntraced(function*(ids: ReadonlyArray<SecurityGroupId>): Effect.fn.Return<ReadonlyArray<SeenSecurityGroup>, Ec2Error> {
    const found: Array<SeenSecurityGroup> = []
    let next: string | undefined
    do {
      const page = yield* pageOf(ids, next)
      found.push(...(page.SecurityGroups ?? []).map(groupOf))
      next = page.NextToken
    } while (next !== undefined && next !== "")
    return found
  })
  const { describeInstances, describeInterfaces, describeSubnets } = port
  return {
    region,
    reads: {
      describeInstances,
      describeInterfaces,
      describeSubnets,
      describeSecurityGroups: (ids) =>
        Effect.map(
          Effect.forEach(Array.from({ length: Math.ceil(ids.length / most) }, (_, at) => ids.slice(at * most, (at + 1) * most)), some),
          (found) => found.flat()
        )
    }
  }
})
