import { type AllocationSettings, defaultAllocationSettings } from "../../src/allocation/AllocationSettings.js"
import type { Branch, BranchInterface, BranchKey, PodIdentity } from "../../src/allocation/Branch.js"
import type { Command, PodNews } from "../../src/allocation/Command.js"
import * as Trunk from "../../src/allocation/Trunk.js"
import type { FailureKind, TrunkEvent } from "../../src/allocation/TrunkEvent.js"
import { step } from "../../src/allocation/TrunkMachine.js"
import type { BranchDetails } from "../../src/model/BranchAnnotation.js"
import type { AssociationId, EniId, InstanceId, PodUid, SecurityGroupId, VlanId } from "../../src/model/Ids.js"

const hex = (number: number): string => number.toString(16).padStart(8, "0")

export const eni = (number: number): EniId => `eni-${hex(number)}` as EniId
export const group = (name: string): SecurityGroupId => `sg-${name}` as SecurityGroupId
export const vlan = (number: number): VlanId => number as VlanId
export const association = (number: number): AssociationId => `trunk-assoc-${hex(number)}` as AssociationId
export const pod = (name: string, namespace = "shop"): PodIdentity => ({
  uid: `uid-${namespace}-${name}` as PodUid,
  namespace,
  name
})

export const instanceId = "i-00000001" as InstanceId
export const trunkId = eni(0xa)
export const otherTrunkId = eni(0xb)
export const subnetId = "subnet-1"
export const groups = [group("web")]
export const second = 1_000
export const minute = 60_000

export const face = (number: number): BranchInterface => ({
  eniId: eni(number),
  macAddress: `02:00:00:00:00:${hex(number).slice(-2)}`,
  privateIp: `10.0.0.${number % 250}`,
  ipv6Address: ""
})

export const details = (number: number, vlanId: number, associationID: AssociationId | "" = association(number)): BranchDetails => ({
  eniId: eni(number),
  ifAddress: face(number).macAddress,
  privateIp: face(number).privateIp,
  ipv6Addr: "",
  vlanId: vlan(vlanId),
  subnetCidr: "10.0.0.0/16",
  subnetV6Cidr: "",
  associationID: associationID as AssociationId
})

type Of<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>

export const requested = (who: PodIdentity, now = 0, wish: Partial<Of<"PodRequested">> = {}): TrunkEvent => ({
  _tag: "PodRequested",
  pod: who,
  groups,
  fallback: false,
  subnetId,
  now,
  ...wish
})
export const released = (key: BranchKey, now = 0, mayIdle = false): TrunkEvent => ({ _tag: "PodReleased", key, mayIdle, now })
export const held = (who: PodIdentity, what: BranchDetails, now = 0): TrunkEvent => ({ _tag: "BranchHeld", pod: who, details: what, now })
export const discovered = (number: number, facts: Partial<Of<"BranchDiscovered">> = {}): TrunkEvent => ({
  _tag: "BranchDiscovered",
  interface: face(number),
  subnetId,
  groups,
  vlanId: undefined,
  trunkId,
  associated: false,
  claim: undefined,
  claimant: undefined,
  now: 0,
  ...facts
})
export const found = (key: BranchKey, number: number, facts: Partial<Of<"BranchFound">> = {}): TrunkEvent => ({
  _tag: "BranchFound",
  key,
  interface: face(number),
  attempt: 1,
  vlanId: undefined,
  trunkId,
  associated: false,
  now: 0,
  ...facts
})
export const missing = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchMissing", key, now })
export const created = (key: BranchKey, number: number, now = 0): TrunkEvent => ({ _tag: "BranchCreated", key, interface: face(number), now })
export const permitted = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchPermitted", key, now })
export const tagged = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchTagged", key, now })
export const associated = (key: BranchKey, number: number, now = 0): TrunkEvent => ({
  _tag: "BranchAssociated",
  key,
  associationId: association(number),
  now
})
export const announced = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "PodAnnounced", key, annotation: "[{…}]", now })
export const regrouped = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchRegrouped", key, now })
export const disassociated = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchDisassociated", key, now })
export const deleted = (key: BranchKey, now = 0): TrunkEvent => ({ _tag: "BranchDeleted", key, now })
export const failed = (key: BranchKey, kind: FailureKind, message: string = kind, now = 0): TrunkEvent => ({
  _tag: "CommandFailed",
  key,
  kind,
  message,
  now
})
export const trunkIs = (id: EniId | undefined, now = 0): TrunkEvent => ({ _tag: "TrunkChanged", trunkId: id, now })
export const admitting = (yes: boolean, now = 0): TrunkEvent => ({ _tag: "AdmittingChanged", admitting: yes, now })

/** A trunk that can carry `limit` branches and may be given them. */
export const ready = (limit = 9, settings: Partial<AllocationSettings> = {}): Trunk.Trunk => ({
  ...Trunk.empty(instanceId, limit, { ...defaultAllocationSettings, ...settings }),
  trunkId,
  admitting: true
})

export const idling = { regroup: false, timeToLive: 10 * minute, cap: 2 }

/** The trunk after all of the events, and what the last of them called for. */
export const after = (trunk: Trunk.Trunk, ...events: ReadonlyArray<TrunkEvent>) =>
  events.reduce((before, event) => step(before.trunk, event), step(trunk, { _tag: "SettingsChanged", settings: trunk.settings, now: 0 }))

/** What leads a pod from its first wish to a branch in use. */
export const served = (who: PodIdentity, number: number, now = 0): ReadonlyArray<TrunkEvent> => [
  requested(who, now),
  created(who.uid, number, now),
  permitted(who.uid, now),
  associated(who.uid, number, now),
  announced(who.uid, now)
]

/** What leads a branch in use to its end, `cooldown` of a minute included. */
export const ended = (key: BranchKey, now: number): ReadonlyArray<TrunkEvent> => [
  released(key, now),
  released(key, now + minute),
  disassociated(key, now + minute),
  deleted(key, now + minute)
]

export const branch = (trunk: Trunk.Trunk, key: BranchKey): Branch => {
  const found = Trunk.branchOf(trunk, key)
  if (found === undefined) throw new Error(`${key} has no branch`)
  return found
}
export const stateOf = (trunk: Trunk.Trunk, key: BranchKey): string | undefined => Trunk.branchOf(trunk, key)?.state._tag

/** What is to be done, by name. */
export const names = (commands: ReadonlyArray<Command>): ReadonlyArray<string> =>
  commands.map((command) => (command._tag === "TellPod" ? `tell ${command.news._tag}` : command._tag))

export const news = (commands: ReadonlyArray<Command>): ReadonlyArray<PodNews> =>
  commands.flatMap((command) => (command._tag === "TellPod" ? [command.news] : []))
