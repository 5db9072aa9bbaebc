import type { AssociationId, EniId, InstanceId, VlanId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { associate, endAssociation } from "../../ec2/Associations.js"
import { oncePerToken } from "../../ec2/ClientTokens.js"
import { attach, detachAttachment } from "../../ec2/Instances.js"
import { permitAttachment } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import type { Association } from "../../ec2/World.js"
import { type Action, action, ids, required, requiredId, whole } from "../Action.js"
import { arnOf, existing, existingInterface } from "../Asking.js"
import { filtered, readFilters } from "../Filters.js"

/** Permissions have ids of their own; each interface has one at most, named after it. */
const permissionOf = (eniId: string): string => eniId.replace(/^eni-/, "eni-perm-")

const permit = action("CreateNetworkInterfacePermission", {
  resources: (given, calling) => {
    const { arn, context } = existingInterface(calling, given.text("NetworkInterfaceId") ?? "")
    return [{
      arn,
      context: {
        ...context,
        "ec2:Permission": [given.text("Permission") ?? ""],
        "ec2:AuthorizedUser": [`arn:aws:iam::${given.text("AwsAccountId") ?? ""}:root`]
      }
    }]
  },
  read: (given) =>
    Result.all({
      eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
      account: required(given, "AwsAccountId"),
      permission: Result.flatMap(required(given, "Permission"), (text) =>
        text === "INSTANCE-ATTACH" || text === "EIP-ASSOCIATE" ? Result.succeed(text) : Result.fail(rejected(`Invalid value '${text}' for Permission.`)))
    }),
  effect: ({ account, eniId, permission }, { world }) =>
    // A permission for another account is that account's, and lets nobody here attach.
    permission === "INSTANCE-ATTACH" && account === world.settings.account
      ? permitAttachment(world, eniId)
      : world.interfaces.current.has(eniId) ? Result.void : Result.fail(notFound("interface", eniId)),
  answer: (_, __, { account, eniId, permission }) => ({
    interfacePermission: {
      networkInterfacePermissionId: permissionOf(eniId),
      networkInterfaceId: eniId,
      awsAccountId: account,
      permission,
      permissionState: { state: "granted" }
    }
  })
})

const attachInterface = action("AttachNetworkInterface", {
  resources: (given, calling) => [
    existingInterface(calling, given.text("NetworkInterfaceId") ?? ""),
    existing(calling, "instance", given.text("InstanceId") ?? "")
  ],
  read: (given) =>
    Result.all({
      eniId: requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
      instanceId: requiredId<InstanceId>(given, "InstanceId", "i"),
      deviceIndex: Result.flatMap(required(given, "DeviceIndex"), () => Result.map(whole(given, "DeviceIndex"), (index = 0) => index)),
      card: Result.flatMap(whole(given, "NetworkCardIndex"), (card = 0) =>
        card === 0 ? Result.succeed(card) : Result.fail(rejected("This EC2 attaches at network card 0 only.")))
    }),
  effect: ({ deviceIndex, eniId, instanceId }, { world }, now) => attach(world, { eniId, instanceId, deviceIndex }, now),
  summary: (attachmentId) => attachmentId,
  answer: (attachmentId) => ({ attachmentId, networkCardIndex: 0 })
})

const detachInterface = action("DetachNetworkInterface", {
  read: (given) => requiredId<string>(given, "AttachmentId", "eni-attach"),
  effect: (attachmentId, { world }, now) => detachAttachment(world, attachmentId, now),
  answer: () => ({ return: true })
})

const associationFields = ({ associationId, branchId, trunkId, vlanId }: Association) => ({
  associationId,
  branchInterfaceId: branchId,
  trunkInterfaceId: trunkId,
  interfaceProtocol: "VLAN",
  vlanId
})

/** Source: Amazon EC2 API Reference, AssociateTrunkInterface: either a VLAN id or a GRE key. Trunks of instances take VLAN ids. */
const vlanAsked = (vlanId: number | undefined): Result.Result<VlanId, Refusal> => {
  if (vlanId === undefined) return Result.fail(rejected("The request must contain the parameter VlanId", "MissingParameter"))
  return vlanId >= 1 && vlanId <= 4_094 ? Result.succeed(vlanId as VlanId) : Result.fail(rejected(`The VLAN ID '${vlanId}' is not valid: 1 to 4094.`))
}

const associateTrunk = action("AssociateTrunkInterface", {
  resources: (given, calling) => [
    existingInterface(calling, given.text("TrunkInterfaceId") ?? ""),
    existingInterface(calling, given.text("BranchInterfaceId") ?? "")
  ],
  read: (given) =>
    Result.all({
      trunkId: requiredId<EniId>(given, "TrunkInterfaceId", "eni"),
      branchId: requiredId<EniId>(given, "BranchInterfaceId", "eni"),
      vlanId: Result.flatMap(whole(given, "VlanId"), vlanAsked),
      clientToken: Result.succeed(given.text("ClientToken"))
    }),
  effect: ({ clientToken, ...wanted }, { world }, now) => {
    const run = () => associate(world, wanted, now)
    const parameters = { TrunkInterfaceId: wanted.trunkId, BranchInterfaceId: wanted.branchId, VlanId: wanted.vlanId }
    return clientToken === undefined ? run() : oncePerToken(world.tokens.associates, clientToken, parameters, run)
  },
  summary: (associationId) => associationId,
  answer: (associationId, _, { clientToken, ...wanted }) => ({ interfaceAssociation: associationFields({ associationId, ...wanted }), clientToken })
})

const disassociateTrunk = action("DisassociateTrunkInterface", {
  resources: (given, calling) => {
    const association = calling.world.associations.get((given.text("AssociationId") ?? "") as AssociationId)
    // What has ended names no interface any more.
    return association === undefined
      ? [{ arn: arnOf(calling, "network-interface", "*"), context: {} }]
      : [existingInterface(calling, association.trunkId), existingInterface(calling, association.branchId)]
  },
  read: (given) => Result.all({ associationId: requiredId<AssociationId>(given, "AssociationId", "trunk-assoc"), clientToken: Result.succeed(given.text("ClientToken")) }),
  effect: ({ associationId, clientToken }, { world }, now) => {
    const run = () => endAssociation(world, associationId, now)
    return clientToken === undefined ? run() : oncePerToken(world.tokens.disassociates, clientToken, { AssociationId: associationId }, run)
  },
  answer: (_, __, { clientToken }) => ({ return: true, clientToken })
})

const describeAssociations = action("DescribeTrunkInterfaceAssociations", {
  read: (given) =>
    Result.all({
      asked: ids<AssociationId>(given, "AssociationId", "trunk-assoc"),
      filters: readFilters(given),
      size: Result.map(whole(given, "MaxResults"), (size = 255) => size),
      token: Result.succeed(given.text("NextToken"))
    }),
  effect: ({ asked, filters, size, token }, { pages, world }) =>
    pages.page({ size, token }, () => {
      const absent = asked.find((associationId) => !world.associations.has(associationId))
      if (absent !== undefined) return Result.fail(notFound("association", absent))
      const rows = [...world.associations.values()].filter(({ associationId }) => asked.length === 0 || asked.includes(associationId))
      return filtered(rows, filters, { "interface-protocol": () => ["VLAN"] }, () => ({}))
    }),
  summary: ({ rows }) => `${rows.length} associations`,
  answer: ({ next, rows }) => ({ interfaceAssociationSet: rows.map(associationFields), nextToken: next })
})

export const trunkActions: ReadonlyArray<Action> = [permit, attachInterface, detachInterface, associateTrunk, disassociateTrunk, describeAssociations]
