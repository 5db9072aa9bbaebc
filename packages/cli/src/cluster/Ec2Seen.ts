import { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { StringMap } from "@branchline/core/model/Fields"
import { Schema } from "effect"
import { kind, Unknown } from "./Found.js"

// As the port's interfaces of the same names (core, ports/Ec2), which are types alone.

const InterfaceType = Schema.Literals(["interface", "trunk", "branch"])

export const SeenInterface = Schema.Struct({
  eniId: EniId,
  type: InterfaceType,
  status: Schema.Literals(["available", "in-use"]),
  macAddress: Schema.String,
  privateIp: Schema.String,
  ipv6Address: Schema.String,
  subnetId: Schema.String,
  vpcId: Schema.String,
  groups: Schema.Array(SecurityGroupId),
  description: Schema.String,
  tags: StringMap
})
export type SeenInterface = typeof SeenInterface.Type

export const SeenInstance = Schema.Struct({
  instanceId: InstanceId,
  instanceType: Schema.String,
  state: Schema.Literals(["pending", "running", "stopping", "stopped", "shutting-down", "terminated"]),
  subnetId: Schema.String,
  vpcId: Schema.String,
  groups: Schema.Array(SecurityGroupId),
  attachments: Schema.Array(Schema.Struct({
    eniId: EniId,
    attachmentId: Schema.String,
    type: InterfaceType,
    deviceIndex: Schema.Int,
    networkCard: Schema.Int,
    status: Schema.Literals(["attaching", "attached", "detaching"]),
    deleteOnTermination: Schema.Boolean
  }))
})
export type SeenInstance = typeof SeenInstance.Type

export const SeenSubnet = Schema.Struct({
  subnetId: Schema.String,
  vpcId: Schema.String,
  cidr: Schema.String,
  ipv6Cidr: Schema.String,
  freeAddresses: Schema.Int
})
export type SeenSubnet = typeof SeenSubnet.Type

/** One rule of a security group; `-1` stands for all protocols, and then there are no ports. Source: Amazon EC2 API Reference, IpPermission. */
export const SeenRule = Schema.Struct({
  protocol: Schema.String,
  fromPort: Schema.optionalKey(Schema.Int),
  toPort: Schema.optionalKey(Schema.Int),
  cidrs: Schema.Array(Schema.String),
  groups: Schema.Array(SecurityGroupId),
  prefixLists: Schema.Array(Schema.String)
})
export type SeenRule = typeof SeenRule.Type

export const SeenSecurityGroup = Schema.Struct({
  groupId: SecurityGroupId,
  name: Schema.String,
  vpcId: Schema.String,
  ingress: Schema.Array(SeenRule),
  egress: Schema.Array(SeenRule)
})
export type SeenSecurityGroup = typeof SeenSecurityGroup.Type

/** EC2's side; instances, subnets and groups are those that the cluster names, interfaces those that carry its tags or that annotations name. */
export const Ec2Found = Schema.Struct({
  region: Schema.String,
  interfaces: kind(SeenInterface),
  instances: kind(SeenInstance),
  subnets: kind(SeenSubnet),
  securityGroups: kind(SeenSecurityGroup)
})
export type Ec2Found = typeof Ec2Found.Type

export const Ec2Side = Schema.Union([Ec2Found, Unknown])
export type Ec2Side = typeof Ec2Side.Type
