import type { Tags } from "@branchline/core/ports/Ec2"
import type { Asked, Calling } from "./Action.js"
import type { Form } from "./Form.js"

/** The tags that a create asks for. */
export const tagsAsked = (given: Form): Record<string, string> =>
  Object.fromEntries(given.structures("TagSpecification").flatMap((one) => one.structures("Tag")).map((tag) => [tag.text("Key") ?? "", tag.text("Value") ?? ""]))

/** An ARN of this account and Region. */
export const arnOf = ({ region, world }: Calling, type: string, id: string): string => `arn:aws:ec2:${region}:${world.settings.account}:${type}/${id}`

const keyed = (prefix: string, tags: Tags): Record<string, ReadonlyArray<string>> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key}`, [value]]))

/** The condition keys of the tags that a request brings. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2". */
export const requestTags = (tags: Tags): Record<string, ReadonlyArray<string>> => ({ ...keyed("aws:RequestTag/", tags), "aws:TagKeys": Object.keys(tags) })

/** The condition keys of a thing's own tags. */
export const resourceTags = (tags: Tags): Record<string, ReadonlyArray<string>> => ({ ...keyed("aws:ResourceTag/", tags), ...keyed("ec2:ResourceTag/", tags) })

/** An interface that is there, as IAM is asked about it; of one that is not, IAM knows the ARN alone. */
export const existingInterface = (calling: Calling, eniId: string): Asked => {
  const face = calling.world.interfaces.current.get(eniId as never)
  return {
    arn: arnOf(calling, "network-interface", eniId),
    context: face === undefined ? {} : {
      ...resourceTags(face.tags),
      "ec2:Subnet": [arnOf(calling, "subnet", face.subnetId)],
      "ec2:Vpc": [arnOf(calling, "vpc", face.vpcId)]
    }
  }
}

/** Something else that is there. */
export const existing = (calling: Calling, type: "instance" | "subnet" | "security-group" | "vpc", id: string): Asked => ({
  arn: arnOf(calling, type, id),
  context: resourceTags(calling.tags.get(id) ?? {})
})
