import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { oncePerToken } from "../../ec2/ClientTokens.js"
import { deleteOnTermination } from "../../ec2/Instances.js"
import { createInterface, createParameters, deleteObserved, setGroups } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import { type Action, action, type Calling, ids, idOf, isTrue, required, requiredId, whole } from "../Action.js"
import { arnOf, existing, existingInterface, requestTags, tagsAsked } from "../Asking.js"
import { type Filterable, filtered, readFilters } from "../Filters.js"
import type { Form } from "../Form.js"
import { attachmentStatus, type InterfaceRow, interfaceFields, placesAt, zoneOf } from "../Views.js"

const done = (): Record<string, boolean> => ({ return: true })

const groupsAsked = (given: Form): Result.Result<ReadonlyArray<SecurityGroupId>, Refusal> => ids<SecurityGroupId>(given, "SecurityGroupId", "sg")

const typeAsked = (given: Form): Result.Result<"trunk" | "interface", Refusal> => {
  const type = given.text("InterfaceType") ?? "interface"
  return type === "trunk" || type === "interface"
    ? Result.succeed(type)
    : Result.fail(rejected(`The interface type '${type}' is not one that this EC2 makes: interface or trunk.`))
}

const create = action("CreateNetworkInterface", {
  resources: (given, calling) => {
    const tags = tagsAsked(given)
    const subnetId = given.text("SubnetId") ?? ""
    const vpcId = calling.world.subnets.get(subnetId)?.vpcId ?? ""
    return [
      {
        arn: arnOf(calling, "network-interface", "*"),
        context: { ...requestTags(tags), "ec2:Subnet": [arnOf(calling, "subnet", subnetId)], "ec2:Vpc": [arnOf(calling, "vpc", vpcId)] }
      },
      existing(calling, "subnet", subnetId),
      ...given.list("SecurityGroupId").map((groupId) => existing(calling, "security-group", groupId))
    ]
  },
  read: (given) =>
    Result.all({
      type: typeAsked(given),
      subnetId: requiredId<string>(given, "SubnetId", "subnet"),
      groups: groupsAsked(given),
      description: Result.succeed(given.text("Description") ?? ""),
      tags: Result.succeed(tagsAsked(given)),
      clientToken: Result.succeed(given.text("ClientToken"))
    }),
  effect: ({ clientToken, type, ...wanted }, { world }, now) => {
    const make = () => createInterface(world, type, wanted, now)
    return clientToken === undefined
      ? make()
      : oncePerToken(world.tokens.creates, clientToken, createParameters(type, { ...wanted, clientToken }), make)
  },
  summary: ({ eniId }) => eniId,
  answer: (face, calling, { clientToken }) => ({ networkInterface: interfaceFields({ face, placed: undefined }, calling, 0), clientToken })
})

const remove = action("DeleteNetworkInterface", {
  resources: (given, calling) => [existingInterface(calling, given.text("NetworkInterfaceId") ?? "")],
  read: (given) => requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
  effect: (eniId, { world }, now) => deleteObserved(world, eniId, now),
  answer: done
})

const filters = ({ world }: Calling, now: number): Filterable<InterfaceRow> => ({
  "network-interface-id": ({ face }) => [face.eniId],
  "status": ({ face }) => [face.status],
  "vpc-id": ({ face }) => [face.vpcId],
  "subnet-id": ({ face }) => [face.subnetId],
  "availability-zone": ({ face }) => [zoneOf(world, face.subnetId)],
  "group-id": ({ face }) => face.groups,
  "interface-type": ({ face }) => [face.type],
  "description": ({ face }) => [face.description],
  "private-ip-address": ({ face }) => [face.privateIp],
  "addresses.private-ip-address": ({ face }) => [face.privateIp],
  "ipv6-addresses.ipv6-address": ({ face }) => [face.ipv6Address],
  "mac-address": ({ face }) => [face.macAddress],
  "owner-id": () => [world.settings.account],
  "requester-managed": () => ["false"],
  "attachment.instance-id": ({ placed }) => placed === undefined ? [] : [placed.instance.instanceId],
  "attachment.attachment-id": ({ placed }) => placed === undefined ? [] : [placed.attachment.attachmentId],
  "attachment.device-index": ({ placed }) => placed === undefined ? [] : [String(placed.attachment.deviceIndex)],
  "attachment.status": ({ placed }) => placed === undefined ? [] : [attachmentStatus(placed.attachment, now)],
  "attachment.delete-on-termination": ({ placed }) => placed === undefined ? [] : [String(placed.attachment.deleteOnTermination)]
})

/** Source: Amazon EC2 API Reference, DescribeNetworkInterfaces: `MaxResults` is 5 to 1,000, and goes with no list of ids. */
const sizeAsked = (given: Form): Result.Result<number, Refusal> =>
  Result.flatMap(whole(given, "MaxResults"), (size) => {
    if (size === undefined) return Result.succeed(1_000)
    if (given.list("NetworkInterfaceId").length > 0) {
      return Result.fail(rejected("The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults", "InvalidParameterCombination"))
    }
    return size >= 5 && size <= 1_000
      ? Result.succeed(size)
      : Result.fail(rejected(`Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`))
  })

/** The ids asked for that there are none of. */
const missing = (asked: ReadonlyArray<EniId>, faces: ReadonlyArray<NetworkInterface>): EniId | undefined => {
  const there = new Set(faces.map(({ eniId }) => eniId))
  return asked.find((eniId) => !there.has(eniId))
}

const describe = action("DescribeNetworkInterfaces", {
  read: (given) =>
    Result.all({ asked: ids<EniId>(given, "NetworkInterfaceId", "eni"), filters: readFilters(given), size: sizeAsked(given), token: Result.succeed(given.text("NextToken")) }),
  effect: ({ asked, filters: conditions, size, token }, calling, now) =>
    Result.map(
      calling.pages.page({ size, token }, () => {
        const { world } = calling
        const time = calling.endpoint.lookBack(now)
        const faces = asked.length === 0 ? world.interfaces.allAt(time) : asked.flatMap((eniId) => world.interfaces.at(eniId, time) ?? [])
        const absent = missing(asked, faces)
        if (absent !== undefined) return Result.fail(notFound("interface", absent))
        const places = placesAt(world, time)
        return filtered(faces.map((face): InterfaceRow => ({ face, placed: places.get(face.eniId) })), conditions, filters(calling, now), ({ face }) => face.tags)
      }),
      (page) => ({ ...page, now })
    ),
  summary: ({ rows }) => `${rows.length} interfaces`,
  answer: ({ next, now, rows }, calling) => ({ networkInterfaceSet: rows.map((row) => interfaceFields(row, calling, now)), nextToken: next })
})

type Change =
  | { readonly _tag: "groups"; readonly groups: ReadonlyArray<SecurityGroupId> }
  | { readonly _tag: "deleteOnTermination"; readonly attachmentId: string; readonly value: boolean }
  | { readonly _tag: "description"; readonly description: string }
  | { readonly _tag: "nothing" }

/** One attribute at a time. Source: Amazon EC2 API Reference, ModifyNetworkInterfaceAttribute. */
const changeAsked = (given: Form): Result.Result<Change, Refusal> => {
  const groups = given.list("SecurityGroupId")
  const attachmentId = given.text("Attachment.AttachmentId")
  const description = given.text("Description.Value")
  const count = [groups.length > 0, attachmentId !== undefined, description !== undefined, given.text("SourceDestCheck.Value") !== undefined].filter(Boolean).length
  if (count > 1) return Result.fail(rejected("Fields for multiple attribute types specified", "InvalidParameterCombination"))
  if (groups.length > 0) return Result.map(groupsAsked(given), (asked): Change => ({ _tag: "groups", groups: asked }))
  if (attachmentId !== undefined) {
    return Result.map(idOf<string>("eni-attach", attachmentId), (id): Change => ({
      _tag: "deleteOnTermination",
      attachmentId: id,
      value: isTrue(given, "Attachment.DeleteOnTermination")
    }))
  }
  if (description !== undefined) return Result.succeed({ _tag: "description", description })
  return count === 1 ? Result.succeed({ _tag: "nothing" }) : Result.fail(rejected("No attributes specified.", "InvalidParameterCombination"))
}

const modify = action("ModifyNetworkInterfaceAttribute", {
  resources: (given, calling) => [
    existingInterface(calling, given.text("NetworkInterfaceId") ?? ""),
    ...given.list("SecurityGroupId").map((groupId) => existing(calling, "security-group", groupId))
  ],
  read: (given) => Result.all({ eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"), change: changeAsked(given) }),
  effect: ({ change, eniId }, { world }, now): Result.Result<void, Refusal> => {
    const face = world.interfaces.current.get(eniId)
    if (face === undefined) return Result.fail(notFound("interface", eniId))
    switch (change._tag) {
      case "groups":
        return setGroups(world, eniId, change.groups, now)
      case "deleteOnTermination":
        return deleteOnTermination(world, eniId, change.attachmentId, now, change.value)
      case "description":
        world.interfaces.set(eniId, { ...face, description: change.description }, now)
        return Result.void
      case "nothing":
        return Result.void
    }
  },
  answer: done
})

const attributes = ["description", "groupSet", "sourceDestCheck", "attachment"] as const

const describeAttribute = action("DescribeNetworkInterfaceAttribute", {
  read: (given) =>
    Result.all({
      eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
      attribute: Result.flatMap(required(given, "Attribute"), (text) => {
        const known = attributes.find((one) => one === text)
        return known === undefined ? Result.fail(rejected(`Invalid value '${text}' for Attribute.`)) : Result.succeed(known)
      })
    }),
  effect: ({ eniId }, { world }, now) => {
    const face = world.interfaces.current.get(eniId)
    return face === undefined ? Result.fail(notFound("interface", eniId)) : Result.succeed({ face, placed: placesAt(world, now).get(eniId), now })
  },
  answer: ({ now, ...row }, calling, { attribute }) => {
    const fields = interfaceFields(row, calling, now)
    const value = fields[attribute]
    return { networkInterfaceId: row.face.eniId, [attribute]: attribute === "description" || attribute === "sourceDestCheck" ? { value } : value }
  }
})

export const interfaceActions: ReadonlyArray<Action> = [create, remove, describe, modify, describeAttribute]
