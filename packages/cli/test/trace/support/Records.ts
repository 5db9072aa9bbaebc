import { podEni } from "@branchline/core/model/Names"
import { DateTime } from "effect"

/** A moment as milliseconds since the epoch, and back as RFC 3339. */
export const millis = (text: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(text))
export const iso = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

/** The members of an audit record that tests set; times are milliseconds after {@link noon}. */
export interface RecordAsked {
  readonly id?: string
  readonly stage?: string
  readonly level?: string
  readonly verb: string
  readonly uri?: string
  readonly user?: string
  readonly impersonated?: string
  readonly agent?: string
  readonly about: Readonly<Record<string, string>>
  readonly code?: number
  readonly message?: string
  readonly request?: unknown
  readonly response?: unknown
  readonly received?: number
  readonly at?: number
  readonly annotations?: Readonly<Record<string, string>>
}

export const noon = millis("2026-01-15T12:00:00Z")

/** A moment as an audit record writes it. */
export const stamp = (after: number): string => {
  const micros = Math.round((noon + after) * 1_000)
  return `${iso(Math.floor(micros / 1_000)).slice(0, 23)}${String(micros % 1_000).padStart(3, "0")}Z`
}

let ids = 0

/** A record with its members in the order in which an API server writes them. */
export const auditRecord = (asked: RecordAsked): Readonly<Record<string, unknown>> => {
  const at = asked.at ?? 0
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: asked.level ?? (asked.response === undefined ? asked.request === undefined ? "Metadata" : "Request" : "RequestResponse"),
    auditID: asked.id ?? `a-${ids++}`,
    stage: asked.stage ?? "ResponseComplete",
    requestURI: asked.uri ?? "/api/v1/somewhere",
    verb: asked.verb,
    user: { username: asked.user ?? "kubernetes-admin", groups: ["system:authenticated"] },
    ...(asked.impersonated === undefined ? {} : { impersonatedUser: { username: asked.impersonated } }),
    sourceIPs: ["10.0.51.57"],
    userAgent: asked.agent ?? "kubectl/v1.33.5 (linux/amd64) kubernetes/1a2b3c4",
    objectRef: asked.about,
    ...(asked.stage === "RequestReceived" ? {} : { responseStatus: { metadata: {}, code: asked.code ?? 200, ...(asked.message === undefined ? {} : { message: asked.message }) } }),
    ...(asked.request === undefined ? {} : { requestObject: asked.request }),
    ...(asked.response === undefined ? {} : { responseObject: asked.response }),
    requestReceivedTimestamp: stamp(asked.received ?? at - 2),
    stageTimestamp: stamp(at),
    annotations: { "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "", ...asked.annotations }
  }
}

export const controller = "system:serviceaccount:kube-system:eks-vpc-resource-controller"
export const node = "ip-192-168-31-166.eu-west-1.compute.internal"

const pods = (name: string, namespace: string, more: Readonly<Record<string, string>> = {}) => ({ resource: "pods", namespace, name, ...more, apiVersion: "v1" })

const webhook = { configuration: "vpc-resource-mutating-webhook", webhook: "mpod.vpc.k8s.aws" }

/** What an API server notes of the webhook that gives the resource. */
export const admitted = (outcome: "patched" | "unchanged" | "failed open"): Readonly<Record<string, string>> => ({
  "mutation.webhook.admission.k8s.io/round_0_index_3": JSON.stringify({ ...webhook, mutated: outcome === "patched" }),
  ...(outcome === "failed open" ? { "failed-open.mutation.webhook.admission.k8s.io/round_0_index_3": webhook.webhook } : {}),
  ...(outcome === "patched"
    ? {
      "patch.webhook.admission.k8s.io/round_0_index_3": JSON.stringify({
        ...webhook,
        patch: ["limits", "requests"].map((side) => ({ op: "add", path: `/spec/containers/0/resources/${side}`, value: { [podEni]: "1" } })),
        patchType: "JSONPatch"
      })
    }
    : {})
})

export const annotation = (vlanId = 1): string =>
  JSON.stringify([{ eniId: "eni-09a7a909e06fc4be6", ifAddress: "02:b0:01:6c:b5:79", privateIp: "192.168.26.162", vlanId, subnetCidr: "192.168.0.0/19" }])

/** A pod whose life is recorded. */
export interface PodAsked {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly asks?: boolean
}

/** The records of one pod, each for a moment in milliseconds after noon. */
export const podOf = ({ asks = true, name = "web-1", namespace = "shop", uid = "uid-1" }: PodAsked = {}) => {
  const resources = asks ? { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } } : {}
  const stored = (more: object = {}) => ({ kind: "Pod", apiVersion: "v1", metadata: { name, namespace, uid, ...more }, spec: { containers: [{ name: "app", resources }] } })
  return {
    create: (at: number, more: Partial<RecordAsked> = {}) =>
      auditRecord({
        verb: "create",
        user: "system:serviceaccount:kube-system:replicaset-controller",
        agent: "kube-controller-manager/v1.33.5 (linux/amd64)",
        about: pods(name, namespace),
        code: 201,
        request: { kind: "Pod", metadata: { name, namespace }, spec: { containers: [{ name: "app", resources: {} }] } },
        response: stored(),
        annotations: admitted(asks ? "patched" : "unchanged"),
        received: at - 7,
        at,
        ...more
      }),
    bind: (at: number, more: Partial<RecordAsked> = {}) =>
      auditRecord({
        verb: "create",
        user: "system:kube-scheduler",
        agent: "kube-scheduler/v1.33.5 (linux/amd64)",
        about: pods(name, namespace, { uid, subresource: "binding" }),
        code: 201,
        request: { kind: "Binding", metadata: { name, namespace, uid }, target: { kind: "Node", name: node } },
        response: { kind: "Status", status: "Success", code: 201 },
        at,
        ...more
      }),
    annotate: (at: number, value: string | null = annotation(), more: Partial<RecordAsked> = {}) =>
      auditRecord({
        verb: "patch",
        user: controller,
        agent: "controller/v0.0.0 (linux/amd64) kubernetes/$Format",
        about: pods(name, namespace),
        request: { metadata: { uid, annotations: { [podEni]: value } } },
        response: stored({ annotations: { [podEni]: value } }),
        at,
        ...more
      }),
    status: (at: number, status: object, more: Partial<RecordAsked> = {}) =>
      auditRecord({ verb: "patch", user: `system:node:${node}`, agent: "kubelet/v1.33.5", about: pods(name, namespace, { subresource: "status" }), request: { metadata: { uid }, status }, at, ...more }),
    remove: (at: number, grace: number, more: Partial<RecordAsked> = {}) =>
      auditRecord({
        verb: "delete",
        ...(grace === 0 ? { user: `system:node:${node}`, agent: "kubelet/v1.33.5 (linux/amd64)" } : { user: "system:serviceaccount:kube-system:replicaset-controller" }),
        about: pods(name, namespace),
        request: { kind: "DeleteOptions", gracePeriodSeconds: grace },
        response: stored({ deletionGracePeriodSeconds: grace }),
        at,
        ...more
      }),
    event: (at: number, reason: string, message: string, type = "Normal") =>
      auditRecord({
        verb: "create",
        user: controller,
        about: { resource: "events", namespace, apiVersion: "v1" },
        code: 201,
        request: { kind: "Event", metadata: { namespace }, involvedObject: { kind: "Pod", namespace, name, uid }, type, reason, message, source: { component: "vpc-resource-controller" } },
        at
      })
  }
}

export const capacityPatch = (at: number, value: string | null = "9", more: Partial<RecordAsked> = {}) =>
  auditRecord({
    verb: "patch",
    user: controller,
    agent: "controller/v0.0.0 (linux/amd64) kubernetes/$Format",
    about: { resource: "nodes", name: node, apiVersion: "v1", subresource: "status" },
    request: { status: { capacity: { [podEni]: value } } },
    at,
    ...more
  })

/** Something that audit logs are full of, and no story tells. */
export const lease = (at: number) =>
  auditRecord({ verb: "update", user: `system:node:${node}`, about: { resource: "leases", namespace: "kube-node-lease", name: node, apiGroup: "coordination.k8s.io", apiVersion: "v1" }, at })

/** As many lines. */
export const linesOf = (records: ReadonlyArray<unknown>): string => records.map((record) => `${JSON.stringify(record)}\n`).join("")
