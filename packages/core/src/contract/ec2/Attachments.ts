import { expect } from "@effect/vitest"
import { Effect } from "effect"
import type { InstanceId } from "../../model/Ids.js"
import { Ec2 } from "../../ports/Ec2.js"
import { Ec2Harness, eventually, type It, nowhere, permittedTrunk, refusal, seen, wanted } from "./Harness.js"

/** The instance as described, once it shows so many attachments. */
const withAttachments = (instanceId: InstanceId, count: number) =>
  Effect.flatMap(Ec2, (ec2) =>
    eventually(ec2.describeInstances([instanceId]), ([instance]) => instance?.attachments.length === count))

/** Trunks on instances. */
export const attachments = (it: It): void => {
  it.effect("attachTrunk: attaching at first, then attached, at the device index of network card 0", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { deviceIndexes, instanceId } = yield* (yield* Ec2Harness).launch
      const trunk = yield* permittedTrunk("attach")
      const deviceIndex = deviceIndexes - 1
      const attachmentId = yield* ec2.attachTrunk({ trunkId: trunk.eniId, instanceId, deviceIndex })
      const trunkOf = Effect.map(ec2.describeInstances([instanceId]), ([instance]) =>
        instance?.attachments.find(({ type }) => type === "trunk"))
      const early = yield* eventually(trunkOf, (attachment) => attachment !== undefined)
      expect(["attaching", "attached"]).toContain(early?.status)
      const late = yield* eventually(trunkOf, (attachment) => attachment?.status === "attached")
      expect(late).toMatchObject({ eniId: trunk.eniId, attachmentId, deviceIndex, networkCard: 0, deleteOnTermination: false })
      yield* seen(trunk.eniId, ({ status }) => status === "in-use")
    }))

  it.effect("attachTrunk again: InUse; and so is the deletion of an attached trunk", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { instanceId } = yield* (yield* Ec2Harness).launch
      const trunk = yield* permittedTrunk("attach-again")
      const attachment = { trunkId: trunk.eniId, instanceId, deviceIndex: 1 }
      yield* ec2.attachTrunk(attachment)
      yield* withAttachments(instanceId, 2)
      expect(yield* refusal(ec2.attachTrunk(attachment))).toEqual({
        action: "AttachNetworkInterface",
        explained: true,
        reason: { _tag: "InUse" }
      })
      expect(yield* refusal(ec2.deleteInterface(trunk.eniId))).toEqual({
        action: "DeleteNetworkInterface",
        explained: true,
        reason: { _tag: "InUse" }
      })
      yield* seen(trunk.eniId)
    }))

  it.effect("attachTrunk adds Taken for a device index, LimitReached beyond the last one, and NotFound", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { deviceIndexes, instanceId } = yield* (yield* Ec2Harness).launch
      const { eniId: trunkId } = yield* permittedTrunk("attach-where")
      const attach = (change: Partial<Parameters<typeof ec2.attachTrunk>[0]>) =>
        Effect.map(refusal(ec2.attachTrunk({ trunkId, instanceId, deviceIndex: 1, ...change })), ({ reason }) => reason)
      expect(yield* attach({ deviceIndex: 0 })).toEqual({ _tag: "Taken", what: "device index" })
      expect(yield* attach({ deviceIndex: deviceIndexes })).toEqual({ _tag: "LimitReached" })
      expect(yield* attach({ trunkId: nowhere.eniId })).toMatchObject({ _tag: "NotFound", thing: "interface" })
      expect(yield* attach({ instanceId: nowhere.instanceId })).toMatchObject({ _tag: "NotFound", thing: "instance" })
      yield* seen(trunkId, ({ status }) => status === "available")
    }))

  it.effect("deleteOnTermination: set, again changes nothing, and adds NotFound", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { instanceId } = yield* (yield* Ec2Harness).launch
      const { eniId } = yield* permittedTrunk("delete-on-termination")
      const attachmentId = yield* ec2.attachTrunk({ trunkId: eniId, instanceId, deviceIndex: 1 })
      yield* ec2.deleteOnTermination(eniId, attachmentId)
      yield* ec2.deleteOnTermination(eniId, attachmentId)
      yield* eventually(ec2.describeInstances([instanceId]), ([instance]) =>
        instance?.attachments.some((attachment) => attachment.eniId === eniId && attachment.deleteOnTermination) === true)
      expect(yield* refusal(ec2.deleteOnTermination(nowhere.eniId, attachmentId))).toMatchObject({
        action: "ModifyNetworkInterfaceAttribute",
        explained: true,
        reason: { _tag: "NotFound", thing: "interface" }
      })
    }))
}

/** Attaching without the right to. */
export const attachmentPermissions = (it: It): void => {
  it.effect("attachTrunk without a permission: Unauthorized, and fine after it", () =>
    Effect.gen(function*() {
      const ec2 = yield* Ec2
      const { instanceId } = yield* (yield* Ec2Harness).launch
      const { eniId: trunkId } = yield* ec2.createTrunk(yield* wanted("attach-permission"))
      const attachment = { trunkId, instanceId, deviceIndex: 1 }
      expect((yield* refusal(ec2.attachTrunk(attachment))).reason).toEqual({ _tag: "Unauthorized" })
      yield* ec2.permitAttachment(trunkId)
      yield* ec2.attachTrunk(attachment)
    }))
}
