import {
  cniNodes,
  configMaps,
  eniConfigs,
  events,
  leases,
  nodes,
  pods,
  securityGroupPolicies,
  serviceAccounts
} from "@branchline/core/model/Resource"
import type { Place } from "./ApiServer.js"

/** A kind that the server knows: where its objects are kept, and in which ways its registry differs from the others. */
export interface Kind extends Place {
  /** Defined by a CustomResourceDefinition: nothing is defaulted, and `status` may change `status` alone. */
  readonly custom: boolean
  /** Whether `status` is a subresource: then the main resource does not change it. */
  readonly hasStatus: boolean
}

const kind = (place: Place, traits: { readonly custom?: boolean; readonly hasStatus?: boolean } = {}): Kind => ({
  group: place.group,
  version: place.version,
  kind: place.kind,
  plural: place.plural,
  namespaced: place.namespaced,
  custom: traits.custom ?? false,
  hasStatus: traits.hasStatus ?? false
})

export const namespaces = kind({ group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false }, { hasStatus: true })

/** `ENIConfig` and `SecurityGroupPolicy` have no status subresource, `CNINode` has one. Source: their CustomResourceDefinitions. */
const known: ReadonlyArray<Kind> = [
  namespaces,
  kind(pods, { hasStatus: true }),
  kind(nodes, { hasStatus: true }),
  kind(serviceAccounts),
  kind(configMaps),
  kind(events),
  kind(leases),
  kind(securityGroupPolicies, { custom: true }),
  kind(cniNodes, { custom: true, hasStatus: true }),
  kind(eniConfigs, { custom: true })
]

/** `pods`, or `cninodes.vpcresources.k8s.aws`: how the server's messages name a resource. */
export const qualifiedName = (place: Place): string => place.group === "" ? place.plural : `${place.plural}.${place.group}`

/** The kinds of one server. */
export interface Kinds {
  /** The kind kept at this place. */
  readonly at: (place: Place) => Kind | undefined
  /** The kind that a document calls its own. */
  readonly of: (apiVersion: string, kind: string) => Kind | undefined
}

export const make = (customResources: ReadonlyArray<Place & { readonly hasStatus?: boolean }>): Kinds => {
  const kinds = [
    ...known,
    ...customResources.map((place) => kind(place, { custom: true, hasStatus: place.hasStatus ?? false }))
  ]
  const byPlace = new Map(kinds.map((one) => [qualifiedName(one), one]))
  const byKind = new Map(kinds.map((one) => [`${one.group === "" ? "" : `${one.group}/`}${one.version}/${one.kind}`, one]))
  return {
    at: (place) => byPlace.get(qualifiedName(place)),
    of: (apiVersion, name) => byKind.get(`${apiVersion}/${name}`)
  }
}
