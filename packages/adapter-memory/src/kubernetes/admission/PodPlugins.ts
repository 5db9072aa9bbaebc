import { Result } from "effect"
import { equals } from "@branchline/core/patch/Json"
import { mirrorPodAnnotation } from "@branchline/core/model/Names"
import { type Document, listAt, objectAt, objectsAt, textAt } from "../Document.js"
import * as ExtendedResources from "../ExtendedResources.js"
import { forbidden, type Rejection } from "../Rejection.js"
import type { Attributes } from "./Attributes.js"

/** A compiled-in mutating plugin: the object with its change. */
export type Plugin = (request: Attributes, object: Document) => Result.Result<Document, Rejection>

const withSpec = (pod: Document, changes: Document): Document => ({ ...pod, spec: { ...objectAt(pod, "spec"), ...changes } })

const notReady = "node.kubernetes.io/not-ready"
const unreachable = "node.kubernetes.io/unreachable"

/** Adds the two 300-second tolerations that the pod does not bring. Source: Kubernetes, "Taints and Tolerations", taint-based evictions. */
const defaultTolerationSeconds: Plugin = (_, pod) => {
  const tolerations = objectsAt(pod, "spec", "tolerations")
  const missing = [notReady, unreachable].filter((taint) =>
    !tolerations.some((one) =>
      ["", taint].includes(textAt(one, "key") ?? "") && ["", "NoExecute"].includes(textAt(one, "effect") ?? "")
    )
  )
  return Result.succeed(
    missing.length === 0 ? pod : withSpec(pod, {
      tolerations: [
        ...tolerations,
        ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }))
      ]
    })
  )
}

/** Adds a toleration for each extended resource that the pod requests. Source: Kubernetes, "Admission Control", ExtendedResourceToleration. */
const extendedResourceToleration: Plugin = (_, pod) => {
  const tolerations = listAt(pod, "spec", "tolerations")
  const wanted = ExtendedResources.requestedBy(pod).map((key) => ({ key, operator: "Exists", effect: "NoSchedule" }))
  const added = wanted.filter((one) => !tolerations.some((present) => equals(present, one)))
  return Result.succeed(added.length === 0 ? pod : withSpec(pod, { tolerations: [...tolerations, ...added] }))
}

/** Whether there is such a ServiceAccount. */
export type HasServiceAccount = (namespace: string, name: string) => boolean

/** Names the account `default` where the pod names none, and refuses one that does not exist. Mirror pods have none. */
const serviceAccount = (exists: HasServiceAccount): Plugin => (request, pod) => {
  if (request.operation !== "CREATE" || textAt(pod, "metadata", "annotations", mirrorPodAnnotation) !== undefined) return Result.succeed(pod)
  const name = textAt(pod, "spec", "serviceAccountName") ?? textAt(pod, "spec", "serviceAccount") ?? "default"
  return exists(request.namespace, name)
    ? Result.succeed(withSpec(pod, { serviceAccountName: name, serviceAccount: name }))
    : Result.fail(forbidden(
      request.kind,
      request.name,
      `error looking up service account ${request.namespace}/${name}: serviceaccount "${name}" not found`
    ))
}

/** The plugins that change pods, in kube-apiserver's order. Source: Kubernetes, `pkg/kubeapiserver/options/plugins.go`. */
export const podPlugins = (exists: HasServiceAccount): ReadonlyArray<Plugin> => [
  serviceAccount(exists),
  defaultTolerationSeconds,
  extendedResourceToleration
]
