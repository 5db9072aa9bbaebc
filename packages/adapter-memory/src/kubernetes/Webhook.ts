import type { Duration, Effect } from "effect"
import type { LabelSelector } from "@branchline/core/model/LabelSelector"

/** What a webhook's server answers: an HTTP status and a body. */
export interface WebhookAnswer {
  readonly status: number
  readonly body: string
}

/** One rule of a webhook: it matches when each list holds the request's value or `"*"`. */
export interface WebhookRule {
  readonly operations: ReadonlyArray<"CREATE" | "UPDATE" | "DELETE" | "CONNECT" | "*">
  readonly apiGroups: ReadonlyArray<string>
  readonly apiVersions: ReadonlyArray<string>
  /** `pods` (without subresources), `pods/status`, `pods/*` (with and without), `*`. */
  readonly resources: ReadonlyArray<string>
}

/**
 * An admission webhook, as a `MutatingWebhookConfiguration` or `ValidatingWebhookConfiguration` registers it, with its server.
 *
 * Defaults are the API's: `failurePolicy` Fail, `reinvocationPolicy` Never, `timeout` 10 seconds.
 */
export interface Webhook {
  readonly type: "mutating" | "validating"
  /** The configuration's name. Webhooks are called in the order of these names, those of one configuration in the order of registration. */
  readonly configuration: string
  readonly name: string
  readonly rules: ReadonlyArray<WebhookRule>
  /** Which namespaces' objects; requests for cluster-scoped objects always pass. */
  readonly namespaceSelector?: LabelSelector
  /** Which objects; either the new or the old object has to match. */
  readonly objectSelector?: LabelSelector
  readonly failurePolicy?: "Ignore" | "Fail"
  /** Counts for mutating webhooks. */
  readonly reinvocationPolicy?: "IfNeeded" | "Never"
  readonly timeout?: Duration.Input
  /** The webhook's server: an AdmissionReview as text in, the answer out. A failure or a defect is a call that failed. */
  readonly handler: (body: string) => Effect.Effect<WebhookAnswer, unknown>
}
