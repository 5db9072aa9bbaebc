import { Effect } from "effect"
import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import { type Document, listAt, objectAt, objectsAt, textAt } from "../Document.js"
import { conflict } from "../Rejection.js"
import { seconds } from "../Timestamps.js"
import { attributes, type Call, existing, type Registry, replace } from "./Registry.js"

/** The body of `POST pods/binding`. */
export const bindingOf = (pod: ObjectKey, nodeName: string): Document => ({
  apiVersion: "v1",
  kind: "Binding",
  metadata: { name: pod.name, namespace: pod.namespace ?? "default" },
  target: { apiVersion: "v1", kind: "Node", name: nodeName }
})

/** Why the pod cannot be bound. */
const obstacle = (pod: Document, name: string): string | undefined => {
  const bound = textAt(pod, "spec", "nodeName") ?? ""
  if (objectAt(pod, "metadata")["deletionTimestamp"] !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`
  if (bound !== "") return `pod ${name} is already assigned to node "${bound}"`
  if (listAt(pod, "spec", "schedulingGates").length > 0) return `pod ${name} has non-empty .spec.schedulingGates`
  return undefined
}

const bound = (pod: Document, nodeName: string, now: number): Document => ({
  ...pod,
  spec: { ...objectAt(pod, "spec"), nodeName },
  status: {
    ...objectAt(pod, "status"),
    conditions: [
      ...objectsAt(pod, "status", "conditions").filter((condition) => textAt(condition, "type") !== "PodScheduled"),
      { type: "PodScheduled", status: "True", lastTransitionTime: seconds(now) }
    ]
  }
})

/**
 * Puts a pod on a node, once.
 *
 * Source: Kubernetes, `pkg/registry/core/pod/storage`, setPodNodeAndMetadata.
 */
export const bind = Effect.fnUntraced(function*(registry: Registry, call: Call, key: ObjectKey, nodeName: string) {
  const request = attributes(call, key, { operation: "CREATE", subresource: "binding" })
  const binding = yield* registry.admission.mutate(request, bindingOf(key, nodeName))
  yield* registry.admission.validate(request, binding)
  for (;;) {
    const pod = yield* Effect.fromResult(existing(registry, call.kind, key))
    const why = obstacle(pod, key.name)
    if (why !== undefined) return yield* conflict("pods/binding", key.name, why)
    const after = bound(pod, nodeName, registry.now())
    if (replace(registry, call.kind, key, pod, after) !== undefined) return
  }
})
