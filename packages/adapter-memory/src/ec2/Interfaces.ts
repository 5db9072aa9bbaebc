import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { NetworkInterface, NewInterface, Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { endAssociation, endAssociationsOf } from "./Associations.js"
import type { Parameters } from "./CallLog.js"
import { inUse, limitReached, notFound, type Refusal, rejected, subnetFull, tooManyGroups } from "./Refusal.js"
import type { World } from "./World.js"

/** `CreateNetworkInterface` without its token, by EC2's parameter names. */
export const createParameters = (type: "trunk" | "interface", wanted: NewInterface): Parameters => ({
  InterfaceType: type,
  SubnetId: wanted.subnetId,
  Groups: wanted.groups,
  Description: wanted.description,
  TagSpecifications: tagList(wanted.tags)
})

/** Tags as `key=value`, sorted: their order means nothing. */
export const tagList = (tags: Tags): ReadonlyArray<string> => Object.entries(tags).map(([key, value]) => `${key}=${value}`).toSorted()

const groupsProblem = (world: World, groups: ReadonlyArray<SecurityGroupId>, vpcId: string): Refusal | undefined => {
  if (world.settings.anyGroup) for (const group of groups) if (!world.groups.has(group)) world.groups.set(group, vpcId)
  const unknown = groups.find((group) => world.groups.get(group) !== vpcId)
  if (unknown !== undefined) return notFound("security group", unknown)
  return groups.length > world.settings.groupsPerInterface ? tooManyGroups(world.settings.groupsPerInterface) : undefined
}

/** Makes an interface; one that names no group gets the default group of its VPC. */
export const createInterface = (
  world: World,
  type: "trunk" | "interface",
  wanted: Omit<NewInterface, "clientToken">,
  now: number
): Result.Result<NetworkInterface, Refusal> => {
  const subnet = world.subnets.get(wanted.subnetId)
  if (subnet === undefined) return Result.fail(notFound("subnet", wanted.subnetId))
  const defaultGroup = world.vpcs.get(subnet.vpcId)
  const groups = wanted.groups.length === 0 && defaultGroup !== undefined ? [defaultGroup] : [...new Set(wanted.groups)]
  const problem = groupsProblem(world, groups, subnet.vpcId)
  if (problem !== undefined) return Result.fail(problem)
  if (world.interfaces.current.size >= world.settings.interfacesPerRegion) {
    return Result.fail(limitReached("NetworkInterfaceLimitExceeded", "You have reached the limit of network interfaces in this Region."))
  }
  const privateIp = subnet.addresses === undefined ? "" : subnet.addresses.take()
  if (privateIp === undefined) return Result.fail(subnetFull(subnet.subnetId))
  const created: NetworkInterface = {
    eniId: world.ids.interface(),
    type,
    status: "available",
    macAddress: world.ids.mac(),
    privateIp,
    ipv6Address: subnet.nextIpv6?.() ?? "",
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    groups,
    description: wanted.description,
    tags: { ...wanted.tags }
  }
  world.interfaces.set(created.eniId, created, now)
  return Result.succeed(created)
}

/** Gives the controller's own account the right to attach the interface. */
export const permitAttachment = (world: World, eniId: EniId): Result.Result<void, Refusal> => {
  if (!world.interfaces.current.has(eniId)) return Result.fail(notFound("interface", eniId))
  world.permitted.add(eniId)
  return Result.void
}

/** Deletes an interface that hangs on no instance; associations of it end too (contract §6). */
export const deleteInterface = (world: World, eniId: EniId, now: number): Result.Result<void, Refusal> => {
  const found = world.interfaces.current.get(eniId)
  if (found === undefined) return Result.fail(notFound("interface", eniId))
  if (world.placedOn.has(eniId)) return Result.fail(inUse(eniId))
  const associationId = world.associationByBranch.get(eniId)
  if (associationId !== undefined) endAssociation(world, associationId, now)
  endAssociationsOf(world, eniId, now)
  world.permitted.delete(eniId)
  world.subnets.get(found.subnetId)?.addresses?.release(found.privateIp)
  world.interfaces.delete(eniId, now)
  return Result.void
}

/** As {@link deleteInterface}, asked for over the API: associations that it ends are observed. */
export const deleteObserved = (world: World, eniId: EniId, now: number): Result.Result<void, Refusal> => {
  const association = world.associationByBranch.get(eniId)
  const branches = world.vlans.get(eniId)?.size ?? 0
  return Result.map(deleteInterface(world, eniId, now), () => {
    if (association !== undefined) {
      world.observations.push({ at: now, kind: "associated-branch-deleted", subject: eniId, detail: `ended ${association}` })
    }
    if (branches > 0) {
      world.observations.push({ at: now, kind: "trunk-with-branches-deleted", subject: eniId, detail: `ended ${branches} associations` })
    }
  })
}

/** Replaces the groups of an interface. */
export const setGroups = (
  world: World,
  eniId: EniId,
  groups: ReadonlyArray<SecurityGroupId>,
  now: number
): Result.Result<void, Refusal> => {
  const found = world.interfaces.current.get(eniId)
  if (found === undefined) return Result.fail(notFound("interface", eniId))
  if (groups.length === 0) return Result.fail(rejected("At least one security group is needed.", "MissingParameter"))
  const problem = groupsProblem(world, groups, found.vpcId)
  if (problem !== undefined) return Result.fail(problem)
  world.interfaces.set(eniId, { ...found, groups: [...new Set(groups)] }, now)
  return Result.void
}

/** EC2's limit. Source: Amazon EC2 User Guide, "Tag restrictions". */
const maxTags = 50

/** Adds tags to an interface, replacing values of the same key. */
export const tagInterface = (world: World, eniId: EniId, tags: Tags, now: number): Result.Result<void, Refusal> => {
  const found = world.interfaces.current.get(eniId)
  if (found === undefined) return Result.fail(notFound("interface", eniId))
  const merged = { ...found.tags, ...tags }
  if (Object.keys(merged).length > maxTags) {
    return Result.fail(rejected(`A resource has at most ${maxTags} tags.`, "TagLimitExceeded"))
  }
  world.interfaces.set(eniId, { ...found, tags: merged }, now)
  return Result.void
}
