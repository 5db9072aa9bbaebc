import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { NetworkInterface, NewInterface, Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { endAssociation, endAssociationsOf } from "./Associations.js"
import type { Parameters } from "./CallLog.js"
import { addGroup } from "./Groups.js"
import { inUse, limitReached, notFound, type Refusal, rejected, subnetFull, tooManyGroups } from "./Refusal.js"
import type { SubnetRecord, World } from "./World.js"

/** An interface as `CreateNetworkInterface` asks for it. */
export interface WantedInterface extends Omit<NewInterface, "clientToken"> {
  /** Where absent, EC2 chooses. */
  readonly privateIp?: string | undefined
  /** IPv6 addresses, 0 or 1; where absent, as the subnet says. */
  readonly ipv6Count?: number | undefined
}

/** `CreateNetworkInterface` without its token, by EC2's parameter names. */
export const createParameters = (type: "trunk" | "interface", wanted: WantedInterface): Parameters => ({
  InterfaceType: type,
  SubnetId: wanted.subnetId,
  Groups: wanted.groups,
  Description: wanted.description,
  TagSpecifications: tagList(wanted.tags),
  ...(wanted.privateIp === undefined ? {} : { PrivateIpAddress: wanted.privateIp }),
  ...(wanted.ipv6Count === undefined ? {} : { Ipv6AddressCount: wanted.ipv6Count })
})

/** Tags as `key=value`, sorted: their order means nothing. */
export const tagList = (tags: Tags): ReadonlyArray<string> => Object.entries(tags).map(([key, value]) => `${key}=${value}`).toSorted()

const groupsProblem = (world: World, groups: ReadonlyArray<SecurityGroupId>, vpcId: string): Refusal | undefined => {
  if (world.settings.anyGroup) for (const group of groups) if (!world.groups.has(group)) addGroup(world, group, { vpcId })
  const unknown = groups.find((group) => world.groups.get(group)?.vpcId !== vpcId)
  if (unknown !== undefined) return notFound("security group", unknown)
  return groups.length > world.settings.groupsPerInterface ? tooManyGroups(world.settings.groupsPerInterface) : undefined
}

/** The addresses of a new interface; messages as EC2 words them. */
const addressesFor = (subnet: SubnetRecord, { ipv6Count, privateIp }: WantedInterface): Result.Result<Pick<NetworkInterface, "privateIp" | "ipv6Address">, Refusal> => {
  const { addresses, assignsIpv6, nextIpv6, subnetId } = subnet
  const count = ipv6Count ?? (assignsIpv6 ? 1 : 0)
  if (count > 0 && nextIpv6 === undefined) return Result.fail(rejected(`The subnet '${subnetId}' has no IPv6 CIDR block.`))
  if (privateIp !== undefined) {
    const taken = addresses?.takeOne(privateIp) ?? "outside"
    if (taken === "outside") return Result.fail(rejected("Address does not fall within the subnet's address range"))
    if (taken === "in use") return Result.fail(rejected("The specified address is already in use.", "InvalidIPAddress.InUse"))
  }
  const given = privateIp ?? (addresses === undefined ? "" : addresses.take())
  if (given === undefined) return Result.fail(subnetFull(subnetId))
  return Result.succeed({ privateIp: given, ipv6Address: count > 0 ? nextIpv6?.() ?? "" : "" })
}

/** Makes an interface; one that names no group gets the default group of its VPC. */
export const createInterface = (
  world: World,
  type: "trunk" | "interface",
  wanted: WantedInterface,
  now: number
): Result.Result<NetworkInterface, Refusal> => {
  const subnet = world.subnets.get(wanted.subnetId)
  if (subnet === undefined) return Result.fail(notFound("subnet", wanted.subnetId))
  const defaultGroup = world.vpcs.get(subnet.vpcId)?.defaultGroup
  const groups = wanted.groups.length === 0 && defaultGroup !== undefined ? [defaultGroup] : [...new Set(wanted.groups)]
  const problem = groupsProblem(world, groups, subnet.vpcId)
  if (problem !== undefined) return Result.fail(problem)
  if (world.interfaces.current.size >= world.settings.interfacesPerRegion) {
    return Result.fail(limitReached("NetworkInterfaceLimitExceeded", "You have reached the limit of network interfaces in this Region."))
  }
  const addresses = addressesFor(subnet, wanted)
  if (Result.isFailure(addresses)) return Result.fail(addresses.failure)
  const created: NetworkInterface = {
    eniId: world.ids.interface(),
    type,
    status: "available",
    macAddress: world.ids.mac(),
    ...addresses.success,
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    groups,
    description: wanted.description,
    tags: { ...wanted.tags }
  }
  world.interfaces.set(created.eniId, created, now)
  return Result.succeed(created)
}

/** Deletes an interface that hangs on no instance; associations of it end too (contract §6). */
export const deleteInterface = (world: World, eniId: EniId, now: number): Result.Result<void, Refusal> => {
  const found = world.interfaces.current.get(eniId)
  if (found === undefined) return Result.fail(notFound("interface", eniId))
  if (world.placedOn.has(eniId)) return Result.fail(inUse(eniId))
  const associationId = world.associationByBranch.get(eniId)
  if (associationId !== undefined) endAssociation(world, associationId, now)
  endAssociationsOf(world, eniId, now)
  world.permissions.delete(eniId)
  world.unchecked.delete(eniId)
  world.releasedAt.delete(eniId)
  world.subnets.get(found.subnetId)?.addresses?.release(found.privateIp)
  world.interfaces.delete(eniId, now)
  return Result.void
}

/** As {@link deleteInterface}, asked for over the API: associations that it ends are observed. */
export const deleteObserved = (world: World, eniId: EniId, now: number): Result.Result<void, Refusal> => {
  const releasedAt = world.releasedAt.get(eniId)
  if (releasedAt !== undefined && now - releasedAt < world.settings.releaseDelay) return Result.fail(inUse(eniId))
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

/** Of one resource. Source: Amazon EC2 User Guide, "Tag restrictions". */
export const maxTags = 50

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
