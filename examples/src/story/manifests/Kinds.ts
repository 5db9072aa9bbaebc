import { nearest } from "@branchline/core/limits/Nearest"

/** When a document is applied: before the nodes are there, as a policy, or as what makes pods. */
export type Stage = "ground" | "policies" | "pods"

/** A kind that has a part in the story. Kinds are applied in the order of this table. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly stage: Stage
  readonly namespaced: boolean
}

const kinds: ReadonlyArray<Kind> = [
  { apiVersion: "v1", kind: "Namespace", stage: "ground", namespaced: false },
  { apiVersion: "v1", kind: "ServiceAccount", stage: "ground", namespaced: true },
  { apiVersion: "v1", kind: "ConfigMap", stage: "ground", namespaced: true },
  { apiVersion: "crd.k8s.amazonaws.com/v1alpha1", kind: "ENIConfig", stage: "ground", namespaced: false },
  { apiVersion: "vpcresources.k8s.aws/v1beta1", kind: "SecurityGroupPolicy", stage: "policies", namespaced: true },
  { apiVersion: "v1", kind: "Pod", stage: "pods", namespaced: true },
  { apiVersion: "apps/v1", kind: "Deployment", stage: "pods", namespaced: true },
  { apiVersion: "apps/v1", kind: "StatefulSet", stage: "pods", namespaced: true },
  { apiVersion: "batch/v1", kind: "Job", stage: "pods", namespaced: true }
]

/** Kinds of Kubernetes that make pods which this world does not run. */
const pods: ReadonlySet<string> = new Set(["CronJob", "DaemonSet", "PodTemplate", "ReplicaSet", "ReplicationController"])

/** Kinds that people keep beside the others, and that change nothing about who gets which interface. */
const bystanders: ReadonlySet<string> = new Set([
  "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "EndpointSlice", "Endpoints", "HorizontalPodAutoscaler", "Ingress",
  "IngressClass", "Lease", "LimitRange", "MutatingWebhookConfiguration", "NetworkPolicy", "PersistentVolume", "PersistentVolumeClaim",
  "PodDisruptionBudget", "PriorityClass", "ResourceQuota", "Role", "RoleBinding", "Secret", "Service", "ServiceMonitor", "StorageClass",
  "ValidatingWebhookConfiguration"
])

/** Kinds that this world makes by itself. */
const own: ReadonlySet<string> = new Set(["CNINode", "Event", "Node"])

/** What the world makes of a kind. */
export type Role =
  | { readonly _tag: "Plays"; readonly kind: Kind; readonly order: number }
  | { readonly _tag: "Ignored"; readonly why: string }
  | { readonly _tag: "Unknown"; readonly message: string; readonly mend: string }

const played = kinds.map(({ kind }) => kind)

/** The part that a document has in the story. */
export const roleOf = (apiVersion: string, name: string): Role => {
  const order = kinds.findIndex(({ kind }) => kind === name)
  const kind = kinds[order]
  if (kind !== undefined) {
    return kind.apiVersion === apiVersion
      ? { _tag: "Plays", kind, order }
      : { _tag: "Unknown", message: `no ${name} is known under "${apiVersion}"`, mend: `its apiVersion is ${kind.apiVersion}` }
  }
  if (pods.has(name)) return { _tag: "Ignored", why: `this world runs no ${name}, so its pods are missing from the story` }
  if (own.has(name)) return { _tag: "Ignored", why: "the world makes its own" }
  if (bystanders.has(name)) return { _tag: "Ignored", why: "it has no part in the story" }
  const meant = nearest(name, [...played, ...pods, ...bystanders, ...own])
  return {
    _tag: "Unknown",
    message: `unknown kind "${name}"`,
    mend: meant === undefined ? `the kinds that have a part here are ${played.join(", ")}` : `did you mean ${meant}?`
  }
}
