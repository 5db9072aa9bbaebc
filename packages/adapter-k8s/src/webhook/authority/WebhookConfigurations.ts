import { Schema } from "effect"
import { field, metadataFields } from "@branchline/core/model/Fields"
import type { PatchOperation } from "@branchline/core/model/PatchOperation"
import { resource } from "@branchline/core/model/Resource"

/** What we read of a `MutatingWebhookConfiguration` or `ValidatingWebhookConfiguration`. */
const WebhookConfiguration = Schema.Struct({
  metadata: Schema.Struct(metadataFields),
  webhooks: field(Schema.Array(Schema.Struct({
    name: Schema.String,
    clientConfig: Schema.Struct({ caBundle: field(Schema.String) })
  })))
})
export type WebhookConfiguration = typeof WebhookConfiguration.Type

const place = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false } as const

export const mutatingWebhookConfigurations = resource(
  { ...place, kind: "MutatingWebhookConfiguration", plural: "mutatingwebhookconfigurations" },
  WebhookConfiguration
)
export const validatingWebhookConfigurations = resource(
  { ...place, kind: "ValidatingWebhookConfiguration", plural: "validatingwebhookconfigurations" },
  WebhookConfiguration
)

/** Whether one of the webhooks of a configuration is ours. */
export const concerns = ({ webhooks }: WebhookConfiguration, ours: ReadonlySet<string>): boolean =>
  webhooks?.some(({ name }) => ours.has(name)) === true

/** Whether each of our webhooks of a configuration has this bundle; also where none of them is ours. */
export const trusts = ({ webhooks }: WebhookConfiguration, ours: ReadonlySet<string>, caBundle: string): boolean =>
  webhooks?.every(({ clientConfig, name }) => !ours.has(name) || clientConfig.caBundle === caBundle) !== false

/**
 * The JSON Patch that gives each of our webhooks this bundle and touches nothing else. It carries the resource version, so that the API
 * server refuses it (409) where somebody has changed the configuration since.
 *
 * @param caBundle base64 of PEM
 */
export const bundlePatch = (
  { metadata, webhooks }: WebhookConfiguration,
  ours: ReadonlySet<string>,
  caBundle: string
): ReadonlyArray<PatchOperation> => [
  { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
  ...(webhooks ?? []).flatMap(({ clientConfig, name }, index): ReadonlyArray<PatchOperation> =>
    !ours.has(name) || clientConfig.caBundle === caBundle ? [] : [{ op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle }])
]
