import { Effect } from "effect"
import { slotOfInterface } from "../allocation/Trunk.js"
import type { EniId } from "../model/Ids.js"
import { instanceIdTag } from "../model/Names.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import type { Member } from "./Fleet.js"
import type { Parts } from "./Parts.js"

/** Whether the interface is known to be another instance's, or nobody's any more, without asking EC2: what was just made there EC2 may not show yet. */
export const isKnownElsewhere = ({ fleet, ledger }: Pick<Parts, "fleet" | "ledger">, member: Member, eniId: EniId): boolean => {
  if (ledger.isWrittenOff(eniId)) return true
  for (const other of fleet.members()) {
    if (other !== member && slotOfInterface(other.trunk, eniId) !== -1) return true
  }
  return false
}

/**
 * Whether the interface that a pod's annotation names is another instance's: then the annotation, left from before the node's name changed
 * hands, promises nothing here. Asks EC2 only about an interface that nobody here knows; one that EC2 does not know either is not
 * foreign, because EC2 is eventually consistent.
 */
export const isForeign = (
  parts: Pick<Parts, "ec2" | "fleet" | "ledger">,
  member: Member,
  eniId: EniId
): Effect.Effect<boolean, Ec2Error> => {
  if (slotOfInterface(member.trunk, eniId) !== -1) return Effect.succeed(false)
  if (isKnownElsewhere(parts, member, eniId)) return Effect.succeed(true)
  return Effect.map(parts.ec2.describeInterfaces({ eniIds: [eniId] }), ([face]) => {
    const instanceId = face?.tags[instanceIdTag]
    // It may have been given up while EC2 was asked.
    return instanceId === undefined ? isKnownElsewhere(parts, member, eniId) : instanceId !== member.instanceId
  })
}
