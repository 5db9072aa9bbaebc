import { admittingChanged, idleGivenUp, settingsChanged, trunkChanged, vlanWired } from "./step/Condition.js"
import { commandFailed } from "./step/Failure.js"
import { branchDiscovered, branchElsewhere, branchHeld } from "./step/Ledger.js"
import {
  branchAssociated,
  branchCreated,
  branchDeleted,
  branchDisassociated,
  branchFound,
  branchMissing,
  branchPermitted,
  branchRegrouped,
  branchTagged,
  podAnnounced
} from "./step/Outcome.js"
import { podReleased } from "./step/Release.js"
import { podRequested } from "./step/Request.js"
import type { Step } from "./step/Step.js"
import type { Trunk } from "./Trunk.js"
import type { TrunkEvent } from "./TrunkEvent.js"

/**
 * The trunk machine: a trunk and what happened, to the trunk after it and what is to be done. Pure and total: an event that means nothing
 * in a state is refused with a reason and changes nothing.
 *
 * Requests and releases are levels, not edges: told again, they answer with the command that is due now, so that a caller that retries
 * needs to remember nothing.
 *
 * @example
 * const { trunk, commands } = step(Trunk.empty(instanceId, 9), { _tag: "TrunkChanged", trunkId, now: 0 })
 */
export const step = (trunk: Trunk, event: TrunkEvent): Step => {
  switch (event._tag) {
    case "PodRequested":
      return podRequested(trunk, event)
    case "PodReleased":
      return podReleased(trunk, event)
    case "BranchHeld":
      return branchHeld(trunk, event)
    case "BranchDiscovered":
      return branchDiscovered(trunk, event)
    case "BranchElsewhere":
      return branchElsewhere(trunk, event)
    case "BranchFound":
      return branchFound(trunk, event)
    case "BranchMissing":
      return branchMissing(trunk, event)
    case "BranchCreated":
      return branchCreated(trunk, event)
    case "BranchPermitted":
      return branchPermitted(trunk, event)
    case "BranchTagged":
      return branchTagged(trunk, event)
    case "BranchAssociated":
      return branchAssociated(trunk, event)
    case "PodAnnounced":
      return podAnnounced(trunk, event)
    case "BranchRegrouped":
      return branchRegrouped(trunk, event)
    case "BranchDisassociated":
      return branchDisassociated(trunk, event)
    case "BranchDeleted":
      return branchDeleted(trunk, event)
    case "CommandFailed":
      return commandFailed(trunk, event)
    case "TrunkChanged":
      return trunkChanged(trunk, event)
    case "AdmittingChanged":
      return admittingChanged(trunk, event)
    case "VlanWired":
      return vlanWired(trunk, event)
    case "SettingsChanged":
      return settingsChanged(trunk, event)
    case "IdleGivenUp":
      return idleGivenUp(trunk, event)
  }
}

/** The trunk after a journal of events: the same events give the same trunk. */
export const replay = (trunk: Trunk, events: Iterable<TrunkEvent>): Trunk => {
  let state = trunk
  for (const event of events) state = step(state, event).trunk
  return state
}
