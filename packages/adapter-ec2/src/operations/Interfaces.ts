import {
  CreateNetworkInterfaceCommand,
  CreateTagsCommand,
  DeleteNetworkInterfaceCommand,
  ModifyNetworkInterfaceAttributeCommand
} from "@aws-sdk/client-ec2"
import type { Ec2, NewInterface } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import type { Calls } from "./Calls.js"
import { held } from "./Empty.js"
import { interfaceOf, tagList, tagsOf } from "./Shapes.js"

type Methods = "createTrunk" | "createBranch" | "deleteInterface" | "setGroups" | "tagInterface" | "deleteOnTermination"

/** Making, changing and deleting interfaces. */
export const interfaces = ({ cluster }: Calls): Pick<Ec2["Service"], Methods> => {
  const create = (type: "trunk" | undefined) => ({ clientToken, description, groups, subnetId, tags }: NewInterface) =>
    Effect.flatMap(
      cluster("CreateNetworkInterface", { subnetId }, (client, options) => client.send(new CreateNetworkInterfaceCommand({
        ...(type === undefined ? {} : { InterfaceType: type }),
        SubnetId: subnetId,
        Groups: [...groups],
        Description: description,
        ClientToken: clientToken,
        TagSpecifications: Object.keys(tags).length === 0 ? [] : [{ ResourceType: "network-interface", Tags: tagList(tags) }]
      }), options)),
      // The answer's tags may lag behind what was asked for.
      ({ NetworkInterface: made }) =>
        Effect.as(held("CreateNetworkInterface", "networkInterfaceId", made?.NetworkInterfaceId), { ...interfaceOf(made ?? {}), tags: { ...tags, ...tagsOf(made?.TagSet) } })
    )
  return {
    createTrunk: create("trunk"),
    createBranch: create(undefined),
    deleteInterface: (eniId) =>
      Effect.asVoid(cluster("DeleteNetworkInterface", { id: eniId }, (client, options) => client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }), options))),
    setGroups: (eniId, groups) =>
      Effect.asVoid(
        cluster("ModifyNetworkInterfaceAttribute", { id: eniId }, (client, options) => client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eniId, Groups: [...groups] }), options))
      ),
    deleteOnTermination: (eniId, attachmentId) =>
      Effect.asVoid(
        cluster("ModifyNetworkInterfaceAttribute", { id: eniId }, (client, options) => client.send(new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: eniId,
          Attachment: { AttachmentId: attachmentId, DeleteOnTermination: true }
        }), options))
      ),
    tagInterface: (eniId, tags) =>
      Effect.asVoid(cluster("CreateTags", { id: eniId }, (client, options) => client.send(new CreateTagsCommand({ Resources: [eniId], Tags: tagList(tags) }), options)))
  }
}
