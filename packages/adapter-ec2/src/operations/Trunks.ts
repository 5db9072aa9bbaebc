import {
  AssociateTrunkInterfaceCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfacePermissionCommand,
  DisassociateTrunkInterfaceCommand
} from "@aws-sdk/client-ec2"
import type { AssociationId } from "@branchline/core/model/Ids"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Calls } from "./Calls.js"
import { held } from "./Empty.js"

type Methods = "permitAttachment" | "attachTrunk" | "associateBranch" | "disassociateBranch"

/** Trunks on instances and branches under trunks. `account` is the one that may attach: the controller's own. */
export const trunks = ({ cluster, own }: Calls, account: string): Pick<Ec2["Service"], Methods> => ({
  permitAttachment: (eniId) =>
    Effect.asVoid(
      own("CreateNetworkInterfacePermission", { id: eniId }, (client, options) => client.send(new CreateNetworkInterfacePermissionCommand({
        NetworkInterfaceId: eniId,
        AwsAccountId: account,
        Permission: "INSTANCE-ATTACH"
      }), options))
    ),
  attachTrunk: ({ deviceIndex, instanceId, trunkId }) =>
    Effect.flatMap(
      cluster("AttachNetworkInterface", { id: trunkId }, (client, options) => client.send(new AttachNetworkInterfaceCommand({
        NetworkInterfaceId: trunkId,
        InstanceId: instanceId,
        DeviceIndex: deviceIndex,
        NetworkCardIndex: 0
      }), options)),
      ({ AttachmentId }) => held("AttachNetworkInterface", "attachmentId", AttachmentId)
    ),
  associateBranch: ({ branchId, clientToken, trunkId, vlanId }) =>
    Effect.flatMap(
      own("AssociateTrunkInterface", { trunkId, branchId }, (client, options) => client.send(new AssociateTrunkInterfaceCommand({
        TrunkInterfaceId: trunkId,
        BranchInterfaceId: branchId,
        VlanId: vlanId,
        ClientToken: clientToken
      }), options)),
      ({ InterfaceAssociation }) => Effect.map(held("AssociateTrunkInterface", "associationId", InterfaceAssociation?.AssociationId), (id) => id as AssociationId)
    ),
  disassociateBranch: ({ associationId, clientToken }) =>
    Effect.asVoid(
      own("DisassociateTrunkInterface", { id: associationId }, (client, options) => client.send(new DisassociateTrunkInterfaceCommand({ AssociationId: associationId, ClientToken: clientToken }), options))
    )
})
