import { controllerIdentities, podEni } from "@branchline/core/model/Names"

/** A request of which a record is written. */
export interface Request {
  readonly verb: string
  readonly user: string
  readonly agent: string
  readonly uri: string
  /** `resource`, and what else `objectRef` has. */
  readonly about: Readonly<Record<string, string>>
  readonly code: number
  /** JSON. */
  readonly request?: string | undefined
  readonly response?: string | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** How long it took, in microseconds. */
  readonly took: number
}

export const controller = controllerIdentities[0]!
export const scheduler = "system:kube-scheduler"
export const owner = "system:serviceaccount:kube-system:replicaset-controller"

const stamp = (micros: number): string => {
  const text = new Date(Math.floor(micros / 1_000)).toISOString()
  return `${text.slice(0, 23)}${String(micros % 1_000).padStart(3, "0")}Z`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** A UUID that is the same for the same number. */
export const uuid = (kind: number, number: number): string =>
  `${hex(Math.imul(number, 0x9e3779b1) >>> 0, 8)}-${hex(kind, 4)}-4${hex(number & 0xfff, 3)}-8${hex((number >>> 12) & 0xfff, 3)}-${hex(number, 12)}`

/** An answered request as an API server writes it, without a line end. `at`: microseconds since the epoch, when it was answered. */
export const record = (number: number, at: number, { about, agent, annotations, code, request, response, took, uri, user, verb }: Request): string => {
  const level = response === undefined ? (request === undefined ? "Metadata" : "Request") : "RequestResponse"
  return `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"${level}","auditID":"${uuid(0xa0d1, number)}","stage":"ResponseComplete","requestURI":"${uri}","verb":"${verb}",` +
    `"user":{"username":"${user}","uid":"b75dc772-f4fe-44ef-b928-5a1ba8a18eb4","groups":["system:serviceaccounts","system:serviceaccounts:kube-system","system:authenticated"],` +
    `"extra":{"authentication.kubernetes.io/credential-id":["JTI=1f0c7d5e-2b7f-4f0a-9a55-0d3c1c0b5a11"]}},"sourceIPs":["10.0.51.57"],"userAgent":"${agent}",` +
    `"objectRef":${JSON.stringify(about)},"responseStatus":{"metadata":{},"code":${code}},` +
    `${request === undefined ? "" : `"requestObject":${request},`}${response === undefined ? "" : `"responseObject":${response},`}` +
    `"requestReceivedTimestamp":"${stamp(at - took)}","stageTimestamp":"${stamp(at)}",` +
    `"annotations":${JSON.stringify({ "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "", ...annotations })}}`
}

/** A pod of the cluster's. */
export interface BenchPod {
  readonly number: number
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly node: string
  readonly asks: boolean
}

/** What a real pod brings along besides what matters here: variables, volumes, probes, managed fields. */
const ballast = (size: number): string =>
  JSON.stringify(Array.from({ length: Math.ceil(size / 60) }, (_, index) => ({ name: `VARIABLE_${index}`, value: `a value of some length, ${index}` })))
const variables = ballast(1_400)
const managed = `[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f:field${index}`, {}])))}}]`

/** The pod as it is stored. */
export const podJson = ({ asks, name, namespace, node, uid }: BenchPod, bound: boolean, annotation: string | undefined, status: string): string => {
  const side = asks ? `{"${podEni}":"1","cpu":"1"}` : "{\"cpu\":\"1\"}"
  return `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}","generateName":"${name.slice(0, -5)}","namespace":"${namespace}","uid":"${uid}","labels":{"app":"web"},` +
    `"annotations":{"team":"payments"${annotation === undefined ? "" : `,"${podEni}":${JSON.stringify(annotation)}`}},"managedFields":${managed}},` +
    `"spec":{"containers":[{"name":"app","image":"registry.example/app:1","env":${variables},"resources":{"limits":${side},"requests":${side}}}],${bound ? `"nodeName":"${node}",` : ""}"serviceAccountName":"default"},` +
    `"status":${status}}`
}

/** The pod as it is sent. */
export const sentPodJson = ({ name, namespace }: BenchPod): string =>
  `{"kind":"Pod","apiVersion":"v1","metadata":{"generateName":"${name.slice(0, -5)}","namespace":"${namespace}","labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"registry.example/app:1","env":${variables},"resources":{"limits":{"cpu":"1"}}}]},"status":{}}`

const webhook = { configuration: "vpc-resource-mutating-webhook", webhook: "mpod.vpc.k8s.aws" } as const

/** What the webhooks' annotations say of a pod's creation. */
export const admission = (outcome: "patched" | "unchanged" | "failed open"): Readonly<Record<string, string>> => ({
  "mutation.webhook.admission.k8s.io/round_0_index_0": JSON.stringify({ configuration: "pod-identity-webhook", webhook: "iam-for-pods.amazonaws.com", mutated: false }),
  "mutation.webhook.admission.k8s.io/round_0_index_1": JSON.stringify({ ...webhook, mutated: outcome === "patched" }),
  ...(outcome === "failed open" ? { "failed-open.mutation.webhook.admission.k8s.io/round_0_index_1": webhook.webhook } : {}),
  ...(outcome === "patched"
    ? {
      "patch.webhook.admission.k8s.io/round_0_index_1": JSON.stringify({
        ...webhook,
        patch: [
          { op: "add", path: `/spec/containers/0/resources/limits/${podEni.replace("/", "~1")}`, value: "1" },
          { op: "add", path: "/spec/containers/0/resources/requests", value: { [podEni]: "1" } }
        ],
        patchType: "JSONPatch"
      })
    }
    : {})
})

/** What the controller writes for a pod. */
export const annotationOf = ({ number }: BenchPod): string =>
  JSON.stringify([{
    eniId: `eni-${hex(number, 17)}`,
    ifAddress: `02:b0:01:${hex((number >>> 16) & 0xff, 2)}:${hex((number >>> 8) & 0xff, 2)}:${hex(number & 0xff, 2)}`,
    privateIp: `192.168.${(number >>> 8) & 0x1f}.${number & 0xff}`,
    ipv6Addr: "",
    vlanId: (number % 120) + 1,
    subnetCidr: "192.168.0.0/19",
    subnetV6Cidr: "",
    associationID: `trunk-assoc-${hex(number, 17)}`
  }])
