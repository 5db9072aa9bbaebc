import type { BranchKey, PodIdentity } from "../../../src/allocation/Branch.js"
import { associationToken, claimText } from "../../../src/allocation/Claim.js"
import type { Command } from "../../../src/allocation/Command.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { FailureKind, TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import type { BranchDetails } from "../../../src/model/BranchAnnotation.js"
import type { AssociationId, EniId, PodUid, SecurityGroupId } from "../../../src/model/Ids.js"
import { associated, association, details, discovered, eni, face, subnetId } from "../Fixtures.js"

interface Interface {
  readonly number: number
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly claim: { readonly pod: PodUid; readonly attempt: number }
  vlanId: number
  trunkId: EniId
  permitted: boolean
  under: number | undefined
}

export interface LivingPod extends PodIdentity {
  readonly groups: ReadonlyArray<SecurityGroupId>
  lives: boolean
  annotation: BranchDetails | undefined
  endedAt: number
}

type Answer = TrunkEvent | { readonly refused: FailureKind }

/** EC2, the API server and the node, truthful and small: each command has its effect, or is refused for the reason that EC2 would have. */
export interface LivingWorld {
  readonly pods: Map<PodUid, LivingPod>
  readonly interfaces: Map<EniId, Interface>
  /** When whoever cools branches last started with empty memory. */
  restartedAt: number
  readonly perform: (command: Exclude<Command, { readonly _tag: "TellPod" }>, now: number) => Answer
  /** What a restart finds, in the order in which it is told. */
  readonly memories: (now: number) => ReadonlyArray<TrunkEvent>
}

export const makeLivingWorld = (cooldown: number): LivingWorld => {
  const pods = new Map<PodUid, LivingPod>()
  const interfaces = new Map<EniId, Interface>()
  const creates = new Map<string, { readonly parameters: string; readonly eniId: EniId }>()
  const associations = new Map<string, AssociationId>()
  const links = new Map<number, { readonly pod: LivingPod; readonly eniId: EniId }>()
  let next = 0x100

  /** The CNI plugin wires what an annotation says, and tears it down within the cooldown after the pod's end at the latest. */
  const wire = (pod: LivingPod, { eniId, vlanId }: BranchDetails, now: number): void => {
    const other = links.get(vlanId)
    if (other !== undefined && other.pod !== pod && (other.pod.lives || now < other.pod.endedAt + cooldown)) {
      throw new Error(`VLAN id ${vlanId} is wired for ${other.pod.name} and ${pod.name}`)
    }
    links.set(vlanId, { pod, eniId })
  }

  const mustHaveCooled = (eniId: EniId, now: number): void => {
    for (const link of links.values()) {
      if (link.eniId !== eniId) continue
      if (link.pod.lives && link.pod.annotation?.eniId === eniId) throw new Error(`${link.pod.name} lives on ${eniId}, which goes`)
      if (now < Math.max(link.pod.endedAt, world.restartedAt) + cooldown) throw new Error(`${eniId} goes before it has cooled`)
    }
  }

  const perform: LivingWorld["perform"] = (command, now) => {
    const { key } = command
    const own = "eniId" in command ? interfaces.get(command.eniId) : undefined
    switch (command._tag) {
      case "FindBranch": {
        const tries = [...interfaces.values()].filter(({ claim }) => claim.pod === command.pod.uid)
        const last = tries.sort((a, b) => b.claim.attempt - a.claim.attempt)[0]
        if (last === undefined) return { _tag: "BranchMissing", key, now }
        const { vlanId, trunkId: tag, under, claim: { attempt } } = last
        return { _tag: "BranchFound", key, interface: face(last.number), attempt, vlanId, trunkId: tag, associated: under !== undefined, now }
      }
      case "CreateBranch": {
        const { vlanId, groups, attempt } = command
        const claim = { pod: command.pod.uid, attempt }
        const parameters = `${vlanId} ${command.trunkId} ${groups} ${command.subnetId}`
        const before = creates.get(claimText(claim))
        if (before !== undefined && before.parameters !== parameters) return { refused: "token spent" }
        const number = before === undefined ? next++ : Number.parseInt(before.eniId.slice(4), 16)
        if (before === undefined) {
          creates.set(claimText(claim), { parameters, eniId: eni(number) })
          interfaces.set(eni(number), { number, groups, claim, vlanId, trunkId: command.trunkId, permitted: false, under: undefined })
        }
        return { _tag: "BranchCreated", key, interface: face(number), now }
      }
      case "PermitBranch":
        if (own === undefined) return { refused: "interface gone" }
        own.permitted = true
        return { _tag: "BranchPermitted", key, now }
      case "TagBranch":
        if (own === undefined) return { refused: "interface gone" }
        own.vlanId = command.vlanId
        own.trunkId = command.trunkId
        return { _tag: "BranchTagged", key, now }
      case "AssociateBranch": {
        const { vlanId } = command
        if (own === undefined) return { refused: "interface gone" }
        if (!own.permitted || own.vlanId !== vlanId) throw new Error(`${command.eniId} is associated without permission or under a wrong tag`)
        const token = associationToken(command.eniId, command.trunkId, vlanId)
        const before = associations.get(token)
        if (before !== undefined) return { _tag: "BranchAssociated", key, associationId: before, now }
        if ([...interfaces.values()].some(({ under }) => under === vlanId)) return { refused: "vlan refused" }
        own.under = vlanId
        associations.set(token, association(own.number))
        return associated(key, own.number, now)
      }
      case "AnnouncePod": {
        const pod = pods.get(command.pod.uid)
        if (pod === undefined || !pod.lives) return { _tag: "PodReleased", key, mayIdle: false, now }
        if (pod.annotation !== undefined && pod.annotation.eniId !== command.details.eniId) {
          return { _tag: "BranchHeld", pod: command.pod, details: pod.annotation, now }
        }
        if (interfaces.get(command.details.eniId)?.under !== command.details.vlanId) throw new Error("announced without association")
        pod.annotation = details(interfaces.get(command.details.eniId)!.number, command.details.vlanId)
        wire(pod, pod.annotation, now)
        return { _tag: "PodAnnounced", key, annotation: "[{…}]", now }
      }
      case "RegroupBranch":
        return own === undefined ? { refused: "interface gone" } : { _tag: "BranchRegrouped", key, now }
      case "DisassociateBranch":
        if (own?.under === undefined) return { refused: "association gone" }
        mustHaveCooled(command.eniId, now)
        own.under = undefined
        return { _tag: "BranchDisassociated", key, now }
      case "DeleteBranch":
        if (own === undefined) return { refused: "interface gone" }
        if (own.under !== undefined) mustHaveCooled(command.eniId, now)
        interfaces.delete(command.eniId)
        return { _tag: "BranchDeleted", key, now }
    }
  }

  const memories = (now: number): ReadonlyArray<TrunkEvent> => {
    const living = [...pods.values()].filter(({ lives }) => lives)
    const held = living.flatMap((pod): ReadonlyArray<TrunkEvent> =>
      pod.annotation === undefined ? [] : [{ _tag: "BranchHeld", pod, details: pod.annotation, now }]
    )
    const found = [...interfaces.values()].map(({ number, groups, claim, vlanId, trunkId: tag, under }) => {
      const claimant = living.find(({ uid, annotation }) => uid === claim.pod && annotation === undefined)
      return discovered(number, { groups, claim, claimant, vlanId, trunkId: tag, associated: under !== undefined, subnetId, now })
    })
    return [...held, ...found]
  }

  const world: LivingWorld = { pods, interfaces, restartedAt: 0, perform, memories }
  return world
}

/** What a controller tells the machine of a key, again and again: what its pod wants now. */
export const level = (world: LivingWorld, trunk: Trunk.Trunk, key: BranchKey, mayIdle: boolean, now: number): TrunkEvent => {
  const pod = world.pods.get(key as PodUid)
  if (pod === undefined || !pod.lives) return { _tag: "PodReleased", key, mayIdle, now }
  const { annotation } = pod
  return annotation !== undefined && Trunk.branchOf(trunk, key)?.state._tag !== "Announcing"
    ? { _tag: "BranchHeld", pod, details: annotation, now }
    : { _tag: "PodRequested", pod, groups: pod.groups, fallback: false, subnetId, now }
}
