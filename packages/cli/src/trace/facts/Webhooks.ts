import { mutatePodWebhook, podEni } from "@branchline/core/model/Names"
import { at, type Json, listAt, membersAt, textAt } from "./Json.js"
import type { WebhookCall } from "./Fact.js"

/**
 * Keys of audit annotations under which an API server says what webhooks did.
 *
 * Source: Kubernetes, "Audit Annotations", and k8s.io/apiserver/pkg/admission/plugin/webhook.
 */
const keys = /^(?<failed>failed-open\.)?(?<kind>mutation|patch|validating)\.webhook\.admission\.k8s\.io\/round_(?<round>\d+)_index_(?<index>\d+)$/

const parse = (value: Json): Json => {
  if (typeof value !== "string") return value
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

interface Known {
  round: number
  index: number
  kind: WebhookCall["kind"]
  configuration?: string | undefined
  webhook?: string | undefined
  mutated?: boolean
  failed?: boolean
  patch?: ReadonlyArray<Json>
}

const learn = (known: Known, failed: boolean, value: Json): void => {
  // The value of a failure is the webhook's name alone.
  if (failed) {
    known.failed = true
    if (typeof value === "string") known.webhook = value
    return
  }
  const told = parse(value)
  known.configuration ??= textAt(told, "configuration")
  known.webhook ??= textAt(told, "webhook")
  if (at(told, "mutated") === true) known.mutated = true
  if (Array.isArray(at(told, "patch"))) known.patch = listAt(told, "patch")
}

/** What webhooks did to a request, round by round, by the annotations of its record. */
export const webhookCalls = (annotations: Json): ReadonlyArray<WebhookCall> => {
  const calls = new Map<string, Known>()
  for (const [key, value] of membersAt(annotations)) {
    const groups = keys.exec(key)?.groups
    if (groups === undefined) continue
    const kind = groups["kind"] === "validating" ? "validating" : "mutating"
    const [round, index] = [Number(groups["round"]), Number(groups["index"])]
    const id = `${kind} ${round} ${index}`
    const known = calls.get(id) ?? { round, index, kind }
    calls.set(id, known)
    learn(known, groups["failed"] !== undefined, value)
  }
  return [...calls.values()].map(({ configuration, failed, index, kind, mutated, patch, round, webhook }): WebhookCall => ({
    round,
    index,
    kind,
    configuration,
    webhook: webhook ?? "a webhook",
    // A mutating webhook that failed open is told as one that changed nothing, too.
    outcome: failed === true ? "failed open" : mutated === true || patch !== undefined ? "mutated" : "unchanged",
    patch
  })).toSorted((a, b) => (a.kind === b.kind ? a.round - b.round || a.index - b.index : a.kind < b.kind ? -1 : 1))
}

/** Whether a call is the one that gives pods their resource. */
export const isPodEni = ({ webhook }: WebhookCall): boolean => webhook === mutatePodWebhook.name

/** Whether patches or the webhook's word say that the pod was given the resource. */
export const gaveResource = (calls: ReadonlyArray<WebhookCall>): boolean =>
  calls.some((call) => call.patch === undefined ? isPodEni(call) && call.outcome === "mutated" : JSON.stringify(call.patch).includes(podEni))

/** Whether the webhook that gives the resource was away, and the pod let in without it. */
export const failedOpen = (calls: ReadonlyArray<WebhookCall>): boolean => calls.some((call) => isPodEni(call) && call.outcome === "failed open")
