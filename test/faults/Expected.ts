import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { type Fault, faults, type TermName } from "./Faults.js"
import type { Counter, Situation } from "./Situations.js"
import type { Operation } from "./Trouble.js"

/** An event that is to be there once. */
export interface Event {
  readonly kind: "Pod" | "Node" | "CNINode"
  readonly reason: string
  /** Whether its text names the code; the texts of contract §7 are what they are. */
  readonly names: boolean
  /** Milliseconds from the failure at most. */
  readonly within: number
  /** It may be missing: the trouble may be over before there is anybody to tell. */
  readonly isMaybe?: true
}

/** What a cell is to come to. */
export interface Expected {
  readonly events: ReadonlyArray<Event>
  /** A line of the log that names the code. */
  readonly logged: boolean
  readonly counters: ReadonlyArray<Counter>
  /** Milliseconds from the end of the fault, at most, until all that depends on the call has come about. */
  readonly bound: number
}

/** Upstream's counter of an operation's failed calls. */
const errorCounters: Readonly<Record<Operation, string>> = {
  describeInstances: "ec2_describe_instances_api_err_count",
  describeSubnets: "ec2_describe_subnets_api_err_count",
  describeInterfaces: "ec2_describe_network_interfaces_pages_api_err_count",
  createTrunk: "ec2_create_network_interface_api_err_count",
  createBranch: "ec2_create_network_interface_api_err_count",
  permitAttachment: "ec2_create_network_interface_permission_api_err_count",
  attachTrunk: "ec2_attach_network_interface_api_err_count",
  deleteOnTermination: "ec2_modify_network_interface_attribute_api_err_count",
  associateBranch: "ec2_associate_trunk_interface_api_err_count",
  disassociateBranch: "ec2_disassociate_trunk_interface_api_err_count",
  deleteInterface: "ec2_delete_network_interface_api_err_count",
  setGroups: "ec2_modify_network_interface_attribute_api_err_count",
  tagInterface: "ec2_tag_network_interface_api_err_count"
}

const soon = 1_500
/** A pacer holds a call back so long before it tells its caller (core, controller/pacing/Hold). */
const held = 31_000
/** That nobody answers at all it takes some seconds to see, and then holds calls back as long (core, controller/pacing/Outage). */
const silent = 40_000

/** Somebody has to mend something first: the controller looks once a minute. */
const needsMending = (fault: Fault, operation: Operation): boolean => {
  const outcome = fault.outcome(operation)
  return outcome === "Unauthorized" || outcome === "TooManyGroups" || outcome === "Rejected" ||
    (fault === faults.unseen && (operation === "createBranch" || operation === "createTrunk"))
}

/** Whether it is over with the first call that it struck, though it goes on: what was asked for is done, or EC2 has given up what was named. */
const isDoneAtOnce = ({ operation }: Situation, fault: Fault): boolean => {
  if (fault === faults.gone || fault === faults.unseen) return operation.startsWith("delete") || operation === "disassociateBranch"
  return operation === "deleteInterface" && (fault === faults.lostAfter || fault === faults.internal)
}

const eventsOf = (situation: Situation, fault: Fault, term: TermName): ReadonlyArray<Event> => {
  const { audience, operation } = situation
  const lasts = term === "ten minutes"
  const isHeldBack = fault === faults.throttled
  // What waits its turn a little longer is nobody's news.
  if (isHeldBack && !lasts) return []
  // Who has been told before waits in line; for who has not, a pacer gives up after a second.
  const within = isHeldBack && (audience !== "pod" || situation.isToldBefore === true) ? held : soon
  const told = { names: true, within }
  switch (audience) {
    case "pod":
      return fault.outcome(operation) === undefined ? [] : [{ kind: "Pod", reason: "BranchAllocationFailed", ...told }]
    case "node": {
      if (fault.outcome(operation) === undefined && operation !== "describeInstances") return []
      const reason = operation.startsWith("describe") ? "TrunkENILookupFailed" : "TrunkENICreationFailed"
      return [{ kind: "Node", reason, ...told }, { kind: "Node", reason: "NodeTrunkFailedInit", names: false, within }]
    }
    case "node and pod": {
      // What EC2 knows is asked for five times in ten seconds or so before it is news about every node.
      const isReadAhead = operation !== "describeSubnets" && fault.outcome(operation) !== "Throttled" && !needsMending(fault, operation) && fault.outcome(operation) !== undefined
      if (isReadAhead && !lasts) return []
      if (fault.outcome(operation) === undefined && operation !== "describeInstances") return []
      const limit = isHeldBack ? held : isReadAhead ? (fault.outcome(operation) === "Unavailable" ? silent : 18_000) : soon
      return [
        { kind: "Node", reason: "TrunkENILookupFailed", names: true, within: limit },
        { kind: "Node", reason: "NodeTrunkFailedInit", names: false, within: limit },
        { kind: "Pod", reason: "BranchAllocationFailed", names: true, within: limit }
      ]
    }
    case "node, of releases": {
      if (isDoneAtOnce(situation, fault)) return []
      const isTold = needsMending(fault, operation)
      const limit = isHeldBack ? 35_000 : fault.outcome(operation) === "Unavailable" ? silent : 30_000
      return lasts || isTold ? [{ kind: "Node", reason: "BranchENIReleaseFailed", names: true, within: isTold ? soon : limit }] : []
    }
    case "CNINode":
      if (fault.outcome(operation) === undefined || fault.outcome(operation) === "NotFound") return []
      return [{
        kind: "CNINode",
        reason: "CNINodeDeletionFailed",
        names: true,
        within: isHeldBack ? held : 5_000,
        ...(lasts && !isDoneAtOnce(situation, fault) ? {} : { isMaybe: true })
      }]
    default:
      return []
  }
}

export const expectedOf = (situation: Situation, fault: Fault, term: TermName): Expected => {
  const { audience, operation } = situation
  const outcome = fault.outcome(operation)
  const action = ec2Actions[operation]
  const events = eventsOf(situation, fault, term)
  const calls: ReadonlyArray<Counter> = outcome === undefined ? [] : [
    { name: "ec2_api_err_count" },
    { name: errorCounters[operation] },
    { name: "branchline_ec2_calls_total", labels: { action, outcome } },
    ...(fault === faults.throttled ? [{ name: "branchline_ec2_throttled_total", labels: { action } }] : [])
  ]
  const isLeftToSweep = fault.isSwept === true && (operation === "deleteInterface" || operation === "describeInterfaces") && (audience === "node, of releases" || audience === "CNINode")
  const looks = isLeftToSweep ? 1_300_000 : term === "ten minutes" || (situation.isBranchsOwn === true && needsMending(fault, operation)) ? 66_000 : 6_000
  return {
    events,
    logged: audience === "log" && outcome !== undefined && !isDoneAtOnce(situation, fault) && (fault !== faults.throttled || term === "ten minutes"),
    counters: events.every(({ isMaybe }) => isMaybe === true) ? calls : [...calls, ...situation.counters],
    bound: looks + situation.ordinary
  }
}
