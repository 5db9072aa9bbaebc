import { Schema } from "effect"

/** A call of a mutating webhook, as the audit record of a request tells it. */
export interface WebhookCall {
  readonly round: number
  /** Counts every mutating webhook of the cluster, also those that did not match. */
  readonly index: number
  readonly configuration: string
  readonly webhook: string
  readonly mutated: boolean
  /** It did not answer, and its failurePolicy is Ignore. */
  readonly failedOpen: boolean
  /** Its JSON Patch; empty where it changed nothing. */
  readonly patch: Schema.JsonArray
}

const Mutation = Schema.fromJsonString(Schema.Struct({
  configuration: Schema.String,
  webhook: Schema.String,
  mutated: Schema.Boolean
}))
const Patch = Schema.fromJsonString(Schema.Struct({ patch: Schema.Array(Schema.Json) }))

const decodeMutation = Schema.decodeUnknownOption(Mutation)
const decodePatch = Schema.decodeUnknownOption(Patch)

/**
 * The calls that a request's audit annotations tell of, in order.
 *
 * Source: Kubernetes, "Dynamic Admission Control", mutating webhook auditing annotations.
 */
export const webhookCalls = (annotations: Readonly<Record<string, string>>): ReadonlyArray<WebhookCall> =>
  Object.entries(annotations).flatMap(([key, value]) => {
    const found = /^mutation\.webhook\.admission\.k8s\.io\/(round_(\d+)_index_(\d+))$/.exec(key)
    const mutation = decodeMutation(value)
    if (found === null || mutation._tag === "None") return []
    const [, place, round, index] = found
    const patch = decodePatch(annotations[`patch.webhook.admission.k8s.io/${place}`])
    return [{
      ...mutation.value,
      round: Number(round),
      index: Number(index),
      failedOpen: annotations[`failed-open.mutation.webhook.admission.k8s.io/${place}`] !== undefined,
      patch: patch._tag === "Some" ? patch.value.patch : []
    }]
  }).sort((a, b) => a.round - b.round || a.index - b.index)
