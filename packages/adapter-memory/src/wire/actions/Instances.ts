import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { type LimitsTable, limitsOf } from "@branchline/core/limits/Limits"
import { Result } from "effect"
import { launch, terminate } from "../../ec2/Instances.js"
import { notFound, rejected } from "../../ec2/Refusal.js"
import type { InstanceRecord } from "../../ec2/World.js"
import { type Action, action, type Calling, ids, required, requiredId, whole } from "../Action.js"
import { arnOf, existing, requestTags, tagsAsked } from "../Asking.js"
import { type Filterable, filtered, readFilters } from "../Filters.js"
import { instanceFields, zoneOf } from "../Views.js"

const filters = ({ world }: Calling): Filterable<InstanceRecord> => ({
  "instance-id": ({ instanceId }) => [instanceId],
  "instance-type": ({ instanceType }) => [instanceType],
  "instance-state-name": ({ state }) => [state],
  "vpc-id": ({ vpcId }) => [vpcId],
  "subnet-id": ({ subnetId }) => [subnetId],
  "availability-zone": ({ subnetId }) => [zoneOf(world, subnetId)],
  "network-interface.network-interface-id": ({ attachments }) => attachments.map(({ eniId }) => eniId)
})

const reservation = (instances: ReadonlyArray<InstanceRecord>, calling: Calling, time: number, now: number) => ({
  reservationId: `r-${instances[0]?.instanceId.slice(2) ?? ""}`,
  ownerId: calling.world.settings.account,
  groupSet: [],
  instancesSet: instances.map((instance) => instanceFields(instance, calling, time, now))
})

const describe = action("DescribeInstances", {
  read: (given) =>
    Result.all({
      asked: ids<InstanceId>(given, "InstanceId", "i"),
      filters: readFilters(given),
      size: Result.map(whole(given, "MaxResults"), (size = 1_000) => size),
      token: Result.succeed(given.text("NextToken"))
    }),
  effect: ({ asked, filters: conditions, size, token }, calling, now) => {
    const time = calling.endpoint.lookBack(now)
    return Result.map(
      calling.pages.page({ size, token }, () => {
        const { instances } = calling.world
        const rows = asked.length === 0 ? instances.allAt(time) : asked.flatMap((instanceId) => instances.at(instanceId, time) ?? [])
        const absent = asked.find((instanceId) => !rows.some((row) => row.instanceId === instanceId))
        if (absent !== undefined) return Result.fail(notFound("instance", absent))
        return filtered(rows, conditions, filters(calling), ({ instanceId }) => calling.tags.get(instanceId) ?? {})
      }),
      (page) => ({ ...page, time, now })
    )
  },
  summary: ({ rows }) => `${rows.length} instances`,
  answer: ({ next, now, rows, time }, calling) => ({ reservationSet: rows.map((row) => reservation([row], calling, time, now)), nextToken: next })
})

const run = action("RunInstances", {
  resources: (given, calling) => [
    { arn: arnOf(calling, "instance", "*"), context: requestTags(tagsAsked(given)) },
    existing(calling, "subnet", given.text("SubnetId") ?? "")
  ],
  read: (given) =>
    Result.all({
      type: Result.map(required(given, "InstanceType"), (type) => type),
      subnetId: requiredId<string>(given, "SubnetId", "subnet"),
      groups: ids<SecurityGroupId>(given, "SecurityGroupId", "sg"),
      count: Result.map(whole(given, "MaxCount"), (count = 1) => Math.max(1, count)),
      tags: Result.succeed(tagsAsked(given))
    }),
  effect: ({ count, tags, ...wanted }, calling, now) =>
    Result.map(
      Result.all(Array.from({ length: count }, () =>
        Result.map(launch(calling.world, wanted, now), (instanceId) => {
          if (Object.keys(tags).length > 0) calling.tags.set(instanceId, tags)
          return instanceId
        }))),
      (instanceIds) => ({ instances: instanceIds.flatMap((instanceId) => calling.world.instances.current.get(instanceId) ?? []), now })
    ),
  summary: ({ instances }) => `${instances.length} instances`,
  answer: ({ instances, now }, calling) => reservation(instances, calling, now, now)
})

const end = action("TerminateInstances", {
  resources: (given, calling) => given.list("InstanceId").map((instanceId) => existing(calling, "instance", instanceId)),
  read: (given) => ids<InstanceId>(given, "InstanceId", "i"),
  effect: (instanceIds, { world }, now) => {
    const absent = instanceIds.find((instanceId) => !world.instances.current.has(instanceId))
    if (absent !== undefined) return Result.fail(notFound("instance", absent))
    return Result.map(Result.all(instanceIds.map((instanceId) => terminate(world, instanceId, now))), () => instanceIds)
  },
  answer: (instanceIds) => ({
    instancesSet: instanceIds.map((instanceId) => ({
      instanceId,
      currentState: { code: 48, name: "terminated" },
      previousState: { code: 16, name: "running" }
    }))
  })
})

const typeFields = (limits: LimitsTable, type: string) => {
  const found = limitsOf(limits, type)
  if (Result.isFailure(found)) return undefined
  const { defaultNetworkCard, hypervisor, interfaces, ipv4PerInterface, networkCards } = found.success
  return {
    instanceType: type,
    currentGeneration: true,
    hypervisor: hypervisor === "" ? undefined : hypervisor,
    bareMetal: hypervisor === "",
    networkInfo: {
      maximumNetworkInterfaces: interfaces,
      maximumNetworkCards: networkCards.length,
      defaultNetworkCardIndex: defaultNetworkCard,
      networkCards: networkCards.map((card) => ({ networkCardIndex: card.index, maximumNetworkInterfaces: card.interfaces })),
      ipv4AddressesPerInterface: ipv4PerInterface,
      ipv6AddressesPerInterface: ipv4PerInterface,
      ipv6Supported: true
    }
  }
}

/** Says nothing of trunks: neither does EC2's. */
const describeTypes = action("DescribeInstanceTypes", {
  read: (given) =>
    Result.all({
      asked: Result.succeed(given.list("InstanceType")),
      size: Result.map(whole(given, "MaxResults"), (size = 100) => size),
      token: Result.succeed(given.text("NextToken"))
    }),
  effect: ({ asked, size, token }, { pages, world }) =>
    pages.page({ size, token }, () => {
      const { limits } = world.settings
      const unknown = asked.find((type) => Result.isFailure(limitsOf(limits, type)))
      if (unknown !== undefined) return Result.fail(rejected(`The following supplied instance types do not exist: [${unknown}]`, "InvalidInstanceType"))
      return Result.succeed(asked.length > 0 ? asked : [...limits.keys()])
    }),
  summary: ({ rows }) => `${rows.length} types`,
  answer: ({ next, rows }, { world }) => ({ instanceTypeSet: rows.flatMap((type) => typeFields(world.settings.limits, type) ?? []), nextToken: next })
})

export const instanceActions: ReadonlyArray<Action> = [describe, run, end, describeTypes]
