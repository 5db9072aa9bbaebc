import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import { type Document, objectAt } from "../../kubernetes/Document.js"
import { runForAnnotation } from "../../kubernetes/kubelet/KubeletPod.js"
import type { StepOf } from "./Plan.js"

/** The security groups that EC2 knows; a plan counts them. */
export const groups = Array.from({ length: 6 }, (_, index) => `sg-${(index + 1).toString(16).padStart(17, "0")}` as SecurityGroupId)

export const groupAt = (index: number): SecurityGroupId => groups[index % groups.length] ?? groups[0]!

const namespace = "default"
const labelsOf = (app: string): Document => ({ app })
const containers: ReadonlyArray<Document> = [{ name: "main", image: "registry.k8s.io/pause:3.10", imagePullPolicy: "IfNotPresent" }]

/** The policy of an app. Its pods are selected by their label alone. */
export const policy = (app: string, wanted: ReadonlyArray<number>): Document => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: app, namespace },
  spec: { podSelector: { matchLabels: labelsOf(app) }, securityGroups: { groupIds: [...new Set(wanted.map(groupAt))] } }
})

/** The app's policy, and the group that it names is none. */
export const policyOfNone = (app: string): Document => {
  const whole = policy(app, [])
  return { ...whole, spec: { ...objectAt(whole, "spec"), securityGroups: { groupIds: ["sg-00000000000000bad"] } } }
}

/** A policy that adds a group to all pods of the service account once it has the label. */
export const accountPolicy = (): Document => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "of-account", namespace },
  spec: { serviceAccountSelector: { matchLabels: { tier: "guarded" } }, securityGroups: { groupIds: [groupAt(5)] } }
})

export const account = (tier: string): Document => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "default", namespace, labels: { tier } }
})

export const pod = (name: string, app: string): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: labelsOf(app) },
  spec: { containers: [...containers], terminationGracePeriodSeconds: 5 }
})

/** So many, `name-0` and on. */
export const pods = (name: string, app: string, count: number): ReadonlyArray<Document> => Array.from({ length: count }, (_, index) => pod(`${name}-${index}`, app))

/** It names its node itself. */
export const pinned = (name: string, app: string, nodeName: string): Document => {
  const plain = pod(name, app)
  return { ...plain, spec: { ...objectAt(plain, "spec"), nodeName } }
}

/** It asks for a branch by itself, whether a webhook answers or not. */
export const asking = (plain: Document): Document => {
  const one = { [podEni]: "1" }
  return { ...plain, spec: { ...objectAt(plain, "spec"), containers: containers.map((container) => ({ ...container, resources: { limits: one, requests: one } })) } }
}

const template = (app: string, changes: { readonly annotations?: Document; readonly spec?: Document } = {}): Document => ({
  metadata: { labels: labelsOf(app), ...(changes.annotations === undefined ? {} : { annotations: changes.annotations }) },
  spec: { containers: [...containers], terminationGracePeriodSeconds: 5, ...changes.spec }
})

export const deployment = ({ app, name, replicas }: StepOf<"deployment">): Document => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: { replicas, selector: { matchLabels: labelsOf(app) }, template: template(app) }
})

export const statefulSet = ({ app, name, replicas }: StepOf<"statefulset">): Document => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name, namespace },
  spec: { replicas, serviceName: name, selector: { matchLabels: labelsOf(app) }, template: template(app) }
})

export const job = ({ app, completions, name, parallelism, runs }: StepOf<"job">): Document => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace },
  spec: {
    completions,
    parallelism,
    template: template(app, { annotations: { [runForAnnotation]: String(runs) }, spec: { restartPolicy: "Never" } })
  }
})

/** The CNI's ConfigMap (contract §2). */
export const configMap = (cooldown: number | string): Document => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
  data: { "branch-eni-cooldown": String(cooldown) }
})
