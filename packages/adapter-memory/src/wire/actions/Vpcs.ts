import { Result } from "effect"
import { addVpc } from "../../ec2/Groups.js"
import { rejected, vpcNotFound } from "../../ec2/Refusal.js"
import type { VpcRecord } from "../../ec2/World.js"
import { type Account, type Action, action } from "../Action.js"
import { made } from "../Asking.js"
import { describing } from "../Describing.js"
import type { Fields } from "../Document.js"
import { required } from "../Parameters.js"
import { tagsFor } from "../Tagging.js"
import { tagSet } from "../views/Parts.js"

type Row = VpcRecord & { readonly vpcId: string }

const vpcFields = ({ cidr, vpcId }: Row, { tags, world }: Account): Fields => ({
  vpcId,
  ownerId: world.settings.account,
  state: "available",
  cidrBlock: cidr || undefined,
  cidrBlockAssociationSet: cidr === ""
    ? []
    : [{ associationId: vpcId.replace(/^vpc-/, "vpc-cidr-assoc-"), cidrBlock: cidr, cidrBlockState: { state: "associated" } }],
  instanceTenancy: "default",
  isDefault: false,
  tagSet: tagSet(tags.get(vpcId) ?? {})
})

const describe = describing<Row>("DescribeVpcs", {
  ids: { name: "VpcId", prefix: "vpc", of: ({ vpcId }) => vpcId, missing: vpcNotFound },
  size: { least: 5, most: 1_000 },
  rows: ({ calling: { world: { vpcs } } }, asked) => [...vpcs].map(([vpcId, vpc]) => ({ vpcId, ...vpc })).filter(({ vpcId }) => asked.length === 0 || asked.includes(vpcId)),
  filters: ({ calling }) => ({
    "vpc-id": ({ vpcId }) => [vpcId],
    "cidr": ({ cidr }) => [cidr],
    "cidr-block-association.cidr-block": ({ cidr }) => [cidr],
    "is-default": () => ["false"],
    "owner-id": () => [calling.world.settings.account],
    "state": () => ["available"]
  }),
  tags: ({ vpcId }, { tags }) => tags.get(vpcId) ?? {},
  set: "vpcSet",
  show: (rows, { calling }) => rows.map((row) => vpcFields(row, calling))
})

/** Source: Amazon EC2 API Reference, "Error codes", InvalidVpcRange: /16 to /28. */
const cidr = /^\d+\.\d+\.\d+\.\d+\/(?:1[6-9]|2[0-8])$/

const create = action("CreateVpc", {
  takes: ["CidrBlock", "TagSpecification"],
  ignores: ["InstanceTenancy"],
  resources: (given, calling) => made(calling, "CreateVpc", "vpc", given),
  read: (given) =>
    Result.all({
      cidr: Result.flatMap(required(given, "CidrBlock"), (text) =>
        cidr.test(text) ? Result.succeed(text) : Result.fail(rejected(`The CIDR '${text}' is invalid.`, "InvalidVpc.Range"))),
      tags: tagsFor(given, "vpc")
    }),
  effect: (wanted, calling) => {
    const vpcId = calling.world.ids.vpc()
    addVpc(calling.world, vpcId, wanted.cidr)
    calling.tags.set(vpcId, wanted.tags)
    return Result.succeed(vpcId)
  },
  summary: (vpcId) => vpcId,
  answer: (vpcId, calling) => {
    const vpc = calling.world.vpcs.get(vpcId)
    return vpc === undefined ? {} : { vpc: vpcFields({ vpcId, ...vpc }, calling) }
  }
})

export const vpcActions: ReadonlyArray<Action> = [describe, create]
