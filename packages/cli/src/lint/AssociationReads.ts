import { DescribeSecurityGroupVpcAssociationsCommand } from "@aws-sdk/client-ec2"
import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import { ofEc2 } from "@branchline/core/controller/Texts"
import { Effect, type Scope } from "effect"

/** Of these groups those that are associated with a VPC besides their own, by describes alone. Fails with the reason, in a sentence. */
export const associatedWith = Effect.fnUntraced(function*(
  settings: Pick<AwsEc2.AwsSettings, "endpoint" | "profile" | "region">,
  vpc: string,
  groupIds: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<string>, string, Scope.Scope> {
  const { calls } = yield* Effect.mapError(AwsEc2.make({ ...settings, account: "none" }), ({ message }) => message)
  const found: Array<string> = []
  let next: string | undefined
  do {
    const NextToken = next
    const page = yield* Effect.mapError(
      calls.cluster("DescribeSecurityGroupVpcAssociations", {}, (client, options) =>
        client.send(
          new DescribeSecurityGroupVpcAssociationsCommand({
            Filters: [{ Name: "group-id", Values: [...groupIds] }, { Name: "vpc-id", Values: [vpc] }],
            MaxResults: 1_000,
            ...(NextToken === undefined ? {} : { NextToken })
          }),
          options
        )),
      ofEc2
    )
    found.push(...(page.SecurityGroupVpcAssociations ?? []).flatMap(({ GroupId, State }) => GroupId !== undefined && State === "associated" ? [GroupId] : []))
    next = page.NextToken
  } while (next !== undefined && next !== "")
  return found
})
