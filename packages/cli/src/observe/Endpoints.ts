import { field, metadataFields } from "@branchline/core/model/Fields"
import { resource } from "@branchline/core/model/Resource"
import { Effect, Schema } from "effect"
import { isKnown, itemsOf, type Kind } from "../cluster/Found.js"
import type { Reads } from "../cluster/Live.js"
import type { ClusterFound } from "../cluster/Look.js"
import type { SeenWebhookConfiguration } from "../cluster/Seen.js"

/** `discovery.k8s.io/v1` EndpointSlice: an endpoint whose `ready` is not said counts as ready. Source: Kubernetes, "EndpointSlices". */
export const SeenEndpointSlice = Schema.Struct({
  metadata: Schema.Struct({ ...metadataFields, namespace: Schema.String }),
  endpoints: field(Schema.Array(Schema.Struct({
    addresses: Schema.Array(Schema.String),
    conditions: field(Schema.Struct({ ready: field(Schema.Boolean) }))
  })))
})
export type SeenEndpointSlice = typeof SeenEndpointSlice.Type

export const endpointSlices = resource(
  { group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices", namespaced: true },
  SeenEndpointSlice
)

/** The label that names a slice's service. Source: Kubernetes, "EndpointSlices", ownership. */
export const serviceNameLabel = "kubernetes.io/service-name"

/** A service that a webhook is reached through. */
export interface WebhookService {
  readonly namespace: string
  readonly name: string
}

/** The services that webhooks name; one that is reached by a URL names none, as EKS' own does. */
export const servicesOf = (configurations: Iterable<SeenWebhookConfiguration>): ReadonlyArray<WebhookService> => {
  const found = new Map<string, WebhookService>()
  for (const { webhooks } of configurations) {
    for (const { clientConfig } of webhooks ?? []) {
      const service = clientConfig?.service
      if (service) found.set(`${service.namespace}/${service.name}`, { namespace: service.namespace, name: service.name })
    }
  }
  return [...found.values()]
}

/** The endpoints behind the webhooks' services, one paged list for each namespace that has some. */
export const lookAtEndpoints = Effect.fnUntraced(function*(reads: Reads, { mutatingWebhooks, validatingWebhooks }: ClusterFound): Effect.fn.Return<Kind<SeenEndpointSlice>> {
  const services = servicesOf([...itemsOf(mutatingWebhooks), ...itemsOf(validatingWebhooks)])
  const found: Array<SeenEndpointSlice> = []
  for (const namespace of new Set(services.map((service) => service.namespace))) {
    const listed = yield* Effect.result(reads.list(endpointSlices, { namespace }))
    if (listed._tag === "Failure") {
      const { message, operation, reason } = listed.failure
      return { unknown: `${operation}: ${message}`, why: reason._tag === "Forbidden" ? "forbidden" : "failed" }
    }
    found.push(...listed.success.items.filter(({ metadata }) => services.some((service) => service.namespace === namespace && service.name === metadata.labels?.[serviceNameLabel])))
  }
  return { items: found }
})

/** How many ready endpoints a service has; undefined where nobody knows. */
export const readyEndpoints = (endpoints: Kind<SeenEndpointSlice>, { name, namespace }: WebhookService): number | undefined =>
  isKnown(endpoints)
    ? itemsOf(endpoints).filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[serviceNameLabel] === name)
      .flatMap((slice) => slice.endpoints ?? []).filter(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false).length
    : undefined
