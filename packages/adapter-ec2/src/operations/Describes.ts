import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, type Filter } from "@aws-sdk/client-ec2"
import type { Ec2, InterfaceFilter } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Calls } from "./Calls.js"
import { allPages, chunksOf } from "./Paging.js"
import { instanceOf, interfaceOf, subnetOf } from "./Shapes.js"

/** Source: Amazon EC2 API Reference: a page of DescribeNetworkInterfaces and DescribeInstances holds 1,000 at most. */
const pageSize = 1_000

const filter = (name: string, values: ReadonlyArray<string>): Filter => ({ Name: name, Values: [...values] })

const tagFilters = ({ status, tags = {}, vpcId }: InterfaceFilter): ReadonlyArray<Filter> => [
  ...(status === undefined ? [] : [filter("status", [status])]),
  ...(vpcId === undefined ? [] : [filter("vpc-id", [vpcId])]),
  ...Object.entries(tags).map(([key, values]) => filter(`tag:${key}`, values.map(escaped)))
]

/** `*` and `?` stand for others in a filter's value; the port knows a `*` at the end alone. Source: Amazon EC2 User Guide, "Filter your resources". */
const escaped = (value: string): string => {
  const isPrefix = value.endsWith("*")
  return (isPrefix ? value.slice(0, -1) : value).replace(/[\\*?]/g, "\\$&") + (isPrefix ? "*" : "")
}

/** Lists of ids fail as a whole where one is missing; filters leave it out, as the port does. */
export const describes = ({ cluster }: Calls): Pick<Ec2["Service"], "describeInstances" | "describeInterfaces" | "describeSubnets"> => {
  const interfaces = (filters: ReadonlyArray<Filter>) =>
    allPages((NextToken) =>
      Effect.map(
        cluster("DescribeNetworkInterfaces", {}, (client, options) => client.send(new DescribeNetworkInterfacesCommand({ Filters: [...filters], MaxResults: pageSize, NextToken }), options)),
        (page) => ({ rows: (page.NetworkInterfaces ?? []).map(interfaceOf), next: page.NextToken })
      ))
  return {
    describeInstances: (instanceIds) =>
      Effect.map(
        Effect.forEach(chunksOf([...new Set(instanceIds)]), (some) =>
          allPages((NextToken) =>
            Effect.map(
              cluster("DescribeInstances", {}, (client, options) => client.send(new DescribeInstancesCommand({ Filters: [filter("instance-id", some)], MaxResults: pageSize, NextToken }), options)),
              (page) => ({ rows: (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(instanceOf)), next: page.NextToken })
            ))),
        (chunks) => chunks.flat()
      ),
    describeInterfaces: (asked) => {
      const { eniIds } = asked
      if (eniIds === undefined) return interfaces(tagFilters(asked))
      return Effect.map(
        Effect.forEach(chunksOf([...new Set(eniIds)]), (some) => interfaces([filter("network-interface-id", some), ...tagFilters(asked)])),
        (chunks) => chunks.flat()
      )
    },
    describeSubnets: (subnetIds) =>
      subnetIds.length === 0
        ? Effect.succeed([])
        : Effect.map(
          cluster("DescribeSubnets", { id: subnetIds[0] }, (client, options) => client.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnetIds)] }), options)),
          ({ Subnets = [] }) => Subnets.map(subnetOf)
        )
  }
}
