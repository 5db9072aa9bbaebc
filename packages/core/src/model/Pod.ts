import { Schema } from "effect"
import { field, namespacedFields, StringMap } from "./Fields.js"
import { PodUid } from "./Ids.js"
import { fargateGroupsAnnotation, mirrorPodAnnotation, podEni, privateIPv4Address } from "./Names.js"

/** The annotations that mean something to us; the others (a manifest may be among them) are not kept in memory. */
export const PodAnnotations = Schema.Struct({
  [podEni]: field(Schema.String),
  [privateIPv4Address]: field(Schema.String),
  [fargateGroupsAnnotation]: field(Schema.String),
  [mirrorPodAnnotation]: field(Schema.String)
})
export type PodAnnotations = typeof PodAnnotations.Type

export const Resources = Schema.Struct({ limits: field(StringMap), requests: field(StringMap) })

export const Container = Schema.Struct({ name: Schema.String, resources: field(Resources) })
export type Container = typeof Container.Type

export const PodSpec = Schema.Struct({
  nodeName: field(Schema.String),
  hostNetwork: field(Schema.Boolean),
  serviceAccountName: field(Schema.String),
  nodeSelector: field(StringMap),
  containers: Schema.Array(Container)
})
export type PodSpec = typeof PodSpec.Type

/** `v1` Pod, as wide as allocation and admission need it. */
export const Pod = Schema.Struct({
  metadata: Schema.Struct({ ...namespacedFields, uid: PodUid, annotations: field(PodAnnotations) }),
  spec: PodSpec,
  status: field(Schema.Struct({ phase: field(Schema.String), podIP: field(Schema.String) }))
})
export type Pod = typeof Pod.Type

/**
 * A pod as an admission request carries it: not yet stored, so without UID, and with `generateName` perhaps without name; an empty
 * namespace means the request's (contract §4).
 */
export const IncomingPod = Schema.Struct({
  metadata: field(Schema.Struct({
    name: field(Schema.String),
    generateName: field(Schema.String),
    namespace: field(Schema.String),
    labels: field(StringMap),
    annotations: field(StringMap)
  })),
  spec: PodSpec
})
export type IncomingPod = typeof IncomingPod.Type
