import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { AssociationId, EniId, SecurityGroupId, type VlanId } from "@branchline/core/model/Ids"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect, type Scope } from "effect"

const nowhere = "subnet-00000000000000000"
const nobody = EniId.make("eni-00000000000000000")
const nothing = AssociationId.make("trunk-assoc-00000000000000000")
const theirs: ReadonlySet<unknown> = new Set([nowhere, nobody, nothing])

/** One call of each action of a branch's life. What they name is not there: they cost a token, and change nothing. */
const callsOf = (ec2: Ec2["Service"], turn: number): ReadonlyArray<Effect.Effect<unknown, unknown>> => [
  ec2.createBranch({ subnetId: nowhere, groups: [SecurityGroupId.make("sg-00000000000000000")], description: "", tags: {}, clientToken: `neighbour-${turn}` }),
  ec2.permitAttachment(nobody),
  ec2.associateBranch({ trunkId: nobody, branchId: nobody, vlanId: 1 as VlanId, clientToken: `neighbour-${turn}` }),
  ec2.disassociateBranch({ associationId: nothing, clientToken: `neighbour-${turn}` }),
  ec2.deleteInterface(nobody)
]

/** Another client of the account, for as long as the scope lasts: so many calls a second of each action, whatever EC2 makes of them. */
export const startNeighbour = (ec2: Ec2["Service"], perSecond: number): Effect.Effect<unknown, never, Scope.Scope> => {
  let turn = 0
  const once = Effect.suspend(() => Effect.forEach(callsOf(ec2, turn++), (call) => Effect.forkScoped(Effect.ignore(call)), { discard: true }))
  return Effect.forkScoped(Effect.forever(Effect.andThen(once, Effect.sleep(1_000 / perSecond))))
}

export const isNeighbours = ({ parameters }: Ec2Call): boolean => Object.values(parameters).some((value) => theirs.has(value))
