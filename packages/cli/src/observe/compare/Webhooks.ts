import { mutatePodWebhook, mutatingWebhookConfiguration, validatePodWebhook, validatingWebhookConfiguration } from "@branchline/core/model/Names"
import { foundOf } from "../../cluster/Found.js"
import type { SeenWebhookConfiguration } from "../../cluster/Seen.js"
import { readyEndpoints } from "../Endpoints.js"
import type { Observed } from "../Observed.js"
import type { Sight } from "../Sight.js"

const ofConfiguration = (
  { endpoints, look: { cluster } }: Sight,
  configuration: string,
  wanted: string,
  found: SeenWebhookConfiguration | "absent" | undefined
): ReadonlyArray<Observed> => {
  if (found === undefined) return []
  if (found === "absent") return [{ _tag: "WebhookConfigurationMissing", configuration }]
  const webhooks = found.webhooks ?? []
  const missing: ReadonlyArray<Observed> = webhooks.some(({ name }) => name === wanted) ? [] : [{ _tag: "WebhookMissing", configuration, webhook: wanted }]
  return [
    ...missing,
    ...webhooks.flatMap(({ clientConfig, name: webhook }): ReadonlyArray<Observed> => {
      const at = clientConfig?.service
      // EKS asks its own controller by a URL on the control plane, behind which nobody can look.
      if (!at) return []
      const service = `${at.namespace}/${at.name}`
      if (foundOf(cluster.services, at.name, at.namespace) === "absent") return [{ _tag: "WebhookServiceMissing", configuration, webhook, service }]
      return readyEndpoints(endpoints, at) === 0 ? [{ _tag: "WebhookWithoutEndpoints", configuration, webhook, service }] : []
    })
  ]
}

/** What lacks between the API server and the webhooks. */
export const webhookDifferences = (sight: Sight): ReadonlyArray<Observed> => {
  const { mutatingWebhooks, validatingWebhooks } = sight.look.cluster
  return [
    ...ofConfiguration(sight, mutatingWebhookConfiguration, mutatePodWebhook.name, foundOf(mutatingWebhooks, mutatingWebhookConfiguration)),
    ...ofConfiguration(sight, validatingWebhookConfiguration, validatePodWebhook.name, foundOf(validatingWebhooks, validatingWebhookConfiguration))
  ]
}
