import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect, Result } from "effect"
import { associate, endAssociation } from "./Associations.js"
import type { Parameters } from "./CallLog.js"
import { oncePerToken } from "./ClientTokens.js"
import { findInstances, findInterfaces, findSubnets, pageSize } from "./Describes.js"
import type { Endpoint } from "./Endpoint.js"
import { attach, deleteOnTermination } from "./Instances.js"
import { createInterface, createParameters, deleteObserved, setGroups, tagInterface, tagList } from "./Interfaces.js"
import { permit } from "./Permissions.js"
import type { World } from "./World.js"

type Port = Ec2["Service"]

const nothing = (): string => ""
const counted = (what: string) => (found: ReadonlyArray<unknown>): string => `${found.length} ${what}`

/** The port on a world: each method is one call at the endpoint, a describe one call a page. */
export const makePort = (world: World, endpoint: Endpoint): Port => {
  const { call, lookBack } = endpoint

  const create = (type: "trunk" | "interface"): Port["createTrunk"] => ({ clientToken, ...wanted }) => {
    const parameters = createParameters(type, wanted)
    return call({
      action: "CreateNetworkInterface",
      parameters: { ...parameters, ClientToken: clientToken },
      effect: (now) => oncePerToken(world.tokens.creates, clientToken, parameters, () => createInterface(world, type, wanted, now)),
      summary: ({ eniId }) => eniId
    })
  }

  /** The first page finds, the others only cost their calls: pages come one after the other (contract §6). */
  const paged = Effect.fnUntraced(function*<A>(action: string, parameters: Parameters, find: (now: number) => ReadonlyArray<A>) {
    const all = yield* call({
      action,
      parameters,
      effect: (now) => Result.succeed(find(now)),
      summary: (found) => `${Math.min(found.length, pageSize)} of ${found.length}`
    })
    for (let from = pageSize; from < all.length; from += pageSize) {
      const page = all.slice(from, from + pageSize)
      yield* call({
        action,
        parameters: { ...parameters, NextToken: String(from) },
        effect: () => Result.succeed(page),
        summary: (found) => `${found.length} of ${all.length}`
      })
    }
    return all
  })

  return {
    describeInstances: (instanceIds) =>
      paged("DescribeInstances", { InstanceId: instanceIds }, (now) => findInstances(world, instanceIds, lookBack(now))),

    describeSubnets: (subnetIds) =>
      call({
        action: "DescribeSubnets",
        parameters: { SubnetId: subnetIds },
        effect: () => findSubnets(world, subnetIds),
        summary: counted("subnets")
      }),

    describeInterfaces: (filter) =>
      paged(
        "DescribeNetworkInterfaces",
        {
          ...(filter.eniIds === undefined ? {} : { NetworkInterfaceId: filter.eniIds }),
          ...(filter.status === undefined ? {} : { status: filter.status }),
          ...(filter.vpcId === undefined ? {} : { "vpc-id": filter.vpcId }),
          ...Object.fromEntries(Object.entries(filter.tags ?? {}).map(([key, values]) => [`tag:${key}`, values]))
        },
        (now) => findInterfaces(world, filter, lookBack(now))
      ),

    createTrunk: create("trunk"),

    createBranch: create("interface"),

    permitAttachment: (eniId) =>
      call({
        action: "CreateNetworkInterfacePermission",
        parameters: { NetworkInterfaceId: eniId, AwsAccountId: world.settings.account, Permission: "INSTANCE-ATTACH" },
        effect: () => permit(world, eniId, { account: world.settings.account, kind: "INSTANCE-ATTACH" }),
        summary: nothing
      }),

    attachTrunk: ({ deviceIndex, instanceId, trunkId }) =>
      call({
        action: "AttachNetworkInterface",
        parameters: { NetworkInterfaceId: trunkId, InstanceId: instanceId, DeviceIndex: deviceIndex, NetworkCardIndex: 0 },
        effect: (now) => attach(world, { eniId: trunkId, instanceId, deviceIndex }, now),
        summary: (attachmentId) => attachmentId
      }),

    deleteOnTermination: (eniId, attachmentId) =>
      call({
        action: "ModifyNetworkInterfaceAttribute",
        parameters: { NetworkInterfaceId: eniId, "Attachment.AttachmentId": attachmentId, "Attachment.DeleteOnTermination": "true" },
        effect: (now) => deleteOnTermination(world, eniId, attachmentId, now),
        summary: nothing
      }),

    associateBranch: ({ branchId, clientToken, trunkId, vlanId }) => {
      const parameters = { TrunkInterfaceId: trunkId, BranchInterfaceId: branchId, VlanId: vlanId }
      return call({
        action: "AssociateTrunkInterface",
        parameters: { ...parameters, ClientToken: clientToken },
        effect: (now) =>
          oncePerToken(world.tokens.associates, clientToken, parameters, () => associate(world, { trunkId, branchId, vlanId }, now)),
        summary: (associationId) => associationId
      })
    },

    disassociateBranch: ({ associationId, clientToken }) => {
      const parameters = { AssociationId: associationId }
      return call({
        action: "DisassociateTrunkInterface",
        parameters: { ...parameters, ClientToken: clientToken },
        effect: (now) => oncePerToken(world.tokens.disassociates, clientToken, parameters, () => endAssociation(world, associationId, now)),
        summary: nothing
      })
    },

    deleteInterface: (eniId) =>
      call({
        action: "DeleteNetworkInterface",
        parameters: { NetworkInterfaceId: eniId },
        effect: (now) => deleteObserved(world, eniId, now),
        summary: nothing
      }),

    setGroups: (eniId, groups) =>
      call({
        action: "ModifyNetworkInterfaceAttribute",
        parameters: { NetworkInterfaceId: eniId, SecurityGroupId: groups },
        effect: (now) => setGroups(world, eniId, groups, now),
        summary: nothing
      }),

    tagInterface: (eniId, tags) =>
      call({
        action: "CreateTags",
        parameters: { ResourceId: eniId, Tag: tagList(tags) },
        effect: (now) => tagInterface(world, eniId, tags, now),
        summary: nothing
      })
  }
}
