import { Result } from "effect"
import { IpNetwork } from "effect/net"
import { notFound, type Refusal, rejected, vpcNotFound } from "../../ec2/Refusal.js"
import { makeNewSubnet } from "../../ec2/Subnets.js"
import type { SubnetRecord, VpcRecord } from "../../ec2/World.js"
import { type Account, type Action, action } from "../Action.js"
import { arnOf, existing, made } from "../Asking.js"
import { describing } from "../Describing.js"
import type { Fields } from "../Document.js"
import { requiredId } from "../Parameters.js"
import { tagsFor } from "../Tagging.js"
import { tagSet } from "../views/Parts.js"

const subnetFields = (subnet: SubnetRecord, account: Account): Fields => ({
  subnetId: subnet.subnetId,
  subnetArn: arnOf(account, "subnet", subnet.subnetId),
  state: "available",
  vpcId: subnet.vpcId,
  ownerId: account.world.settings.account,
  cidrBlock: subnet.cidr || undefined,
  ipv6CidrBlockAssociationSet: subnet.ipv6Cidr === ""
    ? []
    : [{ ipv6CidrBlock: subnet.ipv6Cidr, associationId: subnet.subnetId.replace(/^subnet-/, "subnet-cidr-assoc-"), ipv6CidrBlockState: { state: "associated" } }],
  availableIpAddressCount: subnet.addresses?.free() ?? 0,
  availabilityZone: subnet.zone,
  defaultForAz: false,
  mapPublicIpOnLaunch: false,
  assignIpv6AddressOnCreation: subnet.assignsIpv6,
  ipv6Native: subnet.cidr === "",
  tagSet: tagSet(account.tags.get(subnet.subnetId) ?? {})
})

const describe = describing<SubnetRecord>("DescribeSubnets", {
  ids: { name: "SubnetId", prefix: "subnet", of: ({ subnetId }) => subnetId, missing: (subnetId) => notFound("subnet", subnetId) },
  size: { least: 5, most: 1_000 },
  rows: ({ calling: { world: { subnets } } }, asked) => asked.length === 0 ? [...subnets.values()] : asked.flatMap((subnetId) => subnets.get(subnetId) ?? []),
  filters: ({ calling }) => ({
    "subnet-id": ({ subnetId }) => [subnetId],
    "vpc-id": ({ vpcId }) => [vpcId],
    "availability-zone": ({ zone }) => [zone],
    "availabilityZone": ({ zone }) => [zone],
    "cidr-block": ({ cidr }) => [cidr],
    "cidr": ({ cidr }) => [cidr],
    "cidrBlock": ({ cidr }) => [cidr],
    "ipv6-cidr-block-association.ipv6-cidr-block": ({ ipv6Cidr }) => ipv6Cidr === "" ? [] : [ipv6Cidr],
    "available-ip-address-count": ({ addresses }) => [String(addresses?.free() ?? 0)],
    "default-for-az": () => ["false"],
    "owner-id": () => [calling.world.settings.account],
    "state": () => ["available"]
  }),
  tags: ({ subnetId }, { tags }) => tags.get(subnetId) ?? {},
  set: "subnetSet",
  show: (rows, { calling }) => rows.map((row) => subnetFields(row, calling))
})

const inVpc = ({ cidr: vpc }: VpcRecord, cidr: string): Refusal | undefined => {
  const networks = Result.all([IpNetwork.fromString(vpc), IpNetwork.fromString(cidr)])
  return Result.isSuccess(networks) && !IpNetwork.containsNetwork(networks.success[0], networks.success[1])
    ? rejected(`The CIDR '${cidr}' is invalid.`, "InvalidSubnet.Range")
    : undefined
}

const create = action("CreateSubnet", {
  takes: ["VpcId", "CidrBlock", "Ipv6CidrBlock", "AvailabilityZone", "TagSpecification"],
  resources: (given, calling) => [...made(calling, "CreateSubnet", "subnet", given), existing(calling, "vpc", given.text("VpcId") ?? "")],
  read: (given) =>
    Result.all({
      vpcId: requiredId<string>(given, "VpcId", "vpc"),
      cidr: Result.succeed(given.text("CidrBlock") ?? ""),
      ipv6Cidr: Result.succeed(given.text("Ipv6CidrBlock") ?? ""),
      zone: Result.succeed(given.text("AvailabilityZone")),
      tags: tagsFor(given, "subnet")
    }),
  effect: ({ tags, ...wanted }, calling) => {
    const { region, world } = calling
    const vpc = world.vpcs.get(wanted.vpcId)
    if (vpc === undefined) return Result.fail(vpcNotFound(wanted.vpcId))
    const misplaced = inVpc(vpc, wanted.cidr)
    if (misplaced !== undefined) return Result.fail(misplaced)
    // A new subnet assigns no IPv6 addresses by itself until ModifySubnetAttribute says so, which is not here: addSubnet of the control API can.
    return Result.map(makeNewSubnet(world, { ...wanted, zone: wanted.zone ?? `${region}a`, assignIpv6: false }), (subnet) => {
      world.subnets.set(subnet.subnetId, subnet)
      calling.tags.set(subnet.subnetId, tags)
      return subnet
    })
  },
  summary: ({ subnetId }) => subnetId,
  answer: (subnet, calling) => ({ subnet: subnetFields(subnet, calling) })
})

export const subnetActions: ReadonlyArray<Action> = [describe, create]
