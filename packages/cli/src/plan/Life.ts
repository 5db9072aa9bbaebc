import { type AllocationSettings, defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import type { PodIdentity } from "@branchline/core/allocation/Branch"
import { type Command, ec2Calls } from "@branchline/core/allocation/Command"
import { empty, type Trunk } from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import { step } from "@branchline/core/allocation/TrunkMachine"
import type { AssociationId, EniId, InstanceId, PodUid, SecurityGroupId } from "@branchline/core/model/Ids"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"

/** EC2's actions by what the trunk machine commands; what costs no call has none. */
const actionOf = (command: Command): string | undefined => {
  switch (command._tag) {
    case "FindBranch":
      return ec2Actions.describeInterfaces
    case "CreateBranch":
      return ec2Actions.createBranch
    case "PermitBranch":
      return ec2Actions.permitAttachment
    case "TagBranch":
      return ec2Actions.tagInterface
    case "AssociateBranch":
      return ec2Actions.associateBranch
    case "RegroupBranch":
      return ec2Actions.setGroups
    case "DisassociateBranch":
      return ec2Actions.disassociateBranch
    case "DeleteBranch":
      return ec2Actions.deleteInterface
    case "AnnouncePod":
    case "TellPod":
      return undefined
  }
}

/** What a command comes to where all goes well. */
const outcomeOf = (command: Command, now: number): TrunkEvent | undefined => {
  const { key } = command
  switch (command._tag) {
    case "CreateBranch":
      return { _tag: "BranchCreated", key, interface: { eniId: "eni-0" as EniId, macAddress: "02:00:00:00:00:01", privateIp: "10.0.0.1", ipv6Address: "" }, now }
    case "PermitBranch":
      return { _tag: "BranchPermitted", key, now }
    case "AssociateBranch":
      return { _tag: "BranchAssociated", key, associationId: "trunk-assoc-0" as AssociationId, now }
    case "AnnouncePod":
      return { _tag: "PodAnnounced", key, annotation: "", now }
    case "RegroupBranch":
      return { _tag: "BranchRegrouped", key, now }
    case "DisassociateBranch":
      return { _tag: "BranchDisassociated", key, now }
    case "DeleteBranch":
      return { _tag: "BranchDeleted", key, now }
    case "FindBranch":
    case "TagBranch":
    case "TellPod":
      return undefined
  }
}

interface Played {
  readonly trunk: Trunk
  readonly commands: ReadonlyArray<Command>
}

const play = (trunk: Trunk, event: TrunkEvent): Played => {
  const first = step(trunk, event)
  let state = first.trunk
  const all: Array<Command> = []
  const due = [...first.commands]
  for (let command = due.shift(); command !== undefined; command = due.shift()) {
    all.push(command)
    const outcome = outcomeOf(command, event.now)
    if (outcome === undefined) continue
    const next = step(state, outcome)
    state = next.trunk
    due.push(...next.commands)
  }
  return { trunk: state, commands: all }
}

const pod = (uid: string): PodIdentity => ({ uid: uid as PodUid, namespace: "default", name: uid })
const asked = (who: PodIdentity, group: string, now: number): TrunkEvent => ({
  _tag: "PodRequested",
  pod: who,
  groups: [group as SecurityGroupId],
  fallback: false,
  subnetId: "subnet-0",
  now
})

const ready = (settings: AllocationSettings): Trunk =>
  [
    { _tag: "TrunkChanged", trunkId: "eni-1" as EniId, now: 0 } as const,
    { _tag: "AdmittingChanged", admitting: true, now: 0 } as const
  ].reduce((trunk, event) => step(trunk, event).trunk, empty("i-0" as InstanceId, 1, settings))

const actionsOf = (commands: ReadonlyArray<Command>): ReadonlyArray<string> =>
  commands.filter((command) => ec2Calls([command]) > 0).flatMap((command) => actionOf(command) ?? [])

/** EC2's calls in the life of one branch, one after the other. */
export interface Life {
  /** Until its pod is served. */
  readonly made: ReadonlyArray<string>
  /** After its cooldown. */
  readonly gone: ReadonlyArray<string>
  /** Until another pod is served by it after its cooldown, where idle reuse is on: with the same groups, and with others. */
  readonly reused: ReadonlyArray<string>
  readonly regrouped: ReadonlyArray<string>
}

/** The calls, as the core's own machine commands them. */
export const life: Life = (() => {
  const { cooldown } = defaultAllocationSettings
  const served = play(ready(defaultAllocationSettings), asked(pod("first"), "sg-a", 0))
  const release = (trunk: Trunk, mayIdle: boolean) =>
    play(play(trunk, { _tag: "PodReleased", key: "first" as PodUid, mayIdle, now: 0 }).trunk, { _tag: "PodReleased", key: "first" as PodUid, mayIdle, now: cooldown })
  const keeping: AllocationSettings = { ...defaultAllocationSettings, idle: { regroup: true, timeToLive: 600_000, cap: 1 } }
  const idle = release(play(ready(keeping), asked(pod("first"), "sg-a", 0)).trunk, true).trunk
  return {
    made: actionsOf(served.commands),
    gone: actionsOf(release(served.trunk, false).commands),
    reused: actionsOf(play(idle, asked(pod("second"), "sg-a", cooldown + 1)).commands),
    regrouped: actionsOf(play(idle, asked(pod("second"), "sg-b", cooldown + 1)).commands)
  }
})()
