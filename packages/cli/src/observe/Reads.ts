import { documentedRates, pace } from "@branchline/core/controller/Pacing"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, type Scope } from "effect"
import type { Ec2Reads } from "../cluster/Ec2Live.js"

const refused = (action: string) => (): Effect.Effect<never, Ec2Error> =>
  Effect.fail(new Ec2Error({ action, code: "ReadOnly", reason: { _tag: "Unauthorized" }, message: "nothing is written while observing" }))

/** The port whose describes go through and whose writes go nowhere: what paces asks for a whole port. */
const readOnly = ({ describeInstances, describeInterfaces, describeSubnets }: Ec2Reads): Ec2["Service"] => ({
  describeInstances,
  describeInterfaces,
  describeSubnets,
  createTrunk: refused("CreateNetworkInterface"),
  createBranch: refused("CreateNetworkInterface"),
  permitAttachment: refused("CreateNetworkInterfacePermission"),
  attachTrunk: refused("AttachNetworkInterface"),
  deleteOnTermination: refused("ModifyNetworkInterfaceAttribute"),
  associateBranch: refused("AssociateTrunkInterface"),
  disassociateBranch: refused("DisassociateTrunkInterface"),
  deleteInterface: refused("DeleteNetworkInterface"),
  setGroups: refused("ModifyNetworkInterfaceAttribute"),
  tagInterface: refused("CreateTags")
})

/**
 * The describes that observing takes, at the pace that EC2 grants: instances and interfaces. Subnets and groups by themselves mean nothing here, and are not asked for:
 * the fewer calls, the more of the account's bucket is left to the controller.
 */
export const pacedReads = (reads: Ec2Reads): Effect.Effect<Ec2Reads, never, Scope.Scope> =>
  Effect.map(pace(readOnly(reads), documentedRates), ({ ec2: { describeInstances, describeInterfaces } }) => ({
    describeInstances,
    describeInterfaces,
    describeSubnets: () => Effect.succeed([]),
    describeSecurityGroups: () => Effect.succeed([])
  }))
