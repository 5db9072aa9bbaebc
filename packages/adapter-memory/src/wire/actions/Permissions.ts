import type { EniId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { permissionIdOf, permissionNotFound, permit, revoke } from "../../ec2/Permissions.js"
import { rejected } from "../../ec2/Refusal.js"
import type { Permission } from "../../ec2/World.js"
import { type Action, action, done } from "../Action.js"
import { existingInterface } from "../Asking.js"
import { describing } from "../Describing.js"
import type { Fields } from "../Document.js"
import { flag, oneOf, required, requiredId } from "../Parameters.js"

type Row = Permission & { readonly eniId: EniId }

/** Granted at once: EC2's `pending` has no length here. */
const permissionFields = ({ account, eniId, kind }: Row): Fields => ({
  networkInterfacePermissionId: permissionIdOf(eniId),
  networkInterfaceId: eniId,
  awsAccountId: account,
  permission: kind,
  permissionState: { state: "granted" }
})

const create = action("CreateNetworkInterfacePermission", {
  takes: ["NetworkInterfaceId", "AwsAccountId", "Permission"],
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
      account: Result.flatMap(required(given, "AwsAccountId"), (text) =>
        /^\d{12}$/.test(text) ? Result.succeed(text) : Result.fail(rejected(`Invalid value '${text}' for AwsAccountId. It has 12 digits.`))),
      kind: Result.flatMap(required(given, "Permission"), () => oneOf(given, "Permission", ["INSTANCE-ATTACH", "EIP-ASSOCIATE"]))
    }),
  effect: ({ account, eniId, kind }, { world }) => permit(world, eniId, { account, kind }),
  answer: (_, __, row) => ({ interfacePermission: permissionFields(row) })
})

const remove = action("DeleteNetworkInterfacePermission", {
  takes: ["NetworkInterfacePermissionId", "Force"],
  read: (given) =>
    Result.all({
      permissionId: requiredId<string>(given, "NetworkInterfacePermissionId", "eni-perm"),
      force: flag(given, "Force")
    }),
  effect: ({ force, permissionId }, { world }) => revoke(world, permissionId, force),
  answer: done
})

const describe = describing<Row>("DescribeNetworkInterfacePermissions", {
  ids: {
    name: "NetworkInterfacePermissionId",
    prefix: "eni-perm",
    of: ({ eniId }) => permissionIdOf(eniId),
    missing: permissionNotFound
  },
  size: { least: 5, most: 255, byDefault: 50 },
  rows: ({ calling: { world } }, asked) =>
    [...world.permissions].map(([eniId, permission]) => ({ eniId, ...permission })).filter(({ eniId }) => asked.length === 0 || asked.includes(permissionIdOf(eniId))),
  filters: () => ({
    "network-interface-permission.network-interface-permission-id": ({ eniId }) => [permissionIdOf(eniId)],
    "network-interface-permission.network-interface-id": ({ eniId }) => [eniId],
    "network-interface-permission.aws-account-id": ({ account }) => [account],
    "network-interface-permission.aws-service": () => [],
    "network-interface-permission.permission": ({ kind }) => [kind]
  }),
  set: "networkInterfacePermissions",
  show: (rows) => rows.map(permissionFields)
})

export const permissionActions: ReadonlyArray<Action> = [create, remove, describe]
