import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { addGroup, deleteGroup } from "../../ec2/Groups.js"
import { notFound, rejected, vpcNotFound } from "../../ec2/Refusal.js"
import type { GroupRecord } from "../../ec2/World.js"
import { type Action, action } from "../Action.js"
import { arnOf, existing, made } from "../Asking.js"
import { describing } from "../Describing.js"
import { required, requiredId } from "../Parameters.js"
import { tagsFor } from "../Tagging.js"
import { tagSet } from "../views/Parts.js"

type Row = GroupRecord & { readonly groupId: SecurityGroupId }

const describe = describing<Row, SecurityGroupId>("DescribeSecurityGroups", {
  ids: { name: "GroupId", prefix: "sg", of: ({ groupId }) => groupId, missing: (groupId) => notFound("security group", groupId) },
  size: { least: 5, most: 1_000 },
  rows: ({ calling: { world: { groups } } }, asked) =>
    [...groups].map(([groupId, group]) => ({ groupId, ...group })).filter(({ groupId }) => asked.length === 0 || asked.includes(groupId)),
  filters: ({ calling }) => ({
    "group-id": ({ groupId }) => [groupId],
    "group-name": ({ name }) => [name],
    "description": ({ description }) => [description],
    "vpc-id": ({ vpcId }) => [vpcId],
    "owner-id": () => [calling.world.settings.account]
  }),
  tags: ({ groupId }, { tags }) => tags.get(groupId) ?? {},
  set: "securityGroupInfo",
  // Rules are not kept.
  show: (rows, { calling }) =>
    rows.map(({ description, groupId, name, vpcId }) => ({
      groupId,
      groupName: name,
      groupDescription: description,
      ownerId: calling.world.settings.account,
      vpcId,
      securityGroupArn: arnOf(calling, "security-group", groupId),
      ipPermissions: [],
      ipPermissionsEgress: [],
      tagSet: tagSet(calling.tags.get(groupId) ?? {})
    }))
})

const create = action("CreateSecurityGroup", {
  takes: ["GroupName", "GroupDescription", "VpcId", "TagSpecification"],
  resources: (given, calling) => [...made(calling, "CreateSecurityGroup", "security-group", given), existing(calling, "vpc", given.text("VpcId") ?? "")],
  read: (given) =>
    Result.all({
      name: required(given, "GroupName"),
      description: required(given, "GroupDescription"),
      vpcId: requiredId<string>(given, "VpcId", "vpc"),
      tags: tagsFor(given, "security-group")
    }),
  effect: ({ tags, ...group }, calling) => {
    const { groups, ids, vpcs } = calling.world
    if (!vpcs.has(group.vpcId)) return Result.fail(vpcNotFound(group.vpcId))
    if (group.name === "default") return Result.fail(rejected("Cannot use reserved security group name: default", "InvalidGroup.Reserved"))
    for (const { name, vpcId } of groups.values()) {
      if (name === group.name && vpcId === group.vpcId) {
        return Result.fail(rejected(`The security group '${name}' already exists for VPC '${vpcId}'`, "InvalidGroup.Duplicate"))
      }
    }
    const groupId = ids.group()
    addGroup(calling.world, groupId, group)
    calling.tags.set(groupId, tags)
    return Result.succeed({ groupId, tags })
  },
  summary: ({ groupId }) => groupId,
  answer: ({ groupId, tags }, calling) => ({ return: true, groupId, tagSet: tagSet(tags), securityGroupArn: arnOf(calling, "security-group", groupId) })
})

const remove = action("DeleteSecurityGroup", {
  takes: ["GroupId"],
  resources: (given, calling) => [existing(calling, "security-group", given.text("GroupId") ?? "")],
  read: (given) => requiredId<SecurityGroupId>(given, "GroupId", "sg"),
  effect: (groupId, { world }) => deleteGroup(world, groupId),
  answer: (_, __, groupId) => ({ return: true, groupId })
})

export const groupActions: ReadonlyArray<Action> = [describe, create, remove]
