import type { InstanceId } from "@branchline/core/model/Ids"
import type { Instance, InterfaceFilter, NetworkInterface, Subnet } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { notFound, type Refusal } from "./Refusal.js"
import { instanceView, subnetView, type World } from "./World.js"

/** Interfaces on one page of a describe (contract §6). */
export const pageSize = 1_000

const matches = (pattern: string, value: string): boolean =>
  pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern

const passes = (filter: InterfaceFilter, found: NetworkInterface): boolean =>
  (filter.status === undefined || filter.status === found.status) &&
  (filter.vpcId === undefined || filter.vpcId === found.vpcId) &&
  Object.entries(filter.tags ?? {}).every(([key, patterns]) => {
    const value = Object.hasOwn(found.tags, key) ? found.tags[key] : undefined
    return value !== undefined && patterns.some((pattern) => matches(pattern, value))
  })

/** The interfaces that the filter lets through, as they were at `time`. */
export const findInterfaces = (world: World, filter: InterfaceFilter, time: number): ReadonlyArray<NetworkInterface> => {
  const candidates = filter.eniIds === undefined
    ? world.interfaces.allAt(time)
    : [...new Set(filter.eniIds)].map((eniId) => world.interfaces.at(eniId, time)).filter((found) => found !== undefined)
  return candidates.filter((found) => passes(filter, found))
}

/** Those of the instances that there were at `time`. */
export const findInstances = (world: World, instanceIds: ReadonlyArray<InstanceId>, time: number): ReadonlyArray<Instance> =>
  [...new Set(instanceIds)].flatMap((instanceId) => {
    const instance = world.instances.at(instanceId, time)
    return instance === undefined ? [] : [instanceView(world, instance, time)]
  })

/** All of the subnets, or the first that there is not. */
export const findSubnets = (
  world: World,
  subnetIds: ReadonlyArray<string>
): Result.Result<ReadonlyArray<Subnet>, Refusal> => {
  const found: Array<Subnet> = []
  for (const subnetId of new Set(subnetIds)) {
    const subnet = world.subnets.get(subnetId)
    if (subnet === undefined) return Result.fail(notFound("subnet", subnetId))
    found.push(subnetView(subnet))
  }
  return Result.succeed(found)
}
