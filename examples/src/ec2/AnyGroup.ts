import type { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"

/** The EC2, knowing each security group from the moment that it is named: policies of a real cluster name groups that nobody made here. */
export const acceptAnyGroup = (ec2: MemoryEc2["Service"]): MemoryEc2["Service"] => {
  const known = new Set<SecurityGroupId>()
  const know = (groups: ReadonlyArray<SecurityGroupId>): Effect.Effect<void, Ec2Error> =>
    Effect.forEach(groups.filter((groupId) => !known.has(groupId)), (groupId) => {
      known.add(groupId)
      return ec2.control.addSecurityGroup({ groupId })
    }, { discard: true })
  const port: Ec2["Service"] = {
    ...ec2.port,
    createTrunk: (trunk) => Effect.andThen(know(trunk.groups), ec2.port.createTrunk(trunk)),
    createBranch: (branch) => Effect.andThen(know(branch.groups), ec2.port.createBranch(branch)),
    setGroups: (eniId, groups) => Effect.andThen(know(groups), ec2.port.setGroups(eniId, groups))
  }
  return { ...ec2, port }
}
