import type { EniId } from "@branchline/core/model/Ids"
import type { Tags } from "@branchline/core/ports/Ec2"
import type { Account, Asked } from "./Action.js"
import type { Form } from "./Form.js"
import { tagsSpecified } from "./Tagging.js"

// Condition keys. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2".

/** An ARN of this account and Region. */
export const arnOf = ({ region, world }: Account, type: string, id: string): string => `arn:aws:ec2:${region}:${world.settings.account}:${type}/${id}`

const keyed = (prefix: string, tags: Tags): Record<string, ReadonlyArray<string>> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key}`, [value]]))

/** The condition keys of the tags that a request brings. */
export const requestTags = (tags: Tags): Record<string, ReadonlyArray<string>> => ({ ...keyed("aws:RequestTag/", tags), "aws:TagKeys": Object.keys(tags) })

/** The condition keys of a thing's own tags. */
const resourceTags = (tags: Tags): Record<string, ReadonlyArray<string>> => ({ ...keyed("aws:ResourceTag/", tags), ...keyed("ec2:ResourceTag/", tags) })

/** What a create makes; tags that it brings are a permission of their own (Amazon EC2 User Guide, "Grant permission to tag on creation"). */
export const made = (account: Account, action: string, type: string, given: Form, context: Asked["context"] = {}): ReadonlyArray<Asked> => {
  const arn = arnOf(account, type, "*")
  const tags = tagsSpecified(given)
  const itself: Asked = { arn, context: { ...context, ...requestTags(tags) } }
  return Object.keys(tags).length === 0 ? [itself] : [itself, { ...itself, action: "ec2:CreateTags", context: { ...itself.context, "ec2:CreateAction": [action] } }]
}

/** An interface that is there, as IAM is asked about it; of one that is not, IAM knows the ARN alone. */
export const existingInterface = (account: Account, eniId: string): Asked => {
  const face = account.world.interfaces.current.get(eniId as EniId)
  return {
    arn: arnOf(account, "network-interface", eniId),
    context: face === undefined ? {} : {
      ...resourceTags(face.tags),
      "ec2:Subnet": [arnOf(account, "subnet", face.subnetId)],
      "ec2:Vpc": [arnOf(account, "vpc", face.vpcId)]
    }
  }
}

/** Something else that is there. */
export const existing = (account: Account, type: "instance" | "subnet" | "security-group" | "vpc", id: string): Asked => ({
  arn: arnOf(account, type, id),
  context: resourceTags(account.tags.get(id) ?? {})
})
