import { Schema } from "effect"

/** What one rule of a security group lets through. */
export const Permission = Schema.Struct({
  /** `tcp`, `udp`, `icmp`, a protocol's number, or `-1` for all. */
  protocol: Schema.String,
  /** Absent: all ports. */
  fromPort: Schema.optionalKey(Schema.Int),
  toPort: Schema.optionalKey(Schema.Int),
  /** Groups whose members are let through. */
  groups: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Addresses in CIDR form that are let through, IPv4 or IPv6. */
  cidrs: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Managed lists of addresses; what is in them is not known here. */
  prefixLists: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Permission = typeof Permission.Type

export const SecurityGroup = Schema.Struct({
  id: Schema.String,
  vpc: Schema.String,
  /** Whether it is associated with the cluster's VPC, too; absent where nobody looked. */
  associated: Schema.optionalKey(Schema.Boolean),
  ingress: Schema.Array(Permission),
  egress: Schema.Array(Permission)
})
export type SecurityGroup = typeof SecurityGroup.Type

/** What was found out from AWS; an absent field was not looked at, or could not be. */
export const AwsFacts = Schema.Struct({
  /** The cluster's VPC. */
  vpc: Schema.optionalKey(Schema.String),
  groups: Schema.optionalKey(Schema.Array(SecurityGroup)),
  /** Ids of the groups that EC2 was asked about: one of them that is not among `groups` does not exist. Absent: it was asked about all. */
  groupsAsked: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Groups of the nodes' primary interfaces: kubelet's probes come from them. */
  nodeGroups: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Groups of the interfaces on which the cluster's DNS answers. */
  dnsGroups: Schema.optionalKey(Schema.Array(Schema.String)),
  /** CIDR blocks of the VPC: nodes' and pods' addresses are in them. */
  ranges: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Names of nodes whose subnet routes to an internet gateway. */
  nodesInPublicSubnets: Schema.optionalKey(Schema.Array(Schema.String)),
  clusterRole: Schema.optionalKey(Schema.Struct({
    name: Schema.String,
    /** Names of the policies that are attached to it. */
    policies: Schema.Array(Schema.String)
  }))
})
export type AwsFacts = typeof AwsFacts.Type

/** Nobody asked AWS. */
export const noAwsFacts: AwsFacts = {}
