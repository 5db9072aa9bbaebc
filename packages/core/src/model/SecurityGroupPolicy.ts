import { Schema } from "effect"
import { field, namespacedFields } from "./Fields.js"
import { SecurityGroupId } from "./Ids.js"
import { LabelSelector } from "./LabelSelector.js"

/** `vpcresources.k8s.aws/v1beta1` SecurityGroupPolicy. What it lacks or contradicts is `selection/`'s to say, with reasons. */
export const SecurityGroupPolicy = Schema.Struct({
  metadata: Schema.Struct(namespacedFields),
  spec: field(Schema.Struct({
    podSelector: field(LabelSelector),
    serviceAccountSelector: field(LabelSelector),
    securityGroups: field(Schema.Struct({ groupIds: field(Schema.Array(SecurityGroupId)) }))
  }))
})
export type SecurityGroupPolicy = typeof SecurityGroupPolicy.Type
