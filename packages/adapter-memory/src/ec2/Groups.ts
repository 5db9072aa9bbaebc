import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { notFound, type Refusal, rejected } from "./Refusal.js"
import type { GroupRecord, World } from "./World.js"

/** Adds a security group; it is called by its id where it has no name. */
export const addGroup = (world: World, groupId: SecurityGroupId, { description = "", name = groupId, vpcId }: { readonly vpcId: string } & Partial<GroupRecord>): void => {
  world.groups.set(groupId, { vpcId, name, description })
}

/** Adds a VPC with its default group. */
export const addVpc = (world: World, vpcId: string, cidr: string): void => {
  const defaultGroup = world.ids.group()
  world.vpcs.set(vpcId, { defaultGroup, cidr })
  addGroup(world, defaultGroup, { vpcId, name: "default", description: "default VPC security group" })
}

/** Deletes a security group that nothing has. */
export const deleteGroup = (world: World, groupId: SecurityGroupId): Result.Result<void, Refusal> => {
  const group = world.groups.get(groupId)
  if (group === undefined) return Result.fail(notFound("security group", groupId))
  // Source: Amazon EC2 API Reference, "Error codes", CannotDelete.
  if (world.vpcs.get(group.vpcId)?.defaultGroup === groupId) {
    return Result.fail(rejected(`the specified group: "${groupId}" name: "${group.name}" cannot be deleted by a user`, "CannotDelete"))
  }
  // Source: Amazon EC2 API Reference, DeleteSecurityGroup: a group that an interface has cannot be deleted.
  for (const { groups } of world.interfaces.current.values()) {
    if (groups.includes(groupId)) return Result.fail(rejected(`resource ${groupId} has a dependent object`, "DependencyViolation"))
  }
  world.groups.delete(groupId)
  return Result.void
}
