import type { AssociationId, EniId, VlanId } from "@branchline/core/model/Ids"
import { limitsOf } from "@branchline/core/limits/Limits"
import { Result } from "effect"
import type { ObservationKind } from "./Observations.js"
import { mayAttach } from "./Permissions.js"
import { alreadyAssociated, limitReached, notFound, type Refusal, rejected, unauthorized, vlanTaken } from "./Refusal.js"
import type { Association, World } from "./World.js"

/** Up to this id the routing tables of the CNI plugin (100 + id) keep clear of the kernel's own (contract §11). */
const lastSafeVlan = 152

/** Branches that the trunk may carry; no limit is known for a trunk that hangs on no instance. */
const capacityOf = (world: World, trunkId: EniId): { readonly branches: number; readonly type: string } | undefined => {
  const instanceId = world.placedOn.get(trunkId)
  const instance = instanceId === undefined ? undefined : world.instances.current.get(instanceId)
  if (instance === undefined) return undefined
  const limits = limitsOf(world.settings.limits, instance.instanceType)
  return Result.isSuccess(limits) ? { branches: limits.success.branches, type: instance.instanceType } : undefined
}

const inRightPlace = (world: World, wanted: Omit<Association, "associationId">): Refusal | undefined => {
  const trunk = world.interfaces.current.get(wanted.trunkId)
  if (trunk === undefined) return notFound("trunk", wanted.trunkId)
  if (trunk.type !== "trunk") return rejected(`The interface '${wanted.trunkId}' is not a trunk interface.`)
  const branch = world.interfaces.current.get(wanted.branchId)
  if (branch === undefined) return notFound("branch", wanted.branchId)
  if (branch.type === "trunk") return rejected(`The interface '${wanted.branchId}' is a trunk interface.`)
  if (world.placedOn.has(wanted.branchId)) return rejected(`Interface '${wanted.branchId}' is currently in use.`)
  if (!mayAttach(world, wanted.branchId)) {
    return unauthorized(`Account '${world.settings.account}' has no INSTANCE-ATTACH permission for interface '${wanted.branchId}'.`)
  }
  return undefined
}

/** Puts a branch under a trunk with a VLAN id; one id is one branch, one branch is under one trunk. */
export const associate = (
  world: World,
  wanted: Omit<Association, "associationId">,
  now: number
): Result.Result<AssociationId, Refusal> => {
  const { branchId, trunkId, vlanId } = wanted
  const observe = (kind: ObservationKind, detail: string): void => {
    world.observations.push({ at: now, kind, subject: trunkId, detail })
  }
  const misplaced = inRightPlace(world, wanted)
  if (misplaced !== undefined) return Result.fail(misplaced)
  const existing = world.associationByBranch.get(branchId)
  if (existing !== undefined) {
    return Result.fail(alreadyAssociated(branchId, world.associations.get(existing)?.trunkId ?? ""))
  }
  const vlans = world.vlans.get(trunkId) ?? new Map<VlanId, AssociationId>()
  const holder = vlans.get(vlanId)
  if (holder !== undefined) {
    observe("vlan-taken", `VLAN ${vlanId} asked for ${branchId}, held by ${holder}`)
    return Result.fail(vlanTaken(vlanId, trunkId))
  }
  const freedAt = world.freedVlans.get(trunkId)?.get(vlanId)
  if (freedAt !== undefined && now - freedAt < world.settings.vlanCooldown) {
    observe("vlan-cooling", `VLAN ${vlanId} asked for ${branchId}, freed ${now - freedAt} ms ago`)
    return Result.fail(vlanTaken(vlanId, trunkId))
  }
  const capacity = capacityOf(world, trunkId)
  if (capacity !== undefined && vlans.size >= capacity.branches) {
    const { branches, type } = capacity
    observe("over-limit", `${vlans.size + 1} branches asked of ${type}, which carries ${branches}`)
    return Result.fail(
      limitReached("AttachmentLimitExceeded", `Trunk interface '${trunkId}' has the ${branches} branch interfaces that ${type} supports.`)
    )
  }
  if (vlanId > lastSafeVlan) observe("vlan-unsafe", `VLAN ${vlanId} given to ${branchId}`)
  const associationId = world.ids.association()
  world.associations.set(associationId, { associationId, trunkId, branchId, vlanId })
  world.associationByBranch.set(branchId, associationId)
  world.vlans.set(trunkId, vlans.set(vlanId, associationId))
  const branch = world.interfaces.current.get(branchId)
  if (branch !== undefined) world.interfaces.set(branchId, { ...branch, type: "branch", status: "in-use" }, now)
  return Result.succeed(associationId)
}

/** Ends an association: the VLAN id is free, the branch is a plain, available interface again. */
export const endAssociation = (world: World, associationId: AssociationId, now: number): Result.Result<void, Refusal> => {
  const association = world.associations.get(associationId)
  if (association === undefined) return Result.fail(notFound("association", associationId))
  const { branchId, trunkId, vlanId } = association
  world.associations.delete(associationId)
  world.associationByBranch.delete(branchId)
  world.vlans.get(trunkId)?.delete(vlanId)
  const freed = world.freedVlans.get(trunkId) ?? new Map<VlanId, number>()
  world.freedVlans.set(trunkId, freed.set(vlanId, now))
  world.releasedAt.set(branchId, now)
  const branch = world.interfaces.current.get(branchId)
  if (branch !== undefined) world.interfaces.set(branchId, { ...branch, type: "interface", status: "available" }, now)
  return Result.void
}

/** Ends every association of a trunk that goes away, and forgets its VLAN ids. */
export const endAssociationsOf = (world: World, trunkId: EniId, now: number): void => {
  world.vlans.get(trunkId)?.forEach((associationId) => endAssociation(world, associationId, now))
  world.vlans.delete(trunkId)
  world.freedVlans.delete(trunkId)
}
