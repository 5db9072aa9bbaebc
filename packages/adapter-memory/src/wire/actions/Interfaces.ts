import type { EniId, SecurityGroupId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { oncePerToken } from "../../ec2/ClientTokens.js"
import { createInterface, createParameters, deleteObserved } from "../../ec2/Interfaces.js"
import { type Refusal, rejected } from "../../ec2/Refusal.js"
import { type Action, action, done } from "../Action.js"
import { arnOf, existing, existingInterface, made } from "../Asking.js"
import type { Form } from "../Form.js"
import { ids, oneOf, requiredId, whole } from "../Parameters.js"
import { tagsFor } from "../Tagging.js"
import { interfaceFields } from "../views/Interface.js"

const ipv6Count = (given: Form): Result.Result<number | undefined, Refusal> =>
  Result.flatMap(whole(given, "Ipv6AddressCount"), (count) =>
    count === undefined || count === 0 || count === 1
      ? Result.succeed(count)
      : Result.fail(rejected(`Value (${count}) for parameter Ipv6AddressCount is invalid. This EC2 gives an interface 0 or 1.`)))

const create = action("CreateNetworkInterface", {
  takes: ["SubnetId", "InterfaceType", "SecurityGroupId", "Description", "TagSpecification", "PrivateIpAddress", "Ipv6AddressCount", "ClientToken"],
  resources: (given, calling) => {
    const subnetId = given.text("SubnetId") ?? ""
    const vpcId = calling.world.subnets.get(subnetId)?.vpcId ?? ""
    return [
      ...made(calling, "CreateNetworkInterface", "network-interface", given, {
        "ec2:Subnet": [arnOf(calling, "subnet", subnetId)],
        "ec2:Vpc": [arnOf(calling, "vpc", vpcId)]
      }),
      existing(calling, "subnet", subnetId),
      ...given.list("SecurityGroupId").map((groupId) => existing(calling, "security-group", groupId))
    ]
  },
  read: (given) =>
    Result.all({
      // Source: Amazon EC2 API Reference, CreateNetworkInterface: these and EFA, which this EC2 has not.
      type: oneOf(given, "InterfaceType", ["interface", "trunk"]),
      subnetId: requiredId<string>(given, "SubnetId", "subnet"),
      groups: ids<SecurityGroupId>(given, "SecurityGroupId", "sg"),
      description: Result.succeed(given.text("Description") ?? ""),
      tags: tagsFor(given, "network-interface"),
      privateIp: Result.succeed(given.text("PrivateIpAddress")),
      ipv6Count: ipv6Count(given),
      clientToken: Result.succeed(given.text("ClientToken"))
    }),
  effect: ({ clientToken, type, ...wanted }, { world }, now) => {
    const make = () => createInterface(world, type, wanted, now)
    return clientToken === undefined ? make() : oncePerToken(world.tokens.creates, clientToken, createParameters(type, wanted), make)
  },
  summary: ({ eniId }) => eniId,
  answer: (face, calling, { clientToken }) => ({ networkInterface: interfaceFields({ face, placed: undefined }, calling, 0), clientToken })
})

const remove = action("DeleteNetworkInterface", {
  takes: ["NetworkInterfaceId"],
  resources: (given, calling) => [existingInterface(calling, given.text("NetworkInterfaceId") ?? "")],
  read: (given) => requiredId<EniId>(given, "NetworkInterfaceId", "eni"),
  effect: (eniId, { world }, now) => deleteObserved(world, eniId, now),
  answer: done
})

export const interfaceActions: ReadonlyArray<Action> = [create, remove]
