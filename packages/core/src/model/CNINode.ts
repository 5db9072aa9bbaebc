import { Schema } from "effect"
import { field, metadataFields, OwnerReference, StringMap } from "./Fields.js"
import type { InstanceId } from "./Ids.js"
import { instanceIdTag } from "./Names.js"

/** `vpcresources.k8s.aws/v1alpha1` CNINode, cluster-scoped, named after its node (contract §10). */
export const CNINode = Schema.Struct({
  metadata: Schema.Struct({
    ...metadataFields,
    finalizers: field(Schema.Array(Schema.String)),
    ownerReferences: field(Schema.Array(OwnerReference))
  }),
  spec: field(Schema.Struct({
    features: field(Schema.Array(Schema.Struct({ name: Schema.String, value: field(Schema.String) }))),
    tags: field(StringMap),
    managedBy: field(Schema.String)
  }))
})
export type CNINode = typeof CNINode.Type

/** The instance that a CNINode is for, as its tag says; undefined where there is no CNINode, or it does not say. */
export const namedInstance = (cniNode: Pick<CNINode, "spec"> | undefined): InstanceId | undefined => cniNode?.spec?.tags?.[instanceIdTag] as InstanceId | undefined
