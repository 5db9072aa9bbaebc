import { Schema } from "effect"
import { field, namespacedFields, OwnerReference } from "@branchline/core/model/Fields"
import { pods, resource } from "@branchline/core/model/Resource"

const Spec = Schema.Struct({
  template: Schema.Struct({ metadata: field(Schema.JsonObject), spec: Schema.JsonObject }),
  /** Deployment and StatefulSet. */
  replicas: field(Schema.Int),
  /** Job. */
  completions: field(Schema.Int),
  parallelism: field(Schema.Int)
})

const Workload = Schema.Struct({ metadata: Schema.Struct(namespacedFields), spec: Spec })

/** A Deployment, StatefulSet or Job, as wide as making its pods needs. */
export interface Workload {
  readonly kind: "Deployment" | "StatefulSet" | "Job"
  readonly object: typeof Workload.Type
}

export const deployments = resource({ group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true }, Workload)
export const statefulSets = resource({ group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", namespaced: true }, Workload)
export const jobs = resource({ group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true }, Workload)

/** A pod as wide as its workload needs it. */
export const OwnedPod = Schema.Struct({
  metadata: Schema.Struct({ ...namespacedFields, ownerReferences: field(Schema.Array(OwnerReference)) }),
  status: field(Schema.Struct({ phase: field(Schema.String) }))
})
export type OwnedPod = typeof OwnedPod.Type
export const ownedPods = resource(pods, OwnedPod)

/** What is to be done for a workload: how many pods to make under generated names, which to make by name, which to delete. */
export interface WorkloadPlan {
  readonly generate: number
  readonly create: ReadonlyArray<string>
  readonly remove: ReadonlyArray<OwnedPod>
}

const phaseOf = (pod: OwnedPod): string => pod.status?.phase ?? "Pending"
const isDeleting = (pod: OwnedPod): boolean => typeof pod.metadata.deletionTimestamp === "string"
const isActive = (pod: OwnedPod): boolean => !isDeleting(pod) && phaseOf(pod) !== "Succeeded" && phaseOf(pod) !== "Failed"

/** Pods that wait go before pods that run. */
const byWorth = (left: OwnedPod, right: OwnedPod): number => {
  const worth = (pod: OwnedPod): string => `${phaseOf(pod) === "Running" ? 1 : 0}${pod.metadata.name}`
  return worth(left) < worth(right) ? -1 : 1
}

const deploymentPlan = (replicas: number, owned: ReadonlyArray<OwnedPod>): WorkloadPlan => {
  const active = owned.filter(isActive)
  const surplus = Math.max(0, active.length - replicas)
  return { generate: Math.max(0, replicas - active.length), create: [], remove: [...active].sort(byWorth).slice(0, surplus) }
}

/** An ordinal is made again only when its pod's object is gone: names are stable, identities are not. */
const statefulPlan = (name: string, replicas: number, owned: ReadonlyArray<OwnedPod>): WorkloadPlan => {
  const wanted = Array.from({ length: replicas }, (_, ordinal) => `${name}-${ordinal}`)
  const present = new Set(owned.map((pod) => pod.metadata.name))
  const ended = (pod: OwnedPod): boolean => !isActive(pod) && !isDeleting(pod)
  return {
    generate: 0,
    create: wanted.filter((podName) => !present.has(podName)),
    remove: owned.filter((pod) => ended(pod) || (isActive(pod) && !wanted.includes(pod.metadata.name)))
  }
}

const jobPlan = (completions: number, parallelism: number, owned: ReadonlyArray<OwnedPod>): WorkloadPlan => {
  const succeeded = owned.filter((pod) => phaseOf(pod) === "Succeeded").length
  const active = owned.filter(isActive).length
  return { generate: Math.max(0, Math.min(parallelism, completions - succeeded) - active), create: [], remove: [] }
}

/** What the workload lacks or has too much of, given the pods it owns. A failed pod of a Job is made up for without end. */
export const planOf = ({ kind, object: { metadata, spec } }: Workload, owned: ReadonlyArray<OwnedPod>): WorkloadPlan => {
  switch (kind) {
    case "Deployment":
      return deploymentPlan(spec.replicas ?? 1, owned)
    case "StatefulSet":
      return statefulPlan(metadata.name, spec.replicas ?? 1, owned)
    case "Job":
      return jobPlan(spec.completions ?? 1, spec.parallelism ?? 1, owned)
  }
}
