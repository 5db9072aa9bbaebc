import type { Branch } from "../../../src/allocation/Branch.js"
import type { Command } from "../../../src/allocation/Command.js"
import { obstacle } from "../../../src/allocation/step/Line.js"
import type { Step } from "../../../src/allocation/step/Step.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import type { Outside } from "./Outside.js"

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

const takesRoom = (branch: Branch): boolean => branch.vlanId !== undefined || !branch.severed

const checkBranch = (branch: Branch, slot: number): void => {
  const { key, state, interface: face, pod } = branch
  must(slot <= 152 ? branch.vlanId === slot : branch.vlanId === undefined, `${key} stands in slot ${slot} with VLAN id ${branch.vlanId}`)
  if (state._tag === "Creating") {
    must(face === undefined && pod !== undefined, `${key} is being created and has an interface or no pod`)
    must(!state.settled || (state.wanted && !state.asked), `${key} is settled and not wanted, or asked for`)
  } else must(face !== undefined, `${key} is ${state._tag} without an interface`)
  if (state._tag === "Announcing" || state._tag === "InUse" || state._tag === "Regrouping") must(pod?.uid === key, `${key} is ${state._tag} for ${pod?.uid}`)
  if (state._tag === "Announcing" || state._tag === "InUse" || state._tag === "Idle") must(!branch.groupsAsked, `${key} is ${state._tag} and may have other groups`)
  if (state._tag === "Idle") must(pod !== undefined && branch.associationId !== undefined && !branch.severed, `${key} idles without pod or association`)
  if (state._tag === "Disassociating") must(branch.associationId !== undefined, `${key} is to be disassociated from nothing`)
}

/** What holds of every trunk. */
export const checkTrunk = (trunk: Trunk.Trunk): void => {
  const keys = new Set<string>()
  const faces = new Set<string>()
  const owners = new Set<string>()
  let occupied = 0
  for (let slot = 1; slot < trunk.branches.length; slot++) {
    const branch = trunk.branches[slot]
    if (branch === undefined) continue
    checkBranch(branch, slot)
    must(!keys.has(branch.key), `two branches have the key ${branch.key}`)
    keys.add(branch.key)
    if (branch.interface !== undefined) {
      must(!faces.has(branch.interface.eniId), `two branches are ${branch.interface.eniId}`)
      faces.add(branch.interface.eniId)
    }
    if (branch.pod !== undefined) {
      must(!owners.has(branch.pod.uid), `${branch.pod.uid} has two branches`)
      owners.add(branch.pod.uid)
    }
    if (takesRoom(branch)) occupied++
  }
  must(trunk.occupied === occupied, `occupied is ${trunk.occupied} and should be ${occupied}`)
  const line = new Set<string>()
  for (const { pod } of trunk.waiting) {
    must(!line.has(pod.uid), `${pod.uid} is twice in line`)
    line.add(pod.uid)
    const branch = Trunk.branchOf(trunk, pod.uid)
    const isOver = branch === undefined || branch.state._tag === "Disassociating" || branch.state._tag === "Deleting" ||
      (branch.state._tag === "Cooling" && branch.vlanId === undefined)
    must(isOver, `${pod.uid} is in line and has a branch that is ${branch?.state._tag}`)
  }
}

const states: Readonly<Record<Exclude<Command["_tag"], "TellPod">, Branch["state"]["_tag"]>> = {
  FindBranch: "Creating",
  CreateBranch: "Creating",
  PermitBranch: "Permitting",
  TagBranch: "Retagging",
  AssociateBranch: "Associating",
  AnnouncePod: "Announcing",
  RegroupBranch: "Regrouping",
  DisassociateBranch: "Disassociating",
  DeleteBranch: "Deleting"
}

const checkCommands = (trunk: Trunk.Trunk, commands: ReadonlyArray<Command>): void => {
  const asked = new Set<string>()
  for (const command of commands) {
    if (command._tag === "TellPod") continue
    const branch = Trunk.branchOf(trunk, command.key)
    must(branch?.state._tag === states[command._tag], `${command._tag} for a branch that is ${branch?.state._tag}`)
    must(!asked.has(command.key), `two commands at once for ${command.key}`)
    asked.add(command.key)
    for (const [name, value] of Object.entries(command)) {
      must(value !== undefined || (name === "pod" && branch?.pod === undefined), `${command._tag} without ${name}`)
    }
    if ("vlanId" in command) must(command.vlanId === branch?.vlanId, `${command._tag} with VLAN id ${command.vlanId}`)
    if ("trunkId" in command) must(command.trunkId === trunk.trunkId, `${command._tag} with trunk ${command.trunkId}`)
    if (command._tag === "AssociateBranch") {
      const isContested = branch?.state._tag === "Associating" && branch.state.contested === true
      const isTagged = branch?.tagged.vlanId === command.vlanId && branch.tagged.trunkId === command.trunkId
      must(isTagged || isContested, "associated before its tags say so")
    }
  }
}

const canStart = (trunk: Trunk.Trunk, now: number): boolean =>
  trunk.waiting.some(({ pod }) => Trunk.slotOf(trunk, pod.uid) === -1) && obstacle(trunk, now) === undefined

/** Cooling lasts its full time, unless the pod is there after all. */
const checkCooling = (before: Branch, now: Branch | undefined, event: TrunkEvent): void => {
  if (before.state._tag !== "Cooling" || before.state.until <= event.now) return
  if (now?.state._tag === "Cooling" && now.state.until === before.state.until) return
  must(
    (event._tag === "PodRequested" || event._tag === "BranchHeld") && now?.key === event.pod.uid,
    `${before.key} cools until ${before.state.until} and ends at ${event.now} by ${event._tag}`
  )
}

const checkIdle = (before: Branch | undefined, now: Branch, after: Trunk.Trunk, event: TrunkEvent): void => {
  if (now.state._tag === "Idle" && before?.state._tag !== "Idle") {
    const cap = after.settings.idle?.cap ?? 0
    must(Trunk.branchesOf(after).filter(({ state }) => state._tag === "Idle").length <= cap, "more idle branches than the cap")
    must(after.waiting.length === 0, "a branch idles while a pod waits")
    must(before?.state._tag === "Cooling" && before.state.until <= event.now, "a branch idles before it has cooled")
  }
  if (before?.state._tag === "Idle" && before.key !== now.key && now.pod !== undefined && event._tag === "PodRequested") {
    must(before.pod?.namespace === now.pod.namespace && before.subnetId === now.subnetId, "an idle branch changed its namespace or subnet")
  }
}

/** What holds of every branch over a step. It is the same one as long as it is the same interface, or in the same slot without one. */
const checkEach = (before: Trunk.Trunk, event: TrunkEvent, trunk: Trunk.Trunk): void => {
  const find = (where: Trunk.Trunk, branch: Branch, slot: number): Branch | undefined => {
    const eniId = branch.interface?.eniId
    const same = where.branches[slot]
    return same?.interface?.eniId === eniId || eniId === undefined ? same : where.branches[Trunk.slotOfInterface(where, eniId)]
  }
  for (let slot = 1; slot < before.branches.length; slot++) {
    const branch = before.branches[slot]
    if (branch !== undefined && branch !== trunk.branches[slot]) checkCooling(branch, find(trunk, branch, slot), event)
  }
  const isFact = event._tag === "BranchHeld" || event._tag === "BranchDiscovered" || (event._tag === "BranchFound" && event.associated)
  for (let slot = 1; slot < trunk.branches.length; slot++) {
    const branch = trunk.branches[slot]
    if (branch === undefined || branch === before.branches[slot]) continue
    checkIdle(find(before, branch, slot), branch, trunk, event)
    const isNew = before.branches[slot] === undefined && slot <= 152 && !isFact
    must(!isNew || before.vlans.quarantinedUntil[slot]! <= event.now, `VLAN id ${slot} is handed out of quarantine`)
  }
}

/** What holds of every step. */
export const checkStep = (before: Trunk.Trunk, event: TrunkEvent, step: Step, outside: Outside): void => {
  const { trunk, commands, refusal } = step
  if (refusal !== undefined) {
    must(trunk === before && commands.length === 0, `refused and changed: ${refusal}`)
    return
  }
  checkTrunk(trunk)
  checkCommands(trunk, commands)
  const isFact = event._tag === "BranchHeld" || event._tag === "BranchDiscovered"
  must(isFact || trunk.occupied <= Math.max(trunk.limit, before.occupied), `${trunk.occupied} of ${trunk.limit} after ${event._tag}`)
  must(!canStart(trunk, event.now) || canStart(before, event.now), `a pod waits although a branch could be started, after ${event._tag}`)
  checkEach(before, event, trunk)
  let onTrunk = 0
  for (const [eniId, at] of outside.associations) {
    must(Trunk.slotOfInterface(trunk, eniId) !== -1, `${eniId} is forgotten and still associated, after ${event._tag}`)
    if (at.trunkId === trunk.trunkId) onTrunk++
  }
  must(onTrunk <= trunk.occupied, `EC2 has ${onTrunk} associations, ${trunk.occupied} are counted`)
}
