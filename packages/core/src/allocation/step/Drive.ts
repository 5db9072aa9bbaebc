import type { Branch, PodIdentity } from "../Branch.js"
import type { Command } from "../Command.js"
import { put, type Trunk } from "../Trunk.js"
import { quiet, type Step } from "./Step.js"

/** What there is to write on a branch's pod; undefined where the branch has no interface or VLAN id to name. */
export const announcement = (
  { associationId, interface: face, key, subnetId, vlanId }: Branch,
  pod: PodIdentity
): Extract<Command, { readonly _tag: "AnnouncePod" }> | undefined =>
  face === undefined || vlanId === undefined ? undefined : {
    _tag: "AnnouncePod",
    key,
    pod,
    subnetId,
    details: {
      eniId: face.eniId,
      ifAddress: face.macAddress,
      privateIp: face.privateIp,
      ipv6Addr: face.ipv6Address,
      vlanId,
      associationID: associationId
    }
  }

const commandFor = (trunk: Trunk, branch: Branch): Command | undefined => {
  const { key, pod, vlanId, state, tagged } = branch
  const eniId = branch.interface?.eniId
  switch (state._tag) {
    case "Creating":
      if (pod === undefined || vlanId === undefined) return undefined
      if (!state.settled) return { _tag: "FindBranch", key, pod }
      if (trunk.trunkId === undefined) return undefined
      // A token goes out with one set of parameters only, and the trunk's tag is one of them.
      const isOtherTrunk = tagged.trunkId !== undefined && tagged.trunkId !== trunk.trunkId
      return {
        _tag: "CreateBranch",
        key,
        pod,
        attempt: isOtherTrunk ? branch.attempt + 1 : branch.attempt,
        vlanId,
        trunkId: trunk.trunkId,
        groups: branch.groups,
        subnetId: branch.subnetId
      }
    case "Permitting":
      return eniId && { _tag: "PermitBranch", key, eniId }
    case "Retagging":
      return eniId && vlanId && trunk.trunkId && { _tag: "TagBranch", key, eniId, vlanId, trunkId: trunk.trunkId }
    case "Associating":
      return eniId && vlanId && trunk.trunkId && { _tag: "AssociateBranch", key, eniId, vlanId, trunkId: trunk.trunkId }
    case "Announcing":
      return pod && announcement(branch, pod)
    case "Regrouping":
      return eniId && { _tag: "RegroupBranch", key, eniId, groups: branch.groups }
    case "Disassociating":
      return eniId && branch.associationId && {
        _tag: "DisassociateBranch",
        key,
        pod,
        eniId,
        associationId: branch.associationId
      }
    case "Deleting":
      return eniId && { _tag: "DeleteBranch", key, pod, eniId }
    case "InUse":
    case "Cooling":
    case "Idle":
      return undefined
  }
}

/** What is remembered of a command as it goes out. The trunk may change before it is done, so what it writes is noted now and not then. */
const sent = (trunk: Trunk, slot: number, branch: Branch, command: Command): Trunk => {
  const { state } = branch
  switch (command._tag) {
    case "FindBranch":
      return state._tag === "Creating" && !state.asked ? put(trunk, slot, { ...branch, state: { ...state, asked: true } }) : trunk
    case "CreateBranch":
      return state._tag !== "Creating" ? trunk : put(trunk, slot, {
        ...branch,
        state: { ...state, settled: false, asked: false },
        attempt: command.attempt,
        tagged: { vlanId: command.vlanId, trunkId: command.trunkId }
      })
    case "TagBranch":
      return put(trunk, slot, { ...branch, tagged: { vlanId: command.vlanId, trunkId: command.trunkId } })
    default:
      return trunk
  }
}

/**
 * The command that a slot's state calls for, again or for the first time. A create that goes out is unsettled from then on: whatever
 * becomes of its answer, EC2 is asked before the next.
 */
export const drive = (trunk: Trunk, slot: number): Step => {
  const branch = trunk.branches[slot]
  if (branch === undefined) return quiet(trunk)
  const command = commandFor(trunk, branch)
  if (command === undefined) return quiet(trunk)
  return { trunk: sent(trunk, slot, branch, command), commands: [command] }
}
