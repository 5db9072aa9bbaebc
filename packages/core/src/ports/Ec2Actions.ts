import type { Ec2 } from "./Ec2.js"

/** EC2's action behind each method of the port: what its rates, permissions and errors go by (contract §6). */
export const ec2Actions = {
  describeInstances: "DescribeInstances",
  describeSubnets: "DescribeSubnets",
  describeInterfaces: "DescribeNetworkInterfaces",
  createTrunk: "CreateNetworkInterface",
  createBranch: "CreateNetworkInterface",
  permitAttachment: "CreateNetworkInterfacePermission",
  attachTrunk: "AttachNetworkInterface",
  deleteOnTermination: "ModifyNetworkInterfaceAttribute",
  associateBranch: "AssociateTrunkInterface",
  disassociateBranch: "DisassociateTrunkInterface",
  deleteInterface: "DeleteNetworkInterface",
  setGroups: "ModifyNetworkInterfaceAttribute",
  tagInterface: "CreateTags"
} as const satisfies Record<keyof Ec2["Service"], string>
