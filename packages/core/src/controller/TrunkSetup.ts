import { Effect } from "effect"
import type { InstanceLimits } from "../limits/InstanceLimits.js"
import { deviceIndexes } from "../limits/InstanceLimits.js"
import type { EniId, InstanceId, SecurityGroupId } from "../model/Ids.js"
import { trunkDescription } from "../model/Names.js"
import type { Attachment, Instance, NetworkInterface } from "../ports/Ec2.js"
import { Ec2Error } from "../ports/Ec2Error.js"
import { interfaceTags } from "./Execute.js"
import type { Member } from "./Fleet.js"
import type { Parts } from "./Parts.js"
import { steadyNow } from "./Steady.js"

/** What a trunk is made from. */
export interface TrunkWish {
  readonly instance: Instance
  readonly limits: InstanceLimits
  readonly subnetId: string
  readonly groups: ReadonlyArray<SecurityGroupId>
  readonly tags: Readonly<Record<string, string>>
}

/** An instance's trunk: its attached interface of type trunk (contract §6). */
export const trunkAttachment = (instance: Instance): Attachment | undefined =>
  instance.attachments.find(({ status, type }) => type === "trunk" && status !== "detaching")

/** So long a trunk that was just attached may not be shown, milliseconds: EC2's describes lag behind by seconds (contract §6). */
const untilShown = 60_000

/** Whether an instance that shows no trunk may only lag behind. */
export const mayLag = ({ trunkSince }: Pick<Member, "trunkSince">, now: number): boolean => trunkSince !== undefined && now - trunkSince < untilShown

/** The highest free device index of network card 0: aws-node takes them from the bottom (contract §6). */
export const freeDeviceIndex = (instance: Instance, limits: InstanceLimits): number | undefined => {
  const taken = new Set(instance.attachments.filter(({ networkCard }) => networkCard === 0).map(({ deviceIndex }) => deviceIndex))
  for (let index = deviceIndexes(limits) - 1; index > 0; index--) {
    if (!taken.has(index)) return index
  }
  return undefined
}

const noRoom = (instance: Instance): Ec2Error =>
  new Ec2Error({
    action: "AttachNetworkInterface",
    code: "AttachmentLimitExceeded",
    reason: { _tag: "LimitReached" },
    message: `no device index of network card 0 is free on ${instance.instanceId} (${instance.instanceType})`
  })

/**
 * A trunk that was made for the instance before, which the instance does not show: a crash fell between making and attaching it, or the
 * description of the instance lags behind an attachment. One that is attached counts first.
 */
const findMade = (parts: Parts, instanceId: InstanceId) =>
  Effect.map(parts.ledger.take(instanceId), (found) => {
    const trunks = found.filter(({ type }) => type === "trunk")
    return trunks.find(({ status }) => status === "in-use") ?? trunks[0]
  })

/** A token names one trunk for ever, a deleted one included: each try that proved spent takes the next. */
const createTrunk = Effect.fnUntraced(function*(parts: Parts, wish: TrunkWish): Effect.fn.Return<NetworkInterface, Ec2Error> {
  const now = yield* steadyNow
  return yield* parts.ec2.createTrunk({
    subnetId: wish.subnetId,
    groups: wish.groups,
    description: trunkDescription,
    tags: interfaceTags(parts, { instanceId: wish.instance.instanceId, tags: wish.tags }),
    // A lost answer is settled by `findMade`, so the token needs only to be new for each look that found none.
    clientToken: `trunk/${wish.instance.instanceId}/${now}`
  })
})

/**
 * The instance's trunk interface, found or made, attached, and gone with its instance. Each call does what is still missing, so that it may be
 * repeated after any failure. Fails with every error of the EC2 calls it makes, and with `LimitReached` where no device index is free.
 *
 * Source: contract §6, order of the calls and device index.
 */
export const ensureTrunk = Effect.fnUntraced(function*(parts: Parts, wish: TrunkWish): Effect.fn.Return<EniId, Ec2Error> {
  const { instance } = wish
  const attached = trunkAttachment(instance)
  if (attached !== undefined) {
    return yield* whole(parts, attached.status === "attached" ? attached : yield* awaitAttached(parts, instance.instanceId, attached.eniId))
  }
  const deviceIndex = freeDeviceIndex(instance, wish.limits)
  if (deviceIndex === undefined) return yield* noRoom(instance)
  const found = yield* findMade(parts, instance.instanceId)
  if (found?.status === "in-use") return yield* whole(parts, yield* awaitAttached(parts, instance.instanceId, found.eniId))
  const { eniId } = found ?? (yield* createTrunk(parts, wish))
  yield* parts.ec2.permitAttachment(eniId)
  const attachmentId = yield* parts.ec2.attachTrunk({ trunkId: eniId, instanceId: instance.instanceId, deviceIndex })
  yield* parts.ec2.deleteOnTermination(eniId, attachmentId)
  return (yield* awaitAttached(parts, instance.instanceId, eniId)).eniId
})

/** An attached trunk goes with its instance: where a lost answer left that unsaid, it is said now. */
const whole = (parts: Parts, { attachmentId, deleteOnTermination, eniId }: Attachment): Effect.Effect<EniId, Ec2Error> =>
  deleteOnTermination ? Effect.succeed(eniId) : Effect.as(parts.ec2.deleteOnTermination(eniId, attachmentId), eniId)

const looks = 20
const between = "500 millis"

/** Attaching takes seconds, and a describe may answer with less than there is: looked for with bounds, then left to the next try. */
const awaitAttached = Effect.fnUntraced(function*(
  parts: Parts,
  instanceId: InstanceId,
  eniId: EniId
): Effect.fn.Return<Attachment, Ec2Error> {
  for (let look = 0; look < looks; look++) {
    const instance = yield* parts.ledger.instance(instanceId)
    const found = instance?.attachments.find((one) => one.eniId === eniId && one.status === "attached")
    if (found !== undefined) return found
    yield* Effect.sleep(between)
  }
  return yield* new Ec2Error({
    action: "DescribeInstances",
    code: "AttachmentTimeout",
    reason: { _tag: "Unavailable" },
    message: `the trunk ${eniId} is not attached to ${instanceId} yet`
  })
})
