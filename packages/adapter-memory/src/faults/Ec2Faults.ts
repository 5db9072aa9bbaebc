import type { Ec2 } from "@branchline/core/ports/Ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Ec2Error, type Ec2Reason } from "@branchline/core/ports/Ec2Error"
import type { Effect } from "effect"
import { type Ec2Operation, type FaultRule, isEc2Rule, type Subject } from "./FaultRule.js"
import type { Faults } from "./Faults.js"
import { inject } from "./Inject.js"

/** A code that EC2 gives for the reason; for what is no answer of EC2's, a word for what happened. */
const codes: Readonly<Record<Ec2Reason["_tag"], string>> = {
  Throttled: "RequestLimitExceeded",
  Unauthorized: "UnauthorizedOperation",
  Unauthenticated: "AuthFailure",
  SubnetFull: "InsufficientFreeAddressesInSubnet",
  NotFound: "InvalidNetworkInterfaceID.NotFound",
  TooManyGroups: "SecurityGroupsPerInterfaceLimitExceeded",
  LimitReached: "NetworkInterfaceLimitExceeded",
  Taken: "InvalidParameterValue",
  AlreadyAssociated: "Resource.AlreadyAssociated",
  TokenSpent: "IdempotentParameterMismatch",
  InUse: "InvalidNetworkInterface.InUse",
  Rejected: "InvalidParameterValue",
  Unavailable: "ServiceUnavailable",
  UnknownOutcome: "Timeout"
}

const failure = (operation: Ec2Operation) => (rule: FaultRule): Ec2Error => {
  const reason: Ec2Reason = isEc2Rule(rule) && rule.when === "before" ? rule.reason : { _tag: "UnknownOutcome" }
  return new Ec2Error({
    action: ec2Actions[operation],
    code: codes[reason._tag],
    reason,
    message: `${reason._tag}: injected ${rule.when} the effect`
  })
}

/** The port with the faults in the way of every call. */
export const withEc2Faults = (port: Ec2["Service"], faults: Faults): Ec2["Service"] => {
  const struck = <A>(operation: Ec2Operation, subject: Subject, effect: Effect.Effect<A, Ec2Error>) =>
    inject(faults, { port: "ec2", operation, subject }, failure(operation), effect)
  return {
    describeInstances: (instanceIds) => struck("describeInstances", {}, port.describeInstances(instanceIds)),
    describeSubnets: (subnetIds) => struck("describeSubnets", {}, port.describeSubnets(subnetIds)),
    describeInterfaces: (filter) =>
      struck("describeInterfaces", { status: filter.status, vpcId: filter.vpcId }, port.describeInterfaces(filter)),
    createTrunk: (trunk) =>
      struck("createTrunk", { subnetId: trunk.subnetId, clientToken: trunk.clientToken }, port.createTrunk(trunk)),
    createBranch: (branch) =>
      struck("createBranch", { subnetId: branch.subnetId, clientToken: branch.clientToken }, port.createBranch(branch)),
    permitAttachment: (eniId) => struck("permitAttachment", { eniId }, port.permitAttachment(eniId)),
    attachTrunk: (trunk) => struck("attachTrunk", { ...trunk }, port.attachTrunk(trunk)),
    deleteOnTermination: (eniId, attachmentId) =>
      struck("deleteOnTermination", { eniId, attachmentId }, port.deleteOnTermination(eniId, attachmentId)),
    associateBranch: (association) => struck("associateBranch", { ...association }, port.associateBranch(association)),
    disassociateBranch: (association) => struck("disassociateBranch", { ...association }, port.disassociateBranch(association)),
    deleteInterface: (eniId) => struck("deleteInterface", { eniId }, port.deleteInterface(eniId)),
    setGroups: (eniId, groups) => struck("setGroups", { eniId }, port.setGroups(eniId, groups)),
    tagInterface: (eniId, tags) => struck("tagInterface", { eniId }, port.tagInterface(eniId, tags))
  }
}
