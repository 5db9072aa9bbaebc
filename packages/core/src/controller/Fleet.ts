import type { Branch, BranchKey } from "../allocation/Branch.js"
import type { Command } from "../allocation/Command.js"
import type { Step } from "../allocation/step/Step.js"
import * as Trunk from "../allocation/Trunk.js"
import { step } from "../allocation/TrunkMachine.js"
import type { TrunkEvent } from "../allocation/TrunkEvent.js"
import type { EniId, InstanceId, SecurityGroupId } from "../model/Ids.js"
import type { Subnet } from "../ports/Ec2.js"

/** An instance with a trunk, or one that is to have it, and what its branches are made with. */
export interface Member {
  readonly instanceId: InstanceId
  readonly instanceType: string
  /** Undefined once the node is gone, or its name is another instance's. */
  nodeName: string | undefined
  /** The node that it was last, before that was gone or another instance's. */
  formerNode?: string | undefined
  /** Where new branches live: the instance's subnet, or the ENIConfig's. */
  subnet: Subnet
  /** Groups for pods that match no policy: the primary interface's, or the ENIConfig's. */
  groups: ReadonlyArray<SecurityGroupId>
  /** The CNINode's own tags, put on every interface made for the node. */
  tags: Readonly<Record<string, string>>
  /** What EC2 had of it has been told to the trunk; before that nothing is allocated. */
  recovered: boolean
  /** When its trunk was last seen to be there by whoever waited for it, milliseconds since the epoch. */
  trunkSince?: number
  /** The trunk that its node was last told to have. */
  toldTrunk?: EniId
  trunk: Trunk.Trunk
}

/** Told every step that a trunk takes, in order, and what the trunk was before it. */
export type StepObserver = (instanceId: InstanceId, event: TrunkEvent, step: Step, before: Trunk.Trunk) => void

/** A step, and the keys under which other branches go on than before it: they need a look, although no command is due. */
export interface Applied extends Step {
  readonly renamed: ReadonlyArray<BranchKey>
}

/** All trunks, and who is on which. Everything here is synchronous: what one fiber reads and writes in one go, no other can come between. */
export interface Fleet {
  readonly add: (member: Member) => void
  readonly remove: (instanceId: InstanceId) => void
  readonly get: (instanceId: InstanceId) => Member | undefined
  readonly ofNode: (nodeName: string) => Member | undefined
  readonly members: () => Iterable<Member>
  /** The node is gone from this instance. */
  readonly detach: (member: Member) => void
  /** The members whose trunk has a branch or a place in line for a key: one, or two while a node's name changes hands. */
  readonly holders: (key: BranchKey) => ReadonlyArray<Member>
  /** Lets an event happen to a trunk. Commands for other keys are kept for their workers. */
  readonly apply: (member: Member, event: TrunkEvent) => Applied
  /** The commands that a step of another key left for this one, taken. */
  readonly takeLeft: (member: Member, key: BranchKey) => ReadonlyArray<Command>
}

const keysOf = (event: TrunkEvent): ReadonlyArray<BranchKey> => {
  switch (event._tag) {
    case "PodRequested":
      return [event.pod.uid]
    case "BranchHeld":
      return [event.pod.uid, event.details.eniId]
    case "BranchDiscovered":
      return [event.interface.eniId, ...(event.claim === undefined ? [] : [event.claim.pod])]
    case "TrunkChanged":
    case "AdmittingChanged":
    case "SettingsChanged":
    case "IdleGivenUp":
    case "VlanWired":
      return []
    default:
      return [event.key]
  }
}

const none: ReadonlyArray<BranchKey> = []

/** Only an annotation that names another branch than we thought makes a branch change its name. */
const renamedBy = (event: TrunkEvent, before: Trunk.Trunk, after: Trunk.Trunk): ReadonlyArray<BranchKey> =>
  event._tag !== "BranchHeld" ? none : after.branches.flatMap((branch, slot) => {
    const key = branch?.key
    return key === undefined || key === event.pod.uid || before.branches[slot]?.key === key ? [] : [key]
  })

const isOn = (trunk: Trunk.Trunk, key: BranchKey): boolean =>
  Trunk.slotOf(trunk, key) !== -1 || trunk.waiting.some(({ pod }) => pod.uid === key)

export const make = (observe?: StepObserver): Fleet => {
  const members = new Map<InstanceId, Member>()
  const byNode = new Map<string, Member>()
  const holders = new Map<BranchKey, ReadonlyArray<Member>>()
  const left = new Map<InstanceId, Map<BranchKey, ReadonlyArray<Command>>>()

  const index = (member: Member, key: BranchKey): void => {
    const others = (holders.get(key) ?? []).filter((holder) => holder !== member)
    const now = isOn(member.trunk, key) ? [...others, member] : others
    if (now.length === 0) holders.delete(key)
    else holders.set(key, now)
  }

  const leave = (member: Member, own: ReadonlyArray<BranchKey>, commands: ReadonlyArray<Command>): void => {
    for (const command of commands) {
      if (command._tag === "TellPod" || own.includes(command.key)) continue
      index(member, command.key)
      const ofMember = left.get(member.instanceId) ?? new Map<BranchKey, ReadonlyArray<Command>>()
      left.set(member.instanceId, ofMember)
      ofMember.set(command.key, [...(ofMember.get(command.key) ?? []), command])
    }
  }

  return {
    add: (member) => {
      members.set(member.instanceId, member)
      if (member.nodeName !== undefined) byNode.set(member.nodeName, member)
    },
    remove: (instanceId) => {
      const member = members.get(instanceId)
      if (member === undefined) return
      members.delete(instanceId)
      left.delete(instanceId)
      if (member.nodeName !== undefined && byNode.get(member.nodeName) === member) byNode.delete(member.nodeName)
      for (const key of holders.keys()) {
        const others = holders.get(key)!.filter((holder) => holder !== member)
        if (others.length === 0) holders.delete(key)
        else holders.set(key, others)
      }
    },
    get: (instanceId) => members.get(instanceId),
    ofNode: (nodeName) => byNode.get(nodeName),
    members: () => members.values(),
    detach: (member) => {
      if (member.nodeName !== undefined && byNode.get(member.nodeName) === member) byNode.delete(member.nodeName)
      member.formerNode = member.nodeName ?? member.formerNode
      member.nodeName = undefined
    },
    holders: (key) => holders.get(key) ?? [],
    apply: (member, event) => {
      const before = member.trunk
      const result = step(before, event)
      member.trunk = result.trunk
      const keys = keysOf(event)
      const renamed = renamedBy(event, before, result.trunk)
      for (const key of [...keys, ...renamed]) {
        index(member, key)
        // What happens to a key itself supersedes what was left for it.
        left.get(member.instanceId)?.delete(key)
      }
      leave(member, keys, result.commands)
      observe?.(member.instanceId, event, result, before)
      return { ...result, renamed }
    },
    takeLeft: (member, key) => {
      const ofMember = left.get(member.instanceId)
      const commands = ofMember?.get(key) ?? []
      ofMember?.delete(key)
      return commands
    }
  }
}

/** A key's branch, wherever it is. */
export const branchOf = (fleet: Fleet, key: BranchKey): { readonly member: Member; readonly branch: Branch } | undefined => {
  for (const member of fleet.holders(key)) {
    const branch = Trunk.branchOf(member.trunk, key)
    if (branch !== undefined) return { member, branch }
  }
  return undefined
}
