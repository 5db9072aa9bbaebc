import type { EniId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { notFound, type Refusal, rejected } from "./Refusal.js"
import type { Permission, World } from "./World.js"

/** Each interface has one permission at most, named after it. */
export const permissionIdOf = (eniId: EniId): string => eniId.replace(/^eni-/, "eni-perm-")

const interfaceOf = (permissionId: string): EniId => permissionId.replace(/^eni-perm-/, "eni-") as EniId

const same = (one: Permission, other: Permission): boolean => one.account === other.account && one.kind === other.kind

/** Gives an account the right to do something with the interface; the same again changes nothing. */
export const permit = (world: World, eniId: EniId, wanted: Permission): Result.Result<void, Refusal> => {
  if (!world.interfaces.current.has(eniId)) return Result.fail(notFound("interface", eniId))
  const held = world.permissions.get(eniId)
  // Source: Amazon EC2 API Reference, CreateNetworkInterfacePermission: a single account only, and only one at a time.
  if (held !== undefined && !same(held, wanted)) {
    return Result.fail(rejected(`The network interface '${eniId}' has a permission for account '${held.account}'; delete it first.`, "OperationNotPermitted"))
  }
  world.permissions.set(eniId, wanted)
  return Result.void
}

export const permissionNotFound = (permissionId: string): Refusal => ({
  code: "InvalidPermissionID.NotFound",
  reason: { _tag: "NotFound", thing: "interface", id: interfaceOf(permissionId) },
  message: `The network interface permission ID '${permissionId}' does not exist`
})

/** Takes a permission back; where the interface is attached only by `force`. */
export const revoke = (world: World, permissionId: string, force: boolean): Result.Result<void, Refusal> => {
  const eniId = interfaceOf(permissionId)
  if (!world.permissions.has(eniId)) {
    return Result.fail(permissionNotFound(permissionId))
  }
  // Source: Amazon EC2 API Reference, DeleteNetworkInterfacePermission, `Force`.
  if (!force && world.placedOn.has(eniId)) {
    return Result.fail(rejected(`The network interface '${eniId}' is attached to an instance: delete its permission by Force.`, "OperationNotPermitted"))
  }
  world.permissions.delete(eniId)
  return Result.void
}

/** Whether the account may attach the interface, to an instance or to a trunk. */
export const mayAttach = (world: World, eniId: EniId): boolean => {
  const held = world.permissions.get(eniId)
  return held?.kind === "INSTANCE-ATTACH" && held.account === world.settings.account
}
