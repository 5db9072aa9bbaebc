import type { Branch, PodIdentity } from "../../../src/allocation/Branch.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { FailureKind, TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import type { EniId, SecurityGroupId } from "../../../src/model/Ids.js"
import {
  announced,
  association,
  created,
  deleted,
  details,
  disassociated,
  discovered,
  failed,
  found,
  group,
  held,
  missing,
  otherTrunkId,
  permitted,
  regrouped,
  released,
  requested,
  tagged,
  trunkId
} from "../Fixtures.js"
import type { EventName } from "./Pairs.js"
import type { Prng } from "./Prng.js"
import { pods, settingsToChoose, type World } from "./World.js"

const groupSets: ReadonlyArray<ReadonlyArray<SecurityGroupId>> = [[group("web")], [group("web"), group("db")]]
const subnets = ["subnet-1", "subnet-1", "subnet-1", "subnet-2"]
const trunks: ReadonlyArray<EniId | undefined> = [undefined, trunkId, otherTrunkId]

const numberOf = (eniId: EniId): number => Number.parseInt(eniId.slice(4), 16)
const podOf = (key: string): PodIdentity | undefined => pods.find(({ uid }) => uid === key)

/** A VLAN id under which an interface that nobody here knew can be associated: EC2 has it free, and so has the node. */
const foreignVlan = (world: World, random: Prng, preferred?: number): number | undefined => {
  for (let round = 0; round < 4; round++) {
    const vlanId = round === 0 && preferred !== undefined ? preferred : random.chance(20) ? 153 + random.below(8) : 1 + random.below(24)
    if (!world.outside.isAssociated(world.trunk.trunkId, vlanId) && !world.outside.isWired(vlanId, world.now)) return vlanId
  }
  return undefined
}

/** What EC2 says of an interface that it made in a life before, or whose making nobody heard of. */
const memoryOf = (world: World, random: Prng, own: Branch | undefined) => {
  const vlanId = foreignVlan(world, random, random.chance(60) ? own?.vlanId : undefined)
  const isAssociated = random.chance(40) && vlanId !== undefined && world.trunk.trunkId !== undefined
  return isAssociated
    ? { associated: true, vlanId, trunkId: world.trunk.trunkId }
    : { associated: false, vlanId: random.chance(20) ? undefined : vlanId, trunkId: random.chance(10) ? undefined : random.pick(trunks) }
}

const heldOwn = (world: World, random: Prng, branch: Branch): TrunkEvent | undefined => {
  const { interface: face } = branch
  if (face === undefined) return undefined
  const who = random.chance(20) ? random.pick(pods) : podOf(branch.key) ?? random.pick(pods)
  const vlanId = world.outside.associations.get(face.eniId)?.vlanId ?? world.outside.wireOf(face.eniId) ?? branch.vlanId
  if (vlanId === undefined) return undefined
  // Two that are wired under one id is what the machine keeps from happening; nobody's annotation claims it of a stranger's link.
  if (vlanId !== world.outside.wireOf(face.eniId) && world.outside.isWired(vlanId, world.now)) return undefined
  const own = world.trunk.branches[Trunk.slotOf(world.trunk, who.uid)]
  if (own !== undefined && own !== branch) return undefined
  return held(who, details(numberOf(face.eniId), vlanId, random.chance(20) ? "" : undefined), world.now)
}

const heldOther = (world: World, random: Prng, key: string): TrunkEvent | undefined => {
  const who = podOf(key)
  const vlanId = foreignVlan(world, random)
  // A slot that is taken by somebody who is not associated yet: see Recovery.test.ts.
  if (who === undefined || vlanId === undefined || world.trunk.branches[vlanId] !== undefined) return undefined
  return held(who, details(world.next++, vlanId), world.now)
}

const discoveredClaim = (world: World, random: Prng, key: string): TrunkEvent | undefined => {
  const who = podOf(key)
  if (who === undefined) return undefined
  const own = Trunk.branchOf(world.trunk, who.uid)
  return discovered(world.next++, {
    ...memoryOf(world, random, own),
    groups: random.pick(groupSets),
    claim: random.chance(10) ? undefined : { pod: who.uid, attempt: random.chance(50) ? own?.attempt ?? 1 : 1 + random.below(3) },
    claimant: random.chance(50) ? who : undefined,
    now: world.now
  })
}

/** Mostly an interface that is new; now and then one that is known under another key. */
const someInterface = (world: World, random: Prng): number => {
  const known = random.chance(10) ? random.pick(world.trunk.branches)?.interface : undefined
  return known === undefined ? world.next++ : numberOf(known.eniId)
}

/** An association, where EC2 has not got the VLAN id under another branch's. */
const associatedOrRefused = (world: World, key: Branch["key"], knowsId: boolean): TrunkEvent => {
  const branch = Trunk.branchOf(world.trunk, key)
  const { associations, isAssociated } = world.outside
  const own = branch?.interface === undefined ? undefined : associations.get(branch.interface.eniId)
  const isTaken = branch?.vlanId !== undefined && own?.vlanId !== branch.vlanId && isAssociated(world.trunk.trunkId, branch.vlanId)
  if (branch?.state._tag === "Associating" && isTaken) return failed(key, "vlan refused", "taken", world.now)
  return { _tag: "BranchAssociated", key, associationId: knowsId ? association(world.next) : undefined, now: world.now }
}

/** An event of a name about a key, as the world might tell it now; undefined where it could not. */
export const makeEvent = (world: World, random: Prng, name: EventName, subject: string): TrunkEvent | undefined => {
  const { now, trunk } = world
  const key = subject as Branch["key"]
  const branch = Trunk.branchOf(trunk, key)
  const who = podOf(key)
  switch (name) {
    case "PodRequested":
      return who && requested(who, now, { groups: random.pick(groupSets), subnetId: random.pick(subnets) })
    case "PodReleased":
      return released(key, now, random.chance(70))
    case "BranchHeld own":
      return branch && heldOwn(world, random, branch)
    case "BranchHeld other":
      return heldOther(world, random, key)
    case "BranchDiscovered own":
      return branch?.interface && discovered(numberOf(branch.interface.eniId), { vlanId: branch.tagged.vlanId, associated: true, now })
    case "BranchDiscovered claim":
      return discoveredClaim(world, random, key)
    case "BranchElsewhere":
      return { _tag: "BranchElsewhere", key, now }
    case "BranchFound":
      return found(key, someInterface(world, random), { ...memoryOf(world, random, branch), attempt: 1 + random.below(3), now })
    case "BranchMissing":
      return missing(key, now)
    case "BranchCreated":
      return created(key, someInterface(world, random), now)
    case "BranchPermitted":
      return permitted(key, now)
    case "BranchTagged":
      return tagged(key, now)
    case "BranchAssociated":
      return associatedOrRefused(world, key, random.chance(85))
    case "PodAnnounced":
      return announced(key, now)
    case "BranchRegrouped":
      return regrouped(key, now)
    case "BranchDisassociated":
      return disassociated(key, now)
    case "BranchDeleted":
      return deleted(key, now)
    case "TrunkChanged":
      return { _tag: "TrunkChanged", trunkId: random.pick(trunks), now }
    case "AdmittingChanged":
      return { _tag: "AdmittingChanged", admitting: random.chance(60), now }
    case "VlanWired":
      return { _tag: "VlanWired", vlanId: 1 + random.below(160), now }
    case "SettingsChanged":
      return { _tag: "SettingsChanged", settings: random.pick(settingsToChoose), now }
    case "IdleGivenUp":
      return {
        _tag: "IdleGivenUp",
        subnetId: random.chance(50) ? undefined : random.pick(subnets),
        unlessGroups: random.chance(50) ? undefined : new Set(["sg-web"]),
        now
      }
    default:
      return failed(key, name satisfies FailureKind, random.pick(["one reason", "another reason"]), now)
  }
}

/** What comes of the command that a branch's state calls for, where EC2 and the API server are well. */
export const success = (world: World, branch: Branch): TrunkEvent | undefined => {
  const { key, state } = branch
  const { now } = world
  switch (state._tag) {
    case "Creating":
      return state.settled ? undefined : state.asked ? missing(key, now) : created(key, world.next++, now)
    case "Permitting":
      return permitted(key, now)
    case "Retagging":
      return world.trunk.trunkId && tagged(key, now)
    case "Associating":
      return associatedOrRefused(world, key, true)
    case "Announcing":
      return announced(key, now)
    case "Regrouping":
      return regrouped(key, now)
    case "Disassociating":
      return disassociated(key, now)
    case "Deleting":
      return deleted(key, now)
    default:
      return undefined
  }
}
