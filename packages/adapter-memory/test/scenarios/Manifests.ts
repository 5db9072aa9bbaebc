import type { Document } from "../../src/kubernetes/Document.js"
import { group } from "./World.js"

/** The label that the scenarios' policies select by. */
export const labels = { app: "web" }

const containers = [{ name: "main", image: "amazon/aws-cli:2.7", imagePullPolicy: "IfNotPresent" }]

/** A policy for every pod with {@link labels}, or with others. */
export const policy = (options: { readonly name?: string; readonly groups?: ReadonlyArray<string>; readonly match?: Document } = {}): Document => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: options.name ?? "web", namespace: "default" },
  spec: { podSelector: { matchLabels: options.match ?? labels }, securityGroups: { groupIds: [...(options.groups ?? [group])] } }
})

/** A pod that {@link policy} matches; the controller's webhook makes it ask for a branch. */
export const pod = (name: string, change: { readonly metadata?: Document; readonly spec?: Document } = {}): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels, ...change.metadata },
  spec: { containers, ...change.spec }
})

/** As many pods `name-0`, `name-1`, … of which each comes back under its name as soon as it is gone. */
export const statefulSet = (name: string, replicas: number): Document => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name, namespace: "default" },
  spec: { replicas, serviceName: name, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } }
})

/** The CNI's ConfigMap (contract §2). */
export const configMap = (data: Readonly<Record<string, string>>): Document => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
  data
})
