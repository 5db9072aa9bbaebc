import { Effect } from "effect"
import { slotOfInterface } from "../allocation/Trunk.js"
import type { EniId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import type { Member } from "./Fleet.js"
import type { Parts } from "./Parts.js"

/**
 * Whether the interface that a pod's annotation names is another instance's: then the annotation, left from before the node's name changed
 * hands, promises nothing here. Asks EC2 only about an interface that the trunk does not know; one that EC2 does not know either is not
 * foreign, because EC2 is eventually consistent.
 */
export const isForeign = (
  { ec2 }: Pick<Parts, "ec2">,
  member: Member,
  eniId: EniId
): Effect.Effect<boolean, Ec2Error> =>
  slotOfInterface(member.trunk, eniId) !== -1
    ? Effect.succeed(false)
    : Effect.map(ec2.describeInterfaces({ eniIds: [eniId] }), ([face]) => {
      const instanceId = face?.tags[instanceIdTag]
      return instanceId !== undefined && instanceId !== member.instanceId
    })
