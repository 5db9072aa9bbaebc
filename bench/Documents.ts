import type { SecurityGroupPolicy } from "@branchline/core/model/SecurityGroupPolicy"
import { type KubernetesObject, type Resource, securityGroupPolicies } from "@branchline/core/model/Resource"
import { Result } from "effect"

/** Documents as an API server sends them: complete, so that what the core does not read costs what it costs there. */

export const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0")

export const uidOf = (number: number): string => `0b2c9f5e-6a0a-4f0e-9a62-${hex(number, 12)}`

/** What a document says, decoded; a document of this file that does not decode is a mistake here. */
export const decoded = <A extends KubernetesObject>(resource: Resource<A>, document: unknown): A =>
  Result.match(resource.decode(document), {
    onSuccess: (object) => object,
    onFailure: (problem) => {
      throw new Error(`a ${resource.kind} of the bench does not decode: ${problem}`)
    }
  })

/** How many different applications pods and policies belong to. */
const appOf = (number: number): string => `app-${number}`

export const podLabels = (number: number): Readonly<Record<string, string>> => ({
  "app.kubernetes.io/name": appOf(number),
  "app.kubernetes.io/part-of": "shop",
  "pod-template-hash": "6d4b75cb6d",
  tier: number % 2 === 0 ? "backend" : "frontend"
})

/** Selects the pods of {@link podLabels} with this number: every second by labels alone, the others by an expression too. */
const selectorOf = (number: number) => ({
  matchLabels: { "app.kubernetes.io/name": appOf(number) },
  ...(number % 2 === 0 ? {} : {
    matchExpressions: [
      { key: "tier", operator: "In", values: ["backend", "frontend"] },
      { key: "migrated", operator: "DoesNotExist" }
    ]
  })
})

/** A policy of a namespace, for the application of this number. */
export const policyDocument = (namespace: string, number: number) => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: `policy-${hex(number, 5)}`, namespace, uid: uidOf(number), resourceVersion: String(1_000 + number) },
  spec: { podSelector: selectorOf(number), securityGroups: { groupIds: [`sg-${hex(number, 17)}`, "sg-0fedcba9876543210"] } }
})

export const policies = (namespace: string, count: number): ReadonlyArray<SecurityGroupPolicy> =>
  Array.from({ length: count }, (_, number) => decoded(securityGroupPolicies, policyDocument(namespace, number)))

const environment = (number: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    index % 3 === 0
      ? { name: `SETTING_${index}`, valueFrom: { secretKeyRef: { name: `settings-${number}`, key: `setting-${index}` } } }
      : { name: `SETTING_${index}`, value: `https://service-${index}.shop.svc.cluster.local:8443/v1/${number}` })

const container = (name: string, number: number, settings: number, resources: object) => ({
  name,
  image: `registry.example/shop/${name}@sha256:${hex(number, 64)}`,
  args: ["--listen=:8080", `--instance=${number}`, "--log-format=json"],
  ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
  env: environment(number, settings),
  resources,
  volumeMounts: [
    { name: "config", mountPath: "/etc/shop", readOnly: true },
    { name: "kube-api-access", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }
  ],
  livenessProbe: { httpGet: { path: "/healthz", port: "http", scheme: "HTTP" }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 },
  readinessProbe: { httpGet: { path: "/ready", port: "http", scheme: "HTTP" }, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 3 },
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true, runAsNonRoot: true }
})

const managedFields = (number: number) => [{
  manager: "kube-controller-manager",
  operation: "Update",
  apiVersion: "v1",
  time: "2022-09-06T08:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1: {
    "f:metadata": {
      "f:generateName": {},
      "f:labels": { ".": {}, "f:app.kubernetes.io/name": {}, "f:app.kubernetes.io/part-of": {}, "f:pod-template-hash": {}, "f:tier": {} },
      "f:ownerReferences": { ".": {}, [`k:{"uid":"${uidOf(number + 500_000)}"}`]: {} }
    },
    "f:spec": {
      "f:containers": { [`k:{"name":"web"}`]: { ".": {}, "f:args": {}, "f:env": {}, "f:image": {}, "f:resources": {} } },
      "f:serviceAccountName": {},
      "f:volumes": { ".": {}, [`k:{"name":"config"}`]: { ".": {}, "f:configMap": {}, "f:name": {} } }
    }
  }
}]

/** A pod of three containers as its author and the API server make it before admission; about 8 KB of JSON with 10 settings each. */
export const podDocument = (number: number, namespace: string, settings = 10) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    generateName: `${appOf(number)}-6d4b75cb6d-`,
    namespace,
    labels: podLabels(number),
    annotations: {
      "kubernetes.io/psp": "eks.privileged",
      "prometheus.io/scrape": "true",
      "shop.example/rollout": `{"revision":${number},"by":"pipeline","checks":["unit","integration","smoke"]}`
    },
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: `${appOf(number)}-6d4b75cb6d`,
      uid: uidOf(number + 500_000),
      controller: true,
      blockOwnerDeletion: true
    }],
    managedFields: managedFields(number)
  },
  spec: {
    volumes: [
      { name: "config", configMap: { name: `config-${number}`, defaultMode: 420 } },
      {
        name: "kube-api-access",
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } }
          ],
          defaultMode: 420
        }
      }
    ],
    containers: [
      container("web", number, settings, { limits: { cpu: "500m", memory: "512Mi" }, requests: { cpu: "100m", memory: "256Mi" } }),
      container("proxy", number, settings, { requests: { cpu: "50m", memory: "64Mi" } }),
      container("metrics", number, settings, {})
    ],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    serviceAccountName: "shop",
    serviceAccount: "shop",
    securityContext: { fsGroup: 1000, runAsUser: 1000 },
    schedulerName: "default-scheduler",
    tolerations: [
      { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }
    ],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority"
  },
  status: {}
})
