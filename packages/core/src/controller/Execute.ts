import { Effect } from "effect"
import type { Command } from "../allocation/Command.js"
import { associationToken, claimsOf, claimText, disassociationToken } from "../allocation/Claim.js"
import type { FailureKind, TrunkEvent } from "../allocation/TrunkEvent.js"
import {
  allocationTag,
  branchDescription,
  clusterTag,
  clusterTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  trunkEniIdTag,
  vlanIdTag
} from "../model/Names.js"
import type { Tags } from "../ports/Ec2.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import { branchOf } from "../allocation/Trunk.js"
import { announce } from "./Announce.js"
import type { Member } from "./Fleet.js"
import { branchInterface, tagsOf } from "./Ledger.js"
import type { Outcome } from "./Outcome.js"
import type { Parts } from "./Parts.js"
import * as Texts from "./Texts.js"
import { steadyNow } from "./Steady.js"

export type Executable = Exclude<Command, { readonly _tag: "TellPod" }>

/** Where somebody has to mend something first, looking again sooner than this only costs calls; a change of policies looks at once. */
const untilMended = 60_000

const kindOf = (error: Ec2Error, command: Executable): FailureKind => {
  switch (error.reason._tag) {
    case "NotFound":
      switch (error.reason.thing) {
        case "trunk":
          return "trunk gone"
        case "branch":
        case "interface":
          return "interface gone"
        case "association":
          return "association gone"
        default:
          return "failed"
      }
    case "Taken":
      return "vlan refused"
    case "TokenSpent":
      return command._tag === "CreateBranch" ? "token spent" : "failed"
    case "UnknownOutcome":
      return "unknown"
    default:
      return "failed"
  }
}

const needsMending = (error: Ec2Error): boolean => {
  switch (error.reason._tag) {
    case "Unauthorized":
    case "TooManyGroups":
    case "Rejected":
      return true
    case "NotFound":
      return error.reason.thing === "security group" || error.reason.thing === "subnet"
    default:
      return false
  }
}

/** The tags of every interface that the controller makes for an instance (contract §2). */
export const interfaceTags = (parts: Pick<Parts, "settings">, member: Pick<Member, "instanceId" | "tags">): Tags => ({
  ...member.tags,
  [ownerTag]: ownerTagValue,
  [clusterTag(parts.settings.clusterName)]: clusterTagValue,
  [instanceIdTag]: member.instanceId
})

const create = Effect.fnUntraced(function*(parts: Parts, member: Member, command: Extract<Command, { readonly _tag: "CreateBranch" }>) {
  const { gate } = parts
  const { key, subnetId } = command
  const start = yield* steadyNow
  const closed = gate.closedUntil(subnetId, start)
  if (closed !== undefined) {
    return {
      event: { _tag: "CommandFailed", key, kind: "failed", message: closed.why, now: start },
      notBefore: closed.until
    } satisfies Outcome
  }
  const claim = claimText({ pod: command.pod.uid, attempt: command.attempt })
  const made = yield* parts.ec2.createBranch({
    subnetId,
    groups: command.groups,
    description: branchDescription,
    tags: {
      ...interfaceTags(parts, member),
      [vlanIdTag]: String(command.vlanId),
      [trunkEniIdTag]: command.trunkId,
      [allocationTag]: claim
    },
    clientToken: claim
  })
  if (gate.open(subnetId)) yield* wakeSubnet(parts, subnetId)
  const now = yield* steadyNow
  return { event: { _tag: "BranchCreated", key, interface: branchInterface(made), now } } satisfies Outcome
})

/** An address was to be had again: everybody who waits for one of this subnet may ask. */
const wakeSubnet = Effect.fnUntraced(function*(parts: Parts, subnetId: string) {
  for (const member of parts.fleet.members()) {
    for (const branch of member.trunk.branches) {
      if (branch?.state._tag === "Creating" && branch.subnetId === subnetId) {
        yield* parts.ask(`branch/${branch.key}`, { priority: "allocation", hasten: true })
      }
    }
  }
})

/** A subnet is full: idle branches there are given up first, and everybody waits together. */
const closeSubnet = Effect.fnUntraced(function*(parts: Parts, subnetId: string, why: string) {
  yield* parts.gate.close(subnetId, why)
  const now = yield* steadyNow
  for (const member of parts.fleet.members()) {
    const { commands } = parts.fleet.apply(member, { _tag: "IdleGivenUp", subnetId, unlessGroups: undefined, now })
    for (const { key } of commands) yield* parts.ask(`branch/${key}`, { priority: "release" })
  }
})

const find = Effect.fnUntraced(function*(parts: Parts, member: Member, command: Extract<Command, { readonly _tag: "FindBranch" }>) {
  const { key, pod } = command
  const found = yield* parts.ec2.describeInterfaces({
    tags: { [allocationTag]: [claimsOf(pod.uid)], [instanceIdTag]: [member.instanceId] }
  })
  const now = yield* steadyNow
  const attempts = found.map((one) => ({ one, ...tagsOf(one) })).sort((a, b) => (b.claim?.attempt ?? 0) - (a.claim?.attempt ?? 0))
  const last = attempts[0]
  if (last?.claim === undefined) return { event: { _tag: "BranchMissing", key, now } } satisfies Outcome
  return {
    event: {
      _tag: "BranchFound",
      key,
      interface: branchInterface(last.one),
      attempt: last.claim.attempt,
      vlanId: last.vlanId,
      trunkId: last.trunkId,
      associated: last.one.status === "in-use",
      now
    }
  } satisfies Outcome
})

const perform = (parts: Parts, member: Member, command: Executable): Effect.Effect<Outcome, Ec2Error> => {
  const { ec2 } = parts
  const { key } = command
  const after = (call: Effect.Effect<unknown, Ec2Error>, event: (now: number) => TrunkEvent): Effect.Effect<Outcome, Ec2Error> =>
    Effect.andThen(call, Effect.map(steadyNow, (now) => ({ event: event(now) })))
  switch (command._tag) {
    case "FindBranch":
      return find(parts, member, command)
    case "CreateBranch":
      return create(parts, member, command)
    case "PermitBranch":
      return after(ec2.permitAttachment(command.eniId), (now) => ({ _tag: "BranchPermitted", key, now }))
    case "TagBranch":
      return after(
        ec2.tagInterface(command.eniId, { [vlanIdTag]: String(command.vlanId), [trunkEniIdTag]: command.trunkId }),
        (now) => ({ _tag: "BranchTagged", key, now })
      )
    case "AssociateBranch": {
      const { eniId: branchId, trunkId, vlanId } = command
      return ec2.associateBranch({ branchId, trunkId, vlanId, clientToken: associationToken(branchId, trunkId, vlanId) }).pipe(
        Effect.map((associationId) => associationId as typeof associationId | undefined),
        Effect.catchReason("Ec2Error", "AlreadyAssociated", () => Effect.succeed(undefined)),
        Effect.flatMap((associationId) =>
          Effect.map(steadyNow, (now): Outcome => {
            const state = branchOf(member.trunk, key)?.state
            const isElsewhere = associationId === undefined && state?._tag === "Associating" && state.contested === true
            return {
              event: isElsewhere
                ? { _tag: "CommandFailed", key, kind: "associated elsewhere", message: "another controller has associated the pod's branch", now }
                : { _tag: "BranchAssociated", key, associationId, now }
            }
          })
        )
      )
    }
    case "AnnouncePod":
      return announce(parts, member, command)
    case "RegroupBranch":
      return after(ec2.setGroups(command.eniId, command.groups), (now) => ({ _tag: "BranchRegrouped", key, now }))
    case "DisassociateBranch":
      return after(
        ec2.disassociateBranch({
          associationId: command.associationId,
          clientToken: disassociationToken(command.associationId)
        }),
        (now) => ({ _tag: "BranchDisassociated", key, now })
      )
    case "DeleteBranch":
      return after(ec2.deleteInterface(command.eniId), (now) => ({ _tag: "BranchDeleted", key, now }))
  }
}

/** Runs a command once and answers what came of it, success or failure, as an event. It does not fail and does not retry. */
export const execute = (parts: Parts, member: Member, command: Executable): Effect.Effect<Outcome> =>
  perform(parts, member, command).pipe(
    Effect.catchTag("Ec2Error", (error) =>
      Effect.gen(function*() {
        if (error.reason._tag === "SubnetFull") yield* closeSubnet(parts, error.reason.subnetId, Texts.ofEc2(error))
        const now = yield* steadyNow
        const outcome: Outcome = {
          event: { _tag: "CommandFailed", key: command.key, kind: kindOf(error, command), message: Texts.ofEc2(error), now },
          needsMending: needsMending(error),
          notBefore: needsMending(error)
            ? now + untilMended
            : error.reason._tag === "SubnetFull"
            ? parts.gate.closedUntil(error.reason.subnetId, now)?.until
            : undefined,
          atOnce: error.heldBack
        }
        return outcome
      }))
  )
