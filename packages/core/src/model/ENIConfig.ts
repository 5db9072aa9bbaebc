import { Schema } from "effect"
import { field, metadataFields } from "./Fields.js"
import { SecurityGroupId } from "./Ids.js"

/** `crd.k8s.amazonaws.com/v1alpha1` ENIConfig: subnet and default groups under custom networking (contract §2, §10). */
export const ENIConfig = Schema.Struct({
  metadata: Schema.Struct(metadataFields),
  spec: field(Schema.Struct({
    subnet: field(Schema.String),
    securityGroups: field(Schema.Array(SecurityGroupId))
  }))
})
export type ENIConfig = typeof ENIConfig.Type
