import type { EniId, InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { deviceIndexes } from "@branchline/core/limits/InstanceLimits"
import { limitsOf } from "@branchline/core/limits/Limits"
import { Result } from "effect"
import { createInterface, deleteInterface } from "./Interfaces.js"
import { mayAttach } from "./Permissions.js"
import {
  attachmentNotFound,
  deviceIndexTaken,
  inUse,
  limitReached,
  notFound,
  type Refusal,
  rejected,
  unauthorized
} from "./Refusal.js"
import type { AttachmentRecord, InstanceRecord, World } from "./World.js"

/** What a new instance is to be. */
export interface NewInstance {
  readonly instanceId?: InstanceId | undefined
  /** `m5.large`; must be in the limits table. */
  readonly type: string
  readonly subnetId: string
  /** Groups of the primary interface; the VPC's default group where absent. */
  readonly groups?: ReadonlyArray<SecurityGroupId> | undefined
  /** One of its own where absent. */
  readonly reservationId?: string | undefined
}

/** Where an interface goes. */
export interface Place {
  readonly eniId: EniId
  readonly instanceId: InstanceId
  readonly deviceIndex: number
  /** 0 by default. */
  readonly networkCard?: number | undefined
}

/** Starts an instance with its primary interface at device index 0, which ends with it. */
export const launch = (world: World, wanted: NewInstance, now: number): Result.Result<InstanceId, Refusal> => {
  if (Result.isFailure(limitsOf(world.settings.limits, wanted.type))) {
    return Result.fail(rejected(`Invalid value '${wanted.type}' for InstanceType.`))
  }
  const instanceId = wanted.instanceId ?? world.ids.instance()
  if (world.instances.current.has(instanceId)) return Result.fail(rejected(`Instance '${instanceId}' exists already.`))
  const { groups = [], subnetId } = wanted
  return Result.map(createInterface(world, "interface", { subnetId, groups, description: "", tags: {} }, now), (primary) => {
    world.instances.set(instanceId, {
      instanceId,
      instanceType: wanted.type,
      state: "running",
      subnetId,
      vpcId: primary.vpcId,
      attachments: [],
      reservationId: wanted.reservationId ?? instanceId.replace(/^i-/, "r-"),
      launchedAt: now
    }, now)
    const attachmentId = place(world, { eniId: primary.eniId, instanceId, deviceIndex: 0 }, now, now)
    deleteOnTermination(world, primary.eniId, attachmentId, now)
    return instanceId
  })
}

/** Puts an interface on an instance, unasked. */
const place = (world: World, { deviceIndex, eniId, instanceId, networkCard = 0 }: Place, attachedAt: number, now: number): string => {
  const attachmentId = world.ids.attachment()
  const instance = world.instances.current.get(instanceId)
  const found = world.interfaces.current.get(eniId)
  if (instance === undefined || found === undefined) return attachmentId
  const attachment: AttachmentRecord = {
    eniId,
    attachmentId,
    type: found.type,
    deviceIndex,
    networkCard,
    deleteOnTermination: false,
    askedAt: now,
    attachedAt
  }
  world.instances.set(instanceId, { ...instance, attachments: [...instance.attachments, attachment] }, now)
  world.interfaces.set(eniId, { ...found, status: "in-use" }, now)
  world.placedOn.set(eniId, instanceId)
  return attachmentId
}

/** Attaches an interface at a device index of a network card, where there is room and the right to do so. */
export const attach = (world: World, wanted: Place, now: number): Result.Result<string, Refusal> => {
  const { eniId, instanceId } = wanted
  const found = world.interfaces.current.get(eniId)
  if (found === undefined) return Result.fail(notFound("interface", eniId))
  const instance = world.instances.current.get(instanceId)
  if (instance === undefined) return Result.fail(notFound("instance", instanceId))
  if (instance.state !== "running" && instance.state !== "stopped") {
    return Result.fail(rejected(`Instance '${instanceId}' is not 'running' or 'stopped'.`, "IncorrectState"))
  }
  if (found.status === "in-use") return Result.fail(inUse(eniId))
  if (!mayAttach(world, eniId)) {
    return Result.fail(unauthorized(`Account '${world.settings.account}' has no INSTANCE-ATTACH permission for interface '${eniId}'.`))
  }
  const problem = roomProblem(world, instance, found.type, wanted) ?? zoneProblem(world, instance, found.subnetId)
  if (problem !== undefined) return Result.fail(problem)
  const trunk = instance.attachments.find(({ type }) => type === "trunk")
  if (trunk !== undefined && found.type === "trunk") {
    world.observations.push({ at: now, kind: "second-trunk", subject: eniId, detail: `${instanceId} has ${trunk.eniId} already` })
  }
  return Result.succeed(place(world, wanted, now + world.settings.attachDelay, now))
}

const roomProblem = (
  world: World,
  instance: InstanceRecord,
  type: "interface" | "trunk" | "branch",
  { deviceIndex, networkCard = 0 }: Place
): Refusal | undefined => {
  const limits = limitsOf(world.settings.limits, instance.instanceType)
  if (Result.isFailure(limits)) return rejected(`Instance type '${instance.instanceType}' is unknown.`)
  if (type === "trunk" && !limits.success.trunking) {
    return rejected(`Instance type '${instance.instanceType}' does not support trunk interfaces.`)
  }
  const card = limits.success.networkCards.find(({ index }) => index === networkCard)
  if (card === undefined) return rejected(`Network card index '${networkCard}' is not valid for instance type '${instance.instanceType}'.`)
  const onCard = instance.attachments.filter((other) => other.networkCard === networkCard)
  if (onCard.some((other) => other.deviceIndex === deviceIndex)) return deviceIndexTaken(deviceIndex, instance.instanceId)
  const most = networkCard === limits.success.defaultNetworkCard ? deviceIndexes(limits.success) : card.interfaces
  return onCard.length >= most || deviceIndex >= most
    ? limitReached("AttachmentLimitExceeded", `Interface count ${onCard.length + 1} exceeds the limit for ${instance.instanceType}`)
    : undefined
}

// Source: Amazon EC2 User Guide, "Elastic network interfaces": instance and interface are in the same Availability Zone.
const zoneProblem = (world: World, instance: InstanceRecord, subnetId: string): Refusal | undefined =>
  world.subnets.get(instance.subnetId)?.zone === world.subnets.get(subnetId)?.zone
    ? undefined
    : rejected("Instance and interface are not in the same availability zone.", "InvalidParameterCombination")

/** Lets an attached interface end with its instance, or not. */
export const deleteOnTermination = (
  world: World,
  eniId: EniId,
  attachmentId: string,
  now: number,
  value = true
): Result.Result<void, Refusal> => {
  if (!world.interfaces.current.has(eniId)) return Result.fail(notFound("interface", eniId))
  const instanceId = world.placedOn.get(eniId)
  const instance = instanceId === undefined ? undefined : world.instances.current.get(instanceId)
  if (!instance?.attachments.some((attachment) => attachment.eniId === eniId && attachment.attachmentId === attachmentId)) {
    return Result.fail(attachmentNotFound(attachmentId))
  }
  const attachments = instance.attachments.map((attachment) =>
    attachment.attachmentId === attachmentId ? { ...attachment, deleteOnTermination: value } : attachment
  )
  world.instances.set(instance.instanceId, { ...instance, attachments }, now)
  return Result.void
}

/** Takes an interface off its instance, if it is on one. */
export const detach = (world: World, eniId: EniId, now: number): void => {
  const instanceId = world.placedOn.get(eniId)
  const instance = instanceId === undefined ? undefined : world.instances.current.get(instanceId)
  const found = world.interfaces.current.get(eniId)
  if (instance === undefined || found === undefined) return
  world.placedOn.delete(eniId)
  const attachments = instance.attachments.filter((attachment) => attachment.eniId !== eniId)
  world.instances.set(instance.instanceId, { ...instance, attachments }, now)
  world.interfaces.set(eniId, { ...found, status: "available" }, now)
}

/** Takes off what an attachment holds; the primary interface stays. */
export const detachAttachment = (world: World, attachmentId: string, now: number): Result.Result<void, Refusal> => {
  for (const { attachments } of world.instances.current.values()) {
    const attachment = attachments.find((one) => one.attachmentId === attachmentId)
    if (attachment === undefined) continue
    if (attachment.deviceIndex === 0) {
      return Result.fail(rejected("The network interface at device index 0 cannot be detached.", "OperationNotPermitted"))
    }
    detach(world, attachment.eniId, now)
    return Result.void
  }
  return Result.fail(attachmentNotFound(attachmentId))
}

/** Ends an instance at once: its interfaces are deleted where DeleteOnTermination says so, the others are `available`. */
export const terminate = (world: World, instanceId: InstanceId, now: number): Result.Result<void, Refusal> => {
  const instance = world.instances.current.get(instanceId)
  if (instance === undefined) return Result.fail(notFound("instance", instanceId))
  for (const attachment of instance.attachments) {
    detach(world, attachment.eniId, now)
    if (attachment.deleteOnTermination) deleteInterface(world, attachment.eniId, now)
  }
  world.instances.set(instanceId, { ...instance, state: "terminated", attachments: [] }, now)
  return Result.void
}
