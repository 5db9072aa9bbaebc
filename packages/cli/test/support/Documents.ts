import type { Schema } from "effect"

/** A pod, as little as the API server takes. */
export const pod = (name: string, change: {
  readonly labels?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly spec?: Schema.JsonObject
} = {}): Schema.JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: change.namespace ?? "default", labels: change.labels ?? { role: "db" } },
  spec: { containers: [{ name: "main", image: "registry.example/app:1", imagePullPolicy: "IfNotPresent" }], ...change.spec }
})

/** A policy that gives groups to pods by their labels. */
export const policy = (name: string, groupIds: ReadonlyArray<string>, change: {
  readonly labels?: Readonly<Record<string, string>>
  readonly serviceAccountLabels?: Readonly<Record<string, string>>
  readonly namespace?: string
} = {}): Schema.JsonObject => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name, namespace: change.namespace ?? "default" },
  spec: {
    ...(change.serviceAccountLabels === undefined || change.labels !== undefined ? { podSelector: { matchLabels: change.labels ?? { role: "db" } } } : {}),
    ...(change.serviceAccountLabels === undefined ? {} : { serviceAccountSelector: { matchLabels: change.serviceAccountLabels } }),
    securityGroups: { groupIds }
  }
})

export const serviceAccount = (name: string, labels: Readonly<Record<string, string>> = {}): Schema.JsonObject => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace: "default", labels }
})
