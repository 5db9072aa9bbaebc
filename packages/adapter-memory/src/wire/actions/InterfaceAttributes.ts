import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { deleteOnTermination } from "../../ec2/Instances.js"
import { setGroups } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import type { World } from "../../ec2/World.js"
import { type Action, action, done } from "../Action.js"
import { existing, existingInterface } from "../Asking.js"
import type { Form } from "../Form.js"
import { flag, idOf, ids, required, requiredId } from "../Parameters.js"
import { interfaceFields, placesAt } from "../views/Interface.js"

type Change = (world: World, face: NetworkInterface, now: number) => Result.Result<void, Refusal>
type ReadChange = (given: Form) => Result.Result<Change, Refusal>

const described = (description: string): Change => (world, face, now) => {
  world.interfaces.set(face.eniId, { ...face, description }, now)
  return Result.void
}

const checked = (value: boolean): Change => (world, { eniId }) => {
  if (value) world.unchecked.delete(eniId)
  else world.unchecked.add(eniId)
  return Result.void
}

/** Attributes by the parameter that tells of each. */
const changes: Readonly<Record<string, ReadChange>> = {
  SecurityGroupId: (given) =>
    Result.map(ids<SecurityGroupId>(given, "SecurityGroupId", "sg"), (groups): Change => (world, { eniId }, now) => setGroups(world, eniId, groups, now)),
  Attachment: (given) =>
    Result.map(
      Result.all({
        attachmentId: Result.flatMap(required(given, "Attachment.AttachmentId"), (text) => idOf<string>("eni-attach", text)),
        value: flag(given, "Attachment.DeleteOnTermination")
      }),
      ({ attachmentId, value }): Change => (world, { eniId }, now) => deleteOnTermination(world, eniId, attachmentId, now, value)
    ),
  Description: (given) => Result.succeed(described(given.text("Description.Value") ?? "")),
  SourceDestCheck: (given) => Result.map(flag(given, "SourceDestCheck.Value"), checked)
}

/** One attribute at a time. Source: Amazon EC2 API Reference, ModifyNetworkInterfaceAttribute. */
const changeAsked: ReadChange = (given) => {
  const parts = new Set(Object.keys(given.entries).map((key) => key.split(".", 1)[0] ?? ""))
  const [wanted, more] = Object.entries(changes).filter(([name]) => parts.has(name))
  if (wanted === undefined) return Result.fail(rejected("No attributes specified.", "InvalidParameterCombination"))
  return more === undefined
    ? wanted[1](given)
    : Result.fail(rejected("Fields for multiple attribute types specified", "InvalidParameterCombination"))
}

const modify = action("ModifyNetworkInterfaceAttribute", {
  takes: ["NetworkInterfaceId", ...Object.keys(changes)],
  resources: (given, calling) => [
    existingInterface(calling, given.text("NetworkInterfaceId") ?? ""),
    ...given.list("SecurityGroupId").map((groupId) => existing(calling, "security-group", groupId))
  ],
  read: (given) => Result.all({ eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"), change: changeAsked(given) }),
  effect: ({ change, eniId }, { world }, now) => {
    const face = world.interfaces.current.get(eniId)
    return face === undefined ? Result.fail(notFound("interface", eniId)) : change(world, face, now)
  },
  answer: done
})

const attributes = ["description", "groupSet", "sourceDestCheck", "attachment", "associatePublicIpAddress"] as const

const describe = action("DescribeNetworkInterfaceAttribute", {
  takes: ["NetworkInterfaceId", "Attribute"],
  read: (given) =>
    Result.all({
      eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
      attribute: Result.flatMap(required(given, "Attribute"), (text) => {
        const known = attributes.find((one) => one === text)
        return known === undefined ? Result.fail(rejected(`Value (${text}) for parameter attribute is invalid. Unknown attribute.`)) : Result.succeed(known)
      })
    }),
  effect: ({ eniId }, { endpoint, world }, now) => {
    const time = endpoint.lookBack(now)
    const face = world.interfaces.at(eniId, time)
    return face === undefined ? Result.fail(notFound("interface", eniId)) : Result.succeed({ face, placed: placesAt(world, time).get(eniId), now })
  },
  answer: ({ now, ...row }, calling, { attribute, eniId }) => {
    if (attribute === "associatePublicIpAddress") return { networkInterfaceId: eniId, associatePublicIpAddress: false }
    const shown = interfaceFields(row, calling, now)[attribute]
    const value = attribute === "description" || attribute === "sourceDestCheck" ? { value: shown } : shown
    return { networkInterfaceId: eniId, [attribute]: value }
  }
})

export const attributeActions: ReadonlyArray<Action> = [modify, describe]
