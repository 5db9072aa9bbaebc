import type { Effect } from "effect"
import type { Ec2 } from "./Ec2.js"
import type { Ec2Error } from "./Ec2Error.js"

/** Does something before, after or instead of a call. */
export type AroundEc2 = <A>(method: keyof Ec2["Service"], call: Effect.Effect<A, Ec2Error>) => Effect.Effect<A, Ec2Error>

/**
 * The port with something round every call: pace, fence, count, trace.
 *
 * @example aroundEc2(ec2, (method, call) => Effect.withSpan(call, ec2Actions[method]))
 */
export const aroundEc2 = (ec2: Ec2["Service"], around: AroundEc2): Ec2["Service"] => ({
  describeInstances: (instanceIds) => around("describeInstances", ec2.describeInstances(instanceIds)),
  describeSubnets: (subnetIds) => around("describeSubnets", ec2.describeSubnets(subnetIds)),
  describeInterfaces: (filter) => around("describeInterfaces", ec2.describeInterfaces(filter)),
  createTrunk: (trunk) => around("createTrunk", ec2.createTrunk(trunk)),
  createBranch: (branch) => around("createBranch", ec2.createBranch(branch)),
  permitAttachment: (eniId) => around("permitAttachment", ec2.permitAttachment(eniId)),
  attachTrunk: (trunk) => around("attachTrunk", ec2.attachTrunk(trunk)),
  deleteOnTermination: (eniId, attachmentId) => around("deleteOnTermination", ec2.deleteOnTermination(eniId, attachmentId)),
  associateBranch: (association) => around("associateBranch", ec2.associateBranch(association)),
  disassociateBranch: (association) => around("disassociateBranch", ec2.disassociateBranch(association)),
  deleteInterface: (eniId) => around("deleteInterface", ec2.deleteInterface(eniId)),
  setGroups: (eniId, groups) => around("setGroups", ec2.setGroups(eniId, groups)),
  tagInterface: (eniId, tags) => around("tagInterface", ec2.tagInterface(eniId, tags))
})
