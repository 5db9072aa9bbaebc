import { Result, Schema } from "effect"
import { CNINode } from "./CNINode.js"
import { ConfigMap } from "./ConfigMap.js"
import { ENIConfig } from "./ENIConfig.js"
import { Event } from "./Event.js"
import { Lease } from "./Lease.js"
import { Node } from "./Node.js"
import { Pod } from "./Pod.js"
import { SecurityGroupPolicy } from "./SecurityGroupPolicy.js"
import { ServiceAccount } from "./ServiceAccount.js"

/** What every stored object has, decoded or not. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly deletionTimestamp?: string | null
  }
}

/** A kind of object: where the API server keeps it, and how what it holds becomes an `A`. */
export interface Resource<A extends KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Lower case, as in the URL. */
  readonly plural: string
  readonly namespaced: boolean
  /** The document as an `A`, or why it is none, with the path of every contradiction; keys that `A` does not know are dropped. */
  readonly decode: (document: unknown) => Result.Result<A, string>
}

/** A resource descriptor from its schema. */
export const resource = <A extends KubernetesObject>(
  place: Omit<Resource<A>, "decode">,
  schema: Schema.ConstraintDecoder<A>
): Resource<A> => {
  const decode = Schema.decodeUnknownResult(schema)
  // Looking for every contradiction takes several times as long: only where there is one.
  const explain = Schema.decodeUnknownResult(schema, { errors: "all" })
  return {
    ...place,
    decode: (document) => {
      const decoded = decode(document)
      return Result.isSuccess(decoded) ? Result.succeed(decoded.success) : Result.mapError(explain(document), (error) => error.message)
    }
  }
}

/** `v1` or `group/version`, as `apiVersion` spells it. */
export const apiVersionOf = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`

export const pods = resource({ group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true }, Pod)
export const nodes = resource({ group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false }, Node)
export const serviceAccounts = resource(
  { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true },
  ServiceAccount
)
export const configMaps = resource({ group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true }, ConfigMap)
export const events = resource({ group: "", version: "v1", kind: "Event", plural: "events", namespaced: true }, Event)
export const securityGroupPolicies = resource(
  { group: "vpcresources.k8s.aws", version: "v1beta1", kind: "SecurityGroupPolicy", plural: "securitygrouppolicies", namespaced: true },
  SecurityGroupPolicy
)
export const cniNodes = resource(
  { group: "vpcresources.k8s.aws", version: "v1alpha1", kind: "CNINode", plural: "cninodes", namespaced: false },
  CNINode
)
export const eniConfigs = resource(
  { group: "crd.k8s.amazonaws.com", version: "v1alpha1", kind: "ENIConfig", plural: "eniconfigs", namespaced: false },
  ENIConfig
)
export const leases = resource({ group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true }, Lease)
