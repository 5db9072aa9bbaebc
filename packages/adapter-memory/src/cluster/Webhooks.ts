import { Effect, Schema } from "effect"
import {
  mutatePodWebhook,
  mutatingWebhookConfiguration,
  validateNodeWebhook,
  validatePodWebhook,
  validatingWebhookConfiguration
} from "@branchline/core/model/Names"
import type { Webhook, WebhookAnswer } from "../kubernetes/Webhook.js"

type Handler = Webhook["handler"]

/** The servers of a controller's three webhooks, one each: an AdmissionReview as text in, the answer out (contract §4). */
export interface ControllerHandlers {
  readonly mutatePod: Handler
  readonly validatePod: Handler
  readonly validateNode: Handler
}

/** One server for all three, which tells them apart by path (contract §2), as `Controller.admit` does. */
export type Admit = (request: { readonly path: string; readonly body: string }) => Effect.Effect<WebhookAnswer, unknown>

/** The server's three sides. */
export const handlersOf = (admit: Admit): ControllerHandlers => ({
  mutatePod: (body) => admit({ path: mutatePodWebhook.path, body }),
  validatePod: (body) => admit({ path: validatePodWebhook.path, body }),
  validateNode: (body) => admit({ path: validateNodeWebhook.path, body })
})

const core = { apiGroups: [""], apiVersions: ["v1"] }

/** The three webhooks as upstream registers them: failurePolicy Ignore, and the mutating one reinvoked (contract §1.4, §4). */
export const controllerWebhooks = (handlers: ControllerHandlers): ReadonlyArray<Webhook> => [
  {
    type: "mutating",
    configuration: mutatingWebhookConfiguration,
    name: mutatePodWebhook.name,
    rules: [{ ...core, operations: ["CREATE"], resources: ["pods"] }],
    failurePolicy: "Ignore",
    reinvocationPolicy: "IfNeeded",
    handler: handlers.mutatePod
  },
  {
    type: "validating",
    configuration: validatingWebhookConfiguration,
    name: validatePodWebhook.name,
    rules: [{ ...core, operations: ["CREATE", "UPDATE"], resources: ["pods"] }],
    failurePolicy: "Ignore",
    handler: handlers.validatePod
  },
  {
    type: "validating",
    configuration: validatingWebhookConfiguration,
    name: validateNodeWebhook.name,
    rules: [{ ...core, operations: ["UPDATE"], resources: ["nodes"] }],
    failurePolicy: "Ignore",
    handler: handlers.validateNode
  }
]

const reviewUid = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ request: Schema.Struct({ uid: Schema.String }) })))

/** Allows everything and changes nothing. */
const bystander: Handler = Effect.fnUntraced(function*(body: string) {
  const { request } = yield* reviewUid(body)
  const response = { uid: request.uid, allowed: true }
  return { status: 200, body: JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response }) }
})

const podCreation = [{ ...core, operations: ["CREATE" as const], resources: ["pods"] }]

/**
 * The other mutating webhooks of the cluster that the seed's record comes from: with them the controller's own has index 3, index 1 does not
 * match, and indexes 2 and 3 are asked again in round 1.
 */
export const bystanders: ReadonlyArray<Webhook> = [
  {
    type: "mutating",
    configuration: "0500-amazon-eks-fargate-mutation.amazonaws.com",
    name: "0500-amazon-eks-fargate-mutation.amazonaws.com",
    rules: podCreation,
    failurePolicy: "Ignore",
    handler: bystander
  },
  {
    // The record does not tell who index 1 was; a webhook that asks for a label stands for it.
    type: "mutating",
    configuration: "aws-load-balancer-webhook",
    name: "mpod.elbv2.k8s.aws",
    rules: podCreation,
    objectSelector: { matchLabels: { "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled" } },
    failurePolicy: "Ignore",
    handler: bystander
  },
  {
    type: "mutating",
    configuration: "pod-identity-webhook",
    name: "iam-for-pods.amazonaws.com",
    rules: podCreation,
    failurePolicy: "Ignore",
    reinvocationPolicy: "IfNeeded",
    handler: bystander
  }
]
