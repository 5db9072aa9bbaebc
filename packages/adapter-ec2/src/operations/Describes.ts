import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, type Filter } from "@aws-sdk/client-ec2"
import type { Ec2, InterfaceFilter } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Calls } from "./Calls.js"
import { held } from "./Empty.js"
import { allPages, callsFor, type Condition } from "./Paging.js"
import { instanceOf, inUseStatuses, interfaceOf, subnetOf } from "./Shapes.js"

/** Source: Amazon EC2 API Reference: a page of DescribeNetworkInterfaces and DescribeInstances holds 1,000 at most. */
const pageSize = 1_000

const condition = (name: string, values: ReadonlyArray<string>): Condition => ({ Name: name, Values: values })

/** `*` and `?` stand for others in a filter's value; the port knows a `*` at the end alone. Source: Amazon EC2 User Guide, "List and filter your resources". */
const escaped = (value: string): string => {
  const isPrefix = value.endsWith("*")
  return (isPrefix ? value.slice(0, -1) : value).replace(/[\\*?]/g, "\\$&") + (isPrefix ? "*" : "")
}

const conditionsOf = ({ eniIds, status, tags = {}, vpcId }: InterfaceFilter): ReadonlyArray<Condition> => [
  ...(eniIds === undefined ? [] : [condition("network-interface-id", eniIds)]),
  ...(status === undefined ? [] : [condition("status", status === "in-use" ? inUseStatuses : [status])]),
  ...(vpcId === undefined ? [] : [condition("vpc-id", [vpcId])]),
  ...Object.entries(tags).map(([key, values]) => condition(`tag:${key}`, values.map(escaped)))
]

const filtersOf = (conditions: ReadonlyArray<Condition>): Array<Filter> => conditions.map(({ Name, Values }) => ({ Name, Values: [...Values] }))

/** Wildcards of different calls may overlap. */
const once = <Row>(calls: ReadonlyArray<ReadonlyArray<Row>>, idOf: (row: Row) => string): ReadonlyArray<Row> =>
  calls.length === 1 ? calls.flat() : [...new Map(calls.flat().map((row) => [idOf(row), row])).values()]

/** Lists of ids fail as a whole where one is missing; filters leave it out, as the port does. */
export const describes = ({ cluster }: Calls): Pick<Ec2["Service"], "describeInstances" | "describeInterfaces" | "describeSubnets"> => {
  const instances = (Filters: Array<Filter>) =>
    allPages((NextToken) =>
      cluster("DescribeInstances", {}, (client, options) => client.send(new DescribeInstancesCommand({ Filters, MaxResults: pageSize, NextToken }), options)).pipe(
        Effect.flatMap(({ NextToken: next, Reservations }) => Effect.map(held("DescribeInstances", "reservationSet", Reservations), (found) => ({ found, next }))),
        Effect.map(({ found, next }) => ({ rows: found.flatMap(({ Instances = [] }) => Instances.map(instanceOf)), next }))
      ))
  const interfaces = (Filters: Array<Filter>) =>
    allPages((NextToken) =>
      cluster("DescribeNetworkInterfaces", {}, (client, options) => client.send(new DescribeNetworkInterfacesCommand({ Filters, MaxResults: pageSize, NextToken }), options)).pipe(
        Effect.flatMap(({ NetworkInterfaces, NextToken: next }) => Effect.map(held("DescribeNetworkInterfaces", "networkInterfaceSet", NetworkInterfaces), (found) => ({ found, next }))),
        Effect.map(({ found, next }) => ({ rows: found.map(interfaceOf), next }))
      ))
  return {
    describeInstances: (instanceIds) =>
      Effect.forEach(callsFor([condition("instance-id", instanceIds)]), (conditions) => instances(filtersOf(conditions))).pipe(
        Effect.map((calls) => calls.flat())
      ),
    describeInterfaces: (asked) =>
      Effect.forEach(callsFor(conditionsOf(asked)), (conditions) => interfaces(filtersOf(conditions))).pipe(
        Effect.map((calls) => once(calls, ({ eniId }) => eniId))
      ),
    describeSubnets: (subnetIds) =>
      subnetIds.length === 0
        ? Effect.succeed([])
        : cluster("DescribeSubnets", { id: subnetIds[0] }, (client, options) => client.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnetIds)] }), options)).pipe(
          Effect.flatMap(({ Subnets }) => held("DescribeSubnets", "subnetSet", Subnets)),
          Effect.map((found) => found.map(subnetOf))
        )
  }
}
