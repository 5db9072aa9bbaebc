import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { notFound, rejected } from "../../ec2/Refusal.js"
import { makeNewSubnet } from "../../ec2/Subnets.js"
import type { SubnetRecord } from "../../ec2/World.js"
import { type Action, action, type Calling, ids, required, whole } from "../Action.js"
import { arnOf } from "../Asking.js"
import type { Fields } from "../Document.js"
import { filtered, readFilters } from "../Filters.js"
import type { Form } from "../Form.js"
import { tagSet } from "../Views.js"

const paged = (given: Form) => ({
  filters: readFilters(given),
  size: Result.map(whole(given, "MaxResults"), (size = 1_000) => size),
  token: Result.succeed(given.text("NextToken"))
})

const subnetFields = (subnet: SubnetRecord, calling: Calling): Fields => ({
  subnetId: subnet.subnetId,
  subnetArn: arnOf(calling, "subnet", subnet.subnetId),
  state: "available",
  vpcId: subnet.vpcId,
  ownerId: calling.world.settings.account,
  cidrBlock: subnet.cidr || undefined,
  ipv6CidrBlockAssociationSet: subnet.ipv6Cidr === ""
    ? []
    : [{ ipv6CidrBlock: subnet.ipv6Cidr, associationId: `subnet-cidr-assoc-${subnet.subnetId.slice("subnet-".length)}`, ipv6CidrBlockState: { state: "associated" } }],
  availableIpAddressCount: subnet.addresses?.free() ?? 0,
  availabilityZone: subnet.zone,
  defaultForAz: false,
  mapPublicIpOnLaunch: false,
  assignIpv6AddressOnCreation: subnet.nextIpv6 !== undefined,
  tagSet: tagSet(calling.tags.get(subnet.subnetId) ?? {})
})

const describeSubnets = action("DescribeSubnets", {
  read: (given) => Result.all({ asked: ids<string>(given, "SubnetId", "subnet"), ...paged(given) }),
  effect: ({ asked, filters, size, token }, { pages, tags, world }) =>
    pages.page({ size, token }, () => {
      const absent = asked.find((subnetId) => !world.subnets.has(subnetId))
      if (absent !== undefined) return Result.fail(notFound("subnet", absent))
      const rows = asked.length === 0 ? [...world.subnets.values()] : asked.flatMap((subnetId) => world.subnets.get(subnetId) ?? [])
      return filtered(rows, filters, {
        "subnet-id": ({ subnetId }) => [subnetId],
        "vpc-id": ({ vpcId }) => [vpcId],
        "availability-zone": ({ zone }) => [zone],
        "cidr-block": ({ cidr }) => [cidr],
        "state": () => ["available"]
      }, ({ subnetId }) => tags.get(subnetId) ?? {})
    }),
  summary: ({ rows }) => `${rows.length} subnets`,
  answer: ({ next, rows }, calling) => ({ subnetSet: rows.map((row) => subnetFields(row, calling)), nextToken: next })
})

const createSubnet = action("CreateSubnet", {
  read: (given) =>
    Result.all({
      vpcId: required(given, "VpcId"),
      cidr: Result.succeed(given.text("CidrBlock") ?? ""),
      ipv6Cidr: Result.succeed(given.text("Ipv6CidrBlock") ?? ""),
      zone: Result.succeed(given.text("AvailabilityZone"))
    }),
  effect: (wanted, { world }) =>
    Result.map(makeNewSubnet(world, wanted), (subnet) => {
      world.subnets.set(subnet.subnetId, subnet)
      return subnet
    }),
  summary: ({ subnetId }) => subnetId,
  answer: (subnet, calling) => ({ subnet: subnetFields(subnet, calling) })
})

const vpcFields = (vpcId: string, { tags, world }: Calling): Fields => ({
  vpcId,
  ownerId: world.settings.account,
  state: "available",
  isDefault: false,
  tagSet: tagSet(tags.get(vpcId) ?? {})
})

const createVpc = action("CreateVpc", {
  read: () => Result.void,
  effect: (_, { world }) => {
    const vpcId = world.ids.vpc()
    const group = world.ids.group()
    world.vpcs.set(vpcId, group)
    world.groups.set(group, vpcId)
    return Result.succeed(vpcId)
  },
  summary: (vpcId) => vpcId,
  answer: (vpcId, calling) => ({ vpc: vpcFields(vpcId, calling) })
})

const describeVpcs = action("DescribeVpcs", {
  read: (given) => Result.all({ asked: ids<string>(given, "VpcId", "vpc"), ...paged(given) }),
  effect: ({ asked, filters, size, token }, { pages, tags, world }) =>
    pages.page({ size, token }, () => {
      const absent = asked.find((vpcId) => !world.vpcs.has(vpcId))
      if (absent !== undefined) return Result.fail(rejected(`The vpc ID '${absent}' does not exist`, "InvalidVpcID.NotFound"))
      return filtered([...world.vpcs.keys()].filter((vpcId) => asked.length === 0 || asked.includes(vpcId)), filters, { "vpc-id": (vpcId) => [vpcId] }, (vpcId) => tags.get(vpcId) ?? {})
    }),
  answer: ({ next, rows }, calling) => ({ vpcSet: rows.map((vpcId) => vpcFields(vpcId, calling)), nextToken: next })
})

const createGroup = action("CreateSecurityGroup", {
  read: (given) => Result.all({ name: required(given, "GroupName"), vpcId: Result.succeed(given.text("VpcId")) }),
  effect: ({ vpcId }, { world }) => {
    const home = vpcId ?? world.vpcs.keys().next().value
    if (home === undefined || !world.vpcs.has(home)) return Result.fail(rejected(`The vpc ID '${vpcId ?? ""}' does not exist`, "InvalidVpcID.NotFound"))
    const groupId = world.ids.group()
    world.groups.set(groupId, home)
    return Result.succeed(groupId)
  },
  summary: (groupId) => groupId,
  answer: (groupId) => ({ return: true, groupId })
})

const deleteGroup = action("DeleteSecurityGroup", {
  read: (given) => required(given, "GroupId"),
  effect: (text, { world }) => {
    const groupId = text as SecurityGroupId
    if (!world.groups.has(groupId)) return Result.fail(notFound("security group", groupId))
    // Source: Amazon EC2 API Reference, DeleteSecurityGroup: a group that an interface has cannot be deleted.
    if ([...world.interfaces.current.values()].some(({ groups }) => groups.includes(groupId))) {
      return Result.fail(rejected(`resource ${groupId} has a dependent object`, "DependencyViolation"))
    }
    world.groups.delete(groupId)
    return Result.void
  },
  answer: (_, __, groupId) => ({ return: true, groupId })
})

const describeGroups = action("DescribeSecurityGroups", {
  read: (given) => Result.all({ asked: ids<SecurityGroupId>(given, "GroupId", "sg"), ...paged(given) }),
  effect: ({ asked, filters, size, token }, { pages, tags, world }) =>
    pages.page({ size, token }, () => {
      const absent = asked.find((groupId) => !world.groups.has(groupId))
      if (absent !== undefined) return Result.fail(notFound("security group", absent))
      return filtered([...world.groups].filter(([groupId]) => asked.length === 0 || asked.includes(groupId)), filters, {
        "group-id": ([groupId]) => [groupId],
        "vpc-id": ([, vpcId]) => [vpcId]
      }, ([groupId]) => tags.get(groupId) ?? {})
    }),
  answer: ({ next, rows }, { tags, world }) => ({
    securityGroupInfo: rows.map(([groupId, vpcId]) => ({
      groupId,
      groupName: groupId,
      groupDescription: "",
      ownerId: world.settings.account,
      vpcId,
      tagSet: tagSet(tags.get(groupId) ?? {})
    })),
    nextToken: next
  })
})

const zones = action("DescribeAvailabilityZones", {
  read: () => Result.void,
  effect: (_, { world }) => Result.succeed([...new Set([...world.subnets.values()].map(({ zone }) => zone))]),
  answer: (names, { region }) => ({ availabilityZoneInfo: names.map((zoneName) => ({ zoneName, zoneState: "available", regionName: region, zoneType: "availability-zone" })) })
})

const regions = action("DescribeRegions", {
  read: () => Result.void,
  effect: () => Result.void,
  answer: (_, { region }) => ({ regionInfo: [{ regionName: region, regionEndpoint: `ec2.${region}.amazonaws.com`, optInStatus: "opt-in-not-required" }] })
})

export const networkActions: ReadonlyArray<Action> = [describeSubnets, createSubnet, createVpc, describeVpcs, createGroup, deleteGroup, describeGroups, zones, regions]
