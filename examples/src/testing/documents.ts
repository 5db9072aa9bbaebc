import type { Schema } from "effect"

/** A pod with labels, as little as the API server takes. */
export const pod = (name: string, labels: Readonly<Record<string, string>>): Schema.JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels },
  spec: { containers: [{ name: "main", image: "registry.example/app:1", imagePullPolicy: "IfNotPresent" }] }
})

/** A policy that gives groups to pods with these labels. */
export const policy = (
  name: string,
  matchLabels: Readonly<Record<string, string>>,
  groupIds: ReadonlyArray<string>
): Schema.JsonObject => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name, namespace: "default" },
  spec: { podSelector: { matchLabels }, securityGroups: { groupIds } }
})
